import { psRoiAlign, psRoiPool, roiAlign, roiPool } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
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

/** A call that is right, of which each row spoils one thing. */
interface Call {
  x?: unknown;
  rois?: unknown;
  options?: object;
}
const box = (...row: number[]) => [[1, 0, 0, 2, 2], row];
type Operation = (x: tf.Tensor, rois: tf.Tensor, options: never) => tf.Tensor;
const call = (operation: Operation, { x = [2, 4, 7, 12], rois = box(0, 1, 1, 3, 4), options }: Call) =>
  operation(
    (Array.isArray(x) ? tf.zeros(x) : x) as tf.Tensor,
    (Array.isArray(rois) ? tf.tensor(rois) : rois) as tf.Tensor,
    { outputSize: [2, 3], ...options } as never,
  );

const shared: [Call, string][] = [
  [{ x: [2, 4, 7] }, "x must have 4 dimensions (batch, height, width, channels); received [2, 4, 7]."],
  [{ x: 3 }, "x must be a tensor; received 3."],
  [
    { x: [2, 4, 0, 12] },
    "x must have at least one row, column and channel (batch, height, width, channels); received [2, 4, 0, 12].",
  ],
  [{ rois: [[0, 1, 2, 3]] }, "rois must have shape [any, 5] (RoIs, [batch, x1, y1, x2, y2]); received [1, 4]."],
  [
    { rois: box(0, 1, Number.NaN, 3, 4) },
    "rois must contain only finite numbers; received NaN. That is at index [1, 2].",
  ],
  [
    { rois: box(2, 1, 1, 3, 4) },
    "rois must begin each row with the index of an image of x, an integer ≥ 0 and < 2; received 2. That is at index [1, 0].",
  ],
  [
    { rois: box(-1, 1, 1, 3, 4) },
    "rois must begin each row with the index of an image of x, an integer ≥ 0 and < 2; received -1. That is at index [1, 0].",
  ],
  [
    { rois: box(0.5, 1, 1, 3, 4) },
    "rois must begin each row with the index of an image of x, an integer ≥ 0 and < 2; received 0.5. That is at index [1, 0].",
  ],
  [
    { x: [0, 4, 7, 12] },
    "rois must begin each row with the index of an image of x, an integer ≥ 0 and < 0; received 1. That is at index [0, 0].",
  ],
  [{ options: { outputSize: 0 } }, "outputSize must be an integer ≥ 1; received 0."],
  [{ options: { outputSize: [2, 1.5] } }, "outputSize must be an integer ≥ 1; received 1.5."],
  [{ options: { outputSize: undefined } }, "outputSize must be an integer ≥ 1; received undefined."],
  [{ options: { outputSize: [2] } }, "outputSize must be a number or have 2 entries [y, x]; received [2]."],
  [{ options: { spatialScale: 0 } }, "spatialScale must be a finite number > 0; received 0."],
];
const sampling: [Call, string][] = [
  [{ options: { samplingRatio: -2 } }, "samplingRatio must be an integer ≥ -1; received -2."],
  [{ options: { samplingRatio: 1.5 } }, "samplingRatio must be an integer ≥ -1; received 1.5."],
];

const indivisible: [Call, string] = [
  { x: [2, 4, 7, 9] },
  "x must have a number of channels that its 6 bins divide (batch, height, width, channels); received [2, 4, 7, 9].",
];

const operations: { name: string; operation: Operation; rows: [Call, string][] }[] = [
  {
    name: "roiAlign",
    operation: roiAlign,
    rows: [
      ...sampling,
      [{ options: { aligned: 1 } }, "aligned must be true or false; received 1."],
      [{ options: { mode: "avg" } }, 'mode must be one of "average", "max"; received "avg".'],
      [
        { options: { scale: 1 } },
        'options must have only the keys outputSize, spatialScale, samplingRatio, aligned, mode; received "scale".',
      ],
    ],
  },
  {
    name: "roiPool",
    operation: roiPool,
    rows: [
      [
        { options: { samplingRatio: 1 } },
        'options must have only the keys outputSize, spatialScale; received "samplingRatio".',
      ],
    ],
  },
  { name: "psRoiAlign", operation: psRoiAlign, rows: [...sampling, indivisible] },
  { name: "psRoiPool", operation: psRoiPool, rows: [indivisible] },
];

describe.each(operations)("$name names what is wrong", ({ name, operation, rows }) => {
  test("the call that the rows spoil is right", () => {
    expect(call(operation, {}).shape.slice(0, 3)).toEqual([2, 2, 3]);
  });
  test.each([...shared, ...rows])("%j", (change, message) => {
    expect(messageOf(() => call(operation, change))).toBe(`${name}: ${message}`);
  });
  test("options that are missing, and tensors of integers", () => {
    const [x, rois] = [tf.zeros([1, 2, 3, 6]), tf.zeros([1, 5])];
    const without = messageOf(() => operation(x, rois, undefined as never));
    expect(without).toBe(`${name}: options must be an object; received undefined.`);
    for (const [argument, given] of [
      ["x", [tf.cast(x, "int32"), rois]],
      ["rois", [x, tf.cast(rois, "int32")]],
    ] as [string, [tf.Tensor, tf.Tensor]][]) {
      const message = messageOf(() => operation(...given, { outputSize: 1 } as never));
      expect(message).toBe(`${name}: ${argument} must have dtype float32; received "int32".`);
    }
  });
});
