import "@ddl/deform-conv/webgpu";
import {
  DcnV4,
  DeformAttention,
  DeformConv2D,
  DeformConv2DTranspose,
  DeformPooling2D,
  DeformRoiPooling,
} from "@ddl/deform-conv/layers";
import { describeBackend } from "@ddl/testing/tensor";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { expect, test, vi } from "vitest";
import { random } from "./layerTraining.js";

// A processor in place of a graphics card takes seconds to compile a shader.
vi.setConfig({ testTimeout: 300_000 });

const boxes = [
  [
    [0.5, 1, 5.25, 4],
    [2, 0.25, 6.5, 3],
  ],
  [
    [0, 0, 7, 5],
    [3.5, 1.25, 6, 4.5],
  ],
];
const image = (): Tensor => random([2, 5, 7, 4], 1);
/** Each layer with its inputs. */
const rows: [name: string, make: () => layers.Layer, inputs: () => Tensor | Tensor[]][] = [
  ["DeformConv2D", () => new DeformConv2D({ filters: 3, kernelSize: [3, 2], modulated: true }), image],
  [
    "DeformConv2DTranspose",
    () => new DeformConv2DTranspose({ filters: 3, kernelSize: [2, 3], strides: 2, modulated: true }),
    image,
  ],
  ["DeformPooling2D", () => new DeformPooling2D({ poolSize: [2, 3] }), image],
  ["DeformPooling2D, weighted", () => new DeformPooling2D({ poolSize: [3, 2], mode: "weighted" }), image],
  [
    "DeformRoiPooling",
    () => new DeformRoiPooling({ outputSize: [2, 3], modulated: true, hiddenUnits: [5] }),
    () => [image(), tf.tensor3d(boxes)],
  ],
  ["DcnV4", () => new DcnV4({ groups: 2 }), image],
  [
    "DeformAttention",
    () =>
      new DeformAttention({
        heads: 2,
        points: 2,
        spatialShapes: [
          [3, 5],
          [2, 2],
        ],
      }),
    () => [random([2, 2, 6], 1), tf.abs(random([2, 2, 2, 2], 2)), random([2, 19, 4], 3)],
  ],
];

/** The result and the gradients of the mean of its squares in all weights, as numbers, on the backend that is set. */
async function run(make: () => layers.Layer, inputs: () => Tensor | Tensor[]): Promise<Record<string, number[]>> {
  const layer = make();
  const given = inputs();
  layer.apply(given);
  layer.setWeights(layer.getWeights().map((w, k) => tf.mul(random(w.shape, 50 + k), 0.4)));
  const result = layer.apply(given) as Tensor;
  const loss = (): tf.Scalar => tf.mean(tf.square(tf.reshape(layer.apply(given) as Tensor, [-1]))) as tf.Scalar;
  const { grads } = tf.variableGrads(loss);
  const named = { result, ...grads };
  const read = await Promise.all(
    Object.entries(named).map(async ([name, t]) => [name.slice(name.lastIndexOf("/") + 1), [...(await t.data())]]),
  );
  tf.dispose([given, named]);
  layer.dispose();
  return Object.fromEntries(read) as Record<string, number[]>;
}

describeBackend("layers", "webgpu", () => {
  test.each(rows)("%s: result and gradients of all weights as on cpu", async (_, make, inputs) => {
    const got = await run(make, inputs);
    await tf.setBackend("cpu");
    const expected = await run(make, inputs);
    await tf.setBackend("webgpu");
    expect(Object.keys(got)).toEqual(Object.keys(expected));
    expect(Object.keys(got).length).toBeGreaterThan(2);
    for (const [name, values] of Object.entries(expected)) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest, name).toBeGreaterThan(1e-6);
      const differences = values.map((value, i) => Math.abs(value - got[name]![i]!));
      expect(Math.max(...differences), name).toBeLessThan(1e-4 * largest);
    }
  });
});
