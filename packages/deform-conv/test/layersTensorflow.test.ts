import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor";
import { describeBackend } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { random, weightsAfterStep } from "./layerTraining.js";

/** Weights after a step of training with another padding on each side. */
async function trained(backend: string): Promise<Map<string, number[]>> {
  await tf.setBackend(backend);
  const padding = [
    [1, 2],
    [0, 1],
  ] as const;
  const layer = new DeformConv2D({ filters: 4, kernelSize: [3, 2], strides: [2, 1], padding, modulated: true });
  const weights = weightsAfterStep(layer, random([2, 5, 7, 3], 1), tf.train.sgd(0.5), () => true);
  return new Map(Object.entries(weights).map(([name, weight]) => [name, [...weight.dataSync()]]));
}

// Its gradients of convolutions refuse explicit padding.
describeBackend("DeformConv2D", "tensorflow", (backend) => {
  test("trains with padding as on cpu", async () => {
    const got = await trained(backend);
    const expected = await trained("cpu");
    expect([...got.keys()].sort()).toEqual([
      "bias",
      "kernel",
      "mask_bias",
      "mask_kernel",
      "offset_bias",
      "offset_kernel",
    ]);
    for (const [name, values] of expected) {
      const worst = Math.max(...values.map((value, k) => Math.abs(value - got.get(name)![k]!)));
      expect(worst, name).toBeLessThan(1e-5);
    }
  });
});
