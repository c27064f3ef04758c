import {
  activeContourElasticaLoss,
  activeContourLoss,
  boundaryLoss,
  centerlineDiceLoss,
  hausdorffDistanceLoss,
  levelSetLoss,
  mumfordShahLoss,
  softSkeleton,
} from "@ddl/losses";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations
import { expect, test } from "vitest";
import boundary from "./goldens/boundary.json" with { type: "json" };
import deformable from "./goldens/deformable.json" with { type: "json" };

const losses: Record<string, (t: Tensor, p: Tensor, options: object) => Scalar> = {
  boundaryLoss,
  hausdorffDistanceLoss,
  centerlineDiceLoss,
  activeContourLoss,
  activeContourElasticaLoss,
  mumfordShahLoss,
  levelSetLoss,
};

interface Input {
  shape: number[];
  logits: number[];
  target: number[];
  channels?: number;
  image?: number[];
}
const everyCase = [boundary, deformable].flatMap((golden) =>
  golden.cases.map((one) => ({ ...one, data: (golden.inputs as Record<string, Input>)[one.input]! })),
);
/** All in Node; in a browser, where webgl compiles programs for each, the first of a loss. */
const cases =
  typeof document === "undefined"
    ? everyCase
    : everyCase.filter(({ loss }, k) => everyCase.findIndex((one) => one.loss === loss) === k);

/** float32 sums of up to 240 terms, of which curvature squares the quotients. */
const tolerance: Record<string, number> = { activeContourElasticaLoss: 5e-4 };

function tensors({ shape, logits, target, channels, image }: Input, loss: string): [t: Tensor, z: Tensor] {
  const z = tf.tensor(logits, shape);
  if (loss !== "mumfordShahLoss") return [tf.tensor(target, shape), z];
  return [tf.tensor(image!, [...shape.slice(0, -1), channels!]), z];
}

describeKernel("losses of borders and deformable models", () => {
  test.each(cases)("$loss $options of a $input: value and gradient as torch", async ({ loss, options, ...one }) => {
    const [t, z] = tensors(one.data, loss);
    const { value, grad } = tf.valueAndGrad((x: Tensor) => losses[loss]!(t, x, { ...options, fromLogits: true }))(z);
    const close = tolerance[loss] ?? 3e-5;
    expect(Math.abs((await value.data())[0]! - one.value) / (1 + Math.abs(one.value))).toBeLessThan(close);
    const gradient = await grad.data();
    const largest = Math.max(...one.gradient.map(Math.abs));
    for (let i = 0; i < gradient.length; i++) {
      expect(Math.abs(gradient[i]! - one.gradient[i]!), `gradient ${i}`).toBeLessThan(close * (0.1 + largest));
    }
    tf.dispose([t, z, value, grad]);
  });

  test.each(boundary.skeletons)("softSkeleton of a $input as torch", async ({ input, iterations, values }) => {
    const { shape, logits } = (boundary.inputs as Record<string, Input>)[input]!;
    const skeleton = tf.tidy(() => softSkeleton(tf.sigmoid(tf.tensor(logits, shape)), { iterations }));
    expect(skeleton.shape).toEqual(shape);
    const got = await skeleton.data();
    for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - values[i]!)).toBeLessThan(1e-5);
    skeleton.dispose();
  });

  test.each([0, 1])("stay finite, with finite gradients, at logits of ±100 and a target of all %d", async (target) => {
    const t = tf.fill([1, 3, 4, 1], target);
    const z = tf.tensor([100, -100, 100, -100, 0, 30, 100, 100, -100, -100, -100, 3], [1, 3, 4, 1]);
    for (const [name, loss] of Object.entries(losses)) {
      for (const logits of [z, tf.fill(z.shape, 100), tf.fill(z.shape, -100), tf.zeros(z.shape)]) {
        const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(t, x, { fromLogits: true }))(logits);
        const numbers = [...(await value.data()), ...(await grad.data())];
        expect(numbers.every(Number.isFinite), `${name}: ${numbers.join(", ")}`).toBe(true);
        tf.dispose([value, grad]);
        if (logits !== z) logits.dispose();
      }
    }
    tf.dispose([t, z]);
  });

  testNoLeak("leave no tensor behind, with and without a gradient", () => {
    const t = tf.tensor([1, 0, 1, 1, 0, 0], [1, 2, 3, 1]);
    const z = tf.tensor([2, -1, 0.5, 1, -2, 0.3], [1, 2, 3, 1]);
    for (const loss of Object.values(losses)) {
      loss(t, z, { fromLogits: true }).dispose();
      tf.dispose(tf.valueAndGrad((x: Tensor) => loss(t, x, { fromLogits: true }))(z));
    }
    tf.dispose([t, z]);
  });
});
