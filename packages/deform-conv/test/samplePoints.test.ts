import { DeformConv2D, samplePoints } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

test("points of a new layer are the grid of the window, in pixels of x", () => {
  const layer = new DeformConv2D({
    filters: 1,
    kernelSize: [1, 2],
    strides: [3, 2],
    dilationRate: [1, 4],
    padding: [
      [2, 0],
      [1, 0],
    ],
  });
  const x = tf.ones([1, 4, 7, 3]);
  layer.apply(x);
  const points = samplePoints(layer, x);
  expect(points.shape).toEqual([1, 2, 2, 2, 2]);
  const at = (row: number, column: number) => [
    [row, column],
    [row, column + 4],
  ];
  expect(points.arraySync()).toEqual([
    [
      [at(-2, -1), at(-2, 1)],
      [at(1, -1), at(1, 1)],
    ],
  ]);
});

test("offsets move them, by offset group and tap; the result alone is kept", () => {
  const layer = new DeformConv2D({
    filters: 2,
    kernelSize: [2, 1],
    offsetGroups: 2,
    modulated: true,
    offsetLearningRate: 0.5,
  });
  const x = tf.zeros([1, 2, 3, 4]);
  layer.apply(x);
  // Of offset group 0: taps (0, 0) and (1, 0) by [1, 2] and [3, 4]; of group 1 by [5, 6] and [7, 8]; stored twice as large.
  const bias = tf.tensor([2, 4, 6, 8, 10, 12, 14, 16]);
  layer.setWeights(layer.getWeights().map((w) => (w.shape.join() === "8" ? bias : w)));
  const before = tf.memory().numTensors;
  const points = samplePoints(layer, x);
  expect(tf.memory().numTensors).toBe(before + 1);
  const at = (column: number) => [
    [1, column + 2],
    [1 + 3, column + 4],
    [5, column + 6],
    [1 + 7, column + 8],
  ];
  expect(points.arraySync()).toEqual([[[at(0), at(1), at(2)]]]);
});

test("the layer's value is the image read at its points", () => {
  const layer = new DeformConv2D({ filters: 1, kernelSize: 1, useBias: false });
  // Of the ramp 10·row + column, a sample inside is 10·y + x.
  const x = tf.tensor(
    Array.from({ length: 30 }, (_, k) => 10 * Math.floor(k / 6) + (k % 6)),
    [1, 5, 6, 1],
  );
  layer.apply(x);
  const bias = tf.tensor([0.25, -0.5]);
  layer.setWeights([tf.ones([1, 1, 1, 1]), tf.tensor([0.01, 0.02], [1, 1, 1, 2]), bias]);
  const points = samplePoints(layer, x).arraySync()[0]!;
  const values = (layer.apply(x) as tf.Tensor4D).arraySync()[0]!;
  for (const [i, j] of [
    [1, 2],
    [2, 4],
    [3, 1],
  ] as const) {
    const [row, column] = points[i]![j]![0]! as [number, number];
    expect(row).toBeCloseTo(i + 0.25 + 0.01 * (10 * i + j), 5);
    expect(column).toBeCloseTo(j - 0.5 + 0.02 * (10 * i + j), 5);
    expect(values[i]![j]![0]).toBeCloseTo(10 * row + column, 4);
  }
});

test("bad input", () => {
  const layer = new DeformConv2D({ filters: 1, kernelSize: 2 });
  const x = tf.ones([1, 3, 4, 2]);
  expect(() => samplePoints(layer, x)).toThrow(
    /^samplePoints: layer must be applied to an input first, which makes its weights\.$/,
  );
  layer.apply(x);
  const plain = tfl.layers.conv2d({ filters: 1, kernelSize: 2, name: "plain" });
  expect(() => samplePoints(plain as never, x)).toThrow(/^samplePoints: layer must be a DeformConv2D; received /);
  expect(() => samplePoints(layer, tf.ones([1, 3, 4, 5]))).toThrow(
    /^samplePoints: x must have shape \[any, any, any, 2\] \(batch, height, width, channels\); received \[1, 3, 4, 5\]\.$/,
  );
});
