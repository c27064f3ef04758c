import { binaryCrossEntropy, diceLoss } from "@ddl/losses";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations
import { expect, test } from "vitest";
import golden from "./goldens/losses.json" with { type: "json" };

const functions: Record<string, (t: Tensor, p: Tensor, options: object) => Scalar> = { binaryCrossEntropy, diceLoss };
// float32 sums of 48 terms; webgl computes exp and log to about 1e-6.
const close = 2e-5;

describeKernel("losses", () => {
  test.each(golden.cases)(
    "$name $options: value and gradient as torch, from logits and from probabilities",
    async (one) => {
      const loss = functions[one.name]!;
      const t = tf.tensor(golden.target, golden.shape);
      const z = tf.tensor(golden.logits, golden.shape);
      const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(t, x, { ...one.options, fromLogits: true }))(z);
      expect((await value.data())[0]).toBeCloseTo(one.loss, 5);
      const gradient = await grad.data();
      for (let i = 0; i < gradient.length; i++) expect(Math.abs(gradient[i]! - one.gradient[i]!)).toBeLessThan(close);
      const p = tf.sigmoid(z);
      const fromProbability = loss(t, p, one.options);
      expect((await fromProbability.data())[0]).toBeCloseTo(one.loss, 5);
      tf.dispose([t, z, value, grad, p, fromProbability]);
    },
  );

  test.each([0, 1])("stay finite, with finite gradients, at logits of ±100 and a target of all %d", async (target) => {
    const t = tf.fill([1, 2, 3, 1], target);
    const z = tf.tensor([100, -100, 100, -100, 0, 30], [1, 2, 3, 1]);
    for (const [name, loss] of Object.entries(functions)) {
      const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(t, x, { fromLogits: true }))(z);
      const numbers = [...(await value.data()), ...(await grad.data())];
      expect(numbers.every(Number.isFinite), `${name}: ${numbers.join(", ")}`).toBe(true);
      tf.dispose([value, grad]);
    }
    tf.dispose([t, z]);
  });

  testNoLeak("leave no tensor behind", () => {
    const t = tf.ones([2, 3, 4, 1]);
    const z = tf.zeros([2, 3, 4, 1]);
    tf.dispose([binaryCrossEntropy(t, z, { fromLogits: true }), diceLoss(t, z), binaryCrossEntropy(t, z), t, z]);
  });
});
