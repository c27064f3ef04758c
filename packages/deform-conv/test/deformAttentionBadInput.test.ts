import { deformAttention } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** A call that is right, of which each row spoils one thing: levels of 2 × 3 and 4 × 1 pixels. */
const right = {
  value: [2, 10, 3, 4],
  shapes: [
    [2, 3],
    [4, 1],
  ] as unknown,
  locations: [2, 7, 3, 2, 5, 2],
  weights: [2, 7, 3, 2, 5],
};
type Change = { [K in keyof typeof right]?: unknown } & { options?: object };

function messageOf({ options, ...change }: Change): string {
  const { value, shapes, locations, weights } = { ...right, ...change };
  const made = (given: unknown): Tensor => (Array.isArray(given) ? tf.zeros(given as number[]) : (given as Tensor));
  try {
    deformAttention(made(value), shapes as [number, number][], made(locations), made(weights), options);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const rows: [Change, string][] = [
  [{ shapes: [] }, "spatialShapes must be a list of [height, width], one a level; received []."],
  [{ shapes: [2, 3] }, "spatialShapes must be a list of [height, width], one a level; received [2, 3]."],
  [{ shapes: undefined }, "spatialShapes must be a list of [height, width], one a level; received undefined."],
  [{ shapes: [[2, 3, 1]] }, "spatialShapes must be a list of [height, width], one a level; received [[2, 3, 1]]."],
  [{ shapes: [[2, 0]] }, "spatialShapes must be an integer ≥ 1; received 0."],
  [{ shapes: [[2.5, 4]] }, "spatialShapes must be an integer ≥ 1; received 2.5."],
  [{ value: 3 }, "value must be a tensor; received 3."],
  [
    { value: [2, 9, 3, 4] },
    "value must have shape [any, 10, any, any] (batch, pixels of all levels, heads, channels); received [2, 9, 3, 4].",
  ],
  [
    { value: [2, 10, 3, 0] },
    "value must have at least one head and channel (batch, pixels of all levels, heads, channels); received [2, 10, 3, 0].",
  ],
  [
    { locations: [2, 7, 3, 3, 5, 2] },
    "samplingLocations must have shape [2, any, 3, 2, any, 2] (batch, queries, heads, levels, points, 2); received [2, 7, 3, 3, 5, 2].",
  ],
  [
    { locations: [2, 7, 3, 2, 0, 2] },
    "samplingLocations must have at least one point (batch, queries, heads, levels, points, 2); received [2, 7, 3, 2, 0, 2].",
  ],
  [
    { weights: [2, 7, 3, 5, 2] },
    "attentionWeights must have shape [2, 7, 3, 2, 5] (batch, queries, heads, levels, points); received [2, 7, 3, 5, 2].",
  ],
  [{ options: { locationOrder: "zy" } }, 'locationOrder must be one of "xy", "yx"; received "zy".'],
  [{ options: { order: "xy" } }, 'options must have only the keys locationOrder; received "order".'],
];

describe("deformAttention names what is wrong", () => {
  test("the call that the rows spoil is right", () => {
    expect(messageOf({})).toBe("no error");
  });
  test.each(rows)("%j", (change, message) => {
    expect(messageOf(change)).toBe(`deformAttention: ${message}`);
  });
  test("a tensor of integers", () => {
    const weights = tf.zeros(right.weights, "int32");
    expect(messageOf({ weights })).toBe('deformAttention: attentionWeights must have dtype float32; received "int32".');
  });
});
