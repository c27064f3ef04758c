import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { DeformableUnetOptions } from "@ddl/unet";
import { deformableUnet, duNet } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { image } from "./torchRule.js";

/** The mean squared difference from the image's own first channel: something that any network of some layers can learn. */
function trainer(model: LayersModel, x: Tensor): () => number {
  const optimizer = tf.train.adam(0.03);
  const target = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return () =>
    tf.tidy(() => {
      const loss = (): tf.Scalar =>
        tf.mean(tf.squaredDifference(model.apply(x, { training: true }) as Tensor, target)) as tf.Scalar;
      return optimizer.minimize(loss, true, variables)!.dataSync()[0]!;
    });
}

const plain = { encoder: "plain", decoder: "transpose", pooling: "average" } as const;
const networks: [string, Omit<DeformableUnetOptions, "inputShape">][] = [
  ["all deformable", { modulated: true }],
  ["all plain", plain],
];

describeKernel("deformableUnet", () => {
  test.each(networks)("trains, %s", (_, options) => {
    const x = image("trains", [1, 4, 8, 2]);
    const model = deformableUnet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2, ...options });
    const step = trainer(model, x);
    const losses = Array.from({ length: 5 }, step);
    expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);
    const moved = model.weights.filter(({ originalName }) => /offset|mask/.test(originalName));
    for (const weight of moved) expect(tf.max(tf.abs(weight.read())).dataSync()[0]).toBeGreaterThan(0);
    expect(moved).toHaveLength(options === plain ? 0 : 22);
    model.dispose();
  });

  testNoLeak("trains duNet and leaves no tensor behind", () => {
    const x = image("duNet", [2, 16, 16, 1]);
    const made = duNet({ inputShape: [16, 16, 1], baseFilters: 1, modulated: true, asPublished: true });
    const { value, grads } = tf.variableGrads(
      () => tf.mean(made.apply(x, { training: true }) as Tensor) as tf.Scalar,
      made.trainableWeights.map((weight) => weight.read() as tf.Variable),
    );
    const offsets = Object.entries(grads).filter(([name]) => name.includes("down1.mpconv.1.conv.0.p_conv/bias"));
    expect(offsets).toHaveLength(1);
    expect(tf.tidy(() => tf.max(tf.abs(offsets[0]![1])).dataSync()[0])).toBeGreaterThan(0);
    made.dispose();
    tf.dispose([x, value, grads]);
  });
});
