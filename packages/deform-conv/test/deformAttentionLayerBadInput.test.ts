import { DeformAttention } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const right = {
  spatialShapes: [
    [2, 3],
    [4, 1],
  ],
  heads: 3,
};
const inputs = [
  [2, 7, 6],
  [2, 7, 2, 2],
  [2, 10, 5],
  [2, 10],
];

describe("DeformAttention names what is wrong", () => {
  const call = (options: object, shapes: readonly number[][]): string =>
    messageOf(() =>
      new DeformAttention({ ...right, ...options } as never).apply(shapes.map((shape) => tf.zeros(shape))),
    );

  test("the options and inputs that the rows spoil are right", () => {
    expect(call({}, inputs)).toBe("no error");
    expect(call({}, inputs.slice(0, 3))).toBe("no error");
  });

  const options: [object, string][] = [
    [{ spatialShapes: [] }, "spatialShapes must be a list of [height, width], one a level; received []."],
    [{ heads: 0 }, "heads must be an integer ≥ 1; received 0."],
    [{ points: 1.5 }, "points must be an integer ≥ 1; received 1.5."],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ seed: "7" }, 'seed must be an integer; received "7".'],
    [
      { levels: 2 },
      'options must have only the keys spatialShapes, heads, points, offsetLearningRate, seed, name, trainable, weights; received "levels".',
    ],
    [{ heads: 4 }, "heads must divide the 6 channels of the queries; received 4."],
  ];
  test.each(options)("%j", (change, message) => {
    expect(call(change, inputs)).toBe(`DeformAttention: ${message}`);
  });

  const spoilt: [number, number[], string][] = [
    [0, [2, 7], "queries must have three axes (batch, queries, channels), the last of known length; received [2, 7]."],
    [
      1,
      [2, 7, 3, 2],
      "referencePoints must have shape [2, 7, 2, 2 or 4] (batch, queries, levels, [x, y] or [x, y, width, height]); received [2, 7, 3, 2].",
    ],
    [
      1,
      [2, 7, 2, 3],
      "referencePoints must have shape [2, 7, 2, 2 or 4] (batch, queries, levels, [x, y] or [x, y, width, height]); received [2, 7, 2, 3].",
    ],
    [2, [1, 10, 5], "value must have shape [2, 10, any] (batch, pixels of all levels, channels); received [1, 10, 5]."],
    [3, [2, 11], "padding must have shape [2, 10] (batch, pixels of all levels); received [2, 11]."],
  ];
  test.each(spoilt)("input %i of shape %j", (k, shape, message) => {
    expect(call({}, inputs.with(k, shape))).toBe(`DeformAttention: ${message}`);
  });

  test("too few inputs, and one of integers", () => {
    expect(call({}, inputs.slice(0, 2))).toBe(
      "DeformAttention: inputs must be [queries, referencePoints, value] or [queries, referencePoints, value, padding]; received [[2, 7, 6], [2, 7, 2, 2]].",
    );
    const layer = new DeformAttention(right as never);
    const tensors = inputs.map((shape, k) => tf.zeros(shape, k === 2 ? "int32" : "float32"));
    expect(messageOf(() => layer.apply(tensors))).toBe(
      'DeformAttention: value must have dtype float32; received "int32".',
    );
  });

  test("a symbolic input whose channels are not known", () => {
    const shapes = [
      [7, null],
      [7, 2, 2],
      [10, 5],
    ]; // any length of the last axis
    const symbolic = shapes.map((shape) => tfl.input({ shape }));
    expect(messageOf(() => new DeformAttention(right as never).apply(symbolic))).toBe(
      "DeformAttention: queries must have three axes (batch, queries, channels), the last of known length; received [null, 7, null].",
    );
  });
});
