import { DeformPooling2D } from "@ddl/deform-conv/layers";
import { describeBackend } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test, vi } from "vitest";

// Each geometry compiles shaders of its own, which takes a renderer in software long when the machine is busy.
vi.setConfig({ testTimeout: 300_000 });

describeBackend("a branch with strides", "webgl", () => {
  test("has the gradients that it has on cpu", async () => {
    const x = tf.randomUniform([2, 5, 7, 2], -1, 1, "float32", 1);
    const layer = new DeformPooling2D({ poolSize: [2, 3], strides: [3, 2], inputShape: [5, 7, 2] });
    layer.apply(x);
    layer.setWeights(layer.getWeights().map((w, k) => tf.randomUniform(w.shape, -0.4, 0.4, "float32", 2 + k)));
    const gradients = (): Tensor[] => {
      const loss = () => tf.sum(tf.square(layer.apply(x) as Tensor)) as tf.Scalar;
      return Object.values(tf.variableGrads(loss).grads);
    };
    const got = await Promise.all(gradients().map((gradient) => gradient.array()));
    await tf.setBackend("cpu");
    const expected = gradients();
    expect(expected).toHaveLength(2);
    for (const [k, gradient] of expected.entries()) {
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeGreaterThan(0.1);
      const difference = tf.max(tf.abs(tf.sub(tf.tensor(got[k] as never), gradient))).dataSync()[0]!;
      expect(difference).toBeLessThan(1e-4);
    }
  });
});
