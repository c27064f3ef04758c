import * as losses from "@ddl/losses";
import { describeBackend } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations
import { expect, test } from "vitest";

type Loss = (t: Tensor, z: Tensor, options: object) => Scalar;
const { combine: _, ...all } = losses;
const image = [2, 5, 3];
const volume = [2, 3, 2, 4];

/** What takes labels apart, weighs classes or sums along single axes, for images and volumes. */
const rows: [name: keyof typeof all, space: number[], channels: number, options: object][] = [
  ["diceLoss", image, 1, {}],
  ["diceLoss", volume, 3, { over: "sample-class", classWeights: [1, 2, 4], ignoreIndex: 2 }],
  ["generalizedDiceLoss", image, 4, {}],
  ["generalizedDiceLoss", volume, 3, { ignoreIndex: 1 }],
  ["focalTverskyLoss", volume, 1, {}],
  ["binaryCrossEntropy", volume, 2, { positiveWeight: [2, 3], classWeights: [1, 4] }],
  ["categoricalCrossEntropy", volume, 3, { classWeights: [1, 2, 4], ignoreIndex: 2 }],
  ["focalLoss", volume, 3, { alpha: 0.25 }],
  ["unifiedFocalLoss", image, 1, {}],
  ["unifiedFocalLoss", volume, 2, { symmetric: true }],
];

/** Value and gradient on the backend that is set. */
async function run(name: keyof typeof all, space: number[], channels: number, options: object): Promise<number[][]> {
  const voxels = space.reduce((a, b) => a * b, 1);
  const labels = Array.from({ length: voxels }, (_, i) => ((i * i + (i >> 1)) % 7) % Math.max(2, channels));
  const logits = Array.from({ length: voxels * channels }, (_, i) => 3 * Math.sin(0.7 * i + 1));
  const t = tf.tensor(labels, space, "int32");
  const loss = (z: Tensor): Scalar => (all[name] as Loss)(t, z, { fromLogits: true, ...options });
  const { value, grad } = tf.valueAndGrad(loss)(tf.tensor(logits, [...space, channels]));
  return [[...(await value.data())], [...(await grad.data())]];
}

describeBackend("losses", "webgpu", () => {
  test.each(rows)("%s of %j with %i channels and %j as on cpu", { timeout: 120_000 }, async (...row) => {
    const got = await run(...row);
    await tf.setBackend("cpu");
    const expected = await run(...row);
    await tf.setBackend("webgpu");
    for (const [k, values] of expected.entries()) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeGreaterThan(1e-4);
      expect(Math.max(...values.map((value, i) => Math.abs(value - got[k]![i]!)))).toBeLessThan(1e-4 * largest);
    }
  });
});
