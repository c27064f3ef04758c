import { deformConv2d } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** A call that is right, of which each row spoils one thing: result (2, 3, 6, 4), 2 groups, 3 offset groups. */
const right = {
  x: [2, 4, 7, 6],
  filter: [2, 2, 3, 4],
  offset: [2, 3, 6, 24],
  mask: [2, 3, 6, 12],
  bias: [4],
};
type Change = Partial<Record<keyof typeof right, number[] | Tensor>> & { options?: object };

function call({ options, ...change }: Change): Tensor {
  const made = Object.fromEntries(
    Object.entries({ ...right, ...change }).map(([name, given]) => [
      name,
      Array.isArray(given) ? tf.zeros(given) : given,
    ]),
  ) as Record<keyof typeof right, Tensor>;
  const { x, filter, offset, mask, bias } = made;
  return deformConv2d(x, filter, offset, { mask, bias, offsetGroups: 3, ...options });
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const rows: [Change, string][] = [
  [{ x: [2, 4, 7] }, "x must have 4 dimensions (batch, height, width, channels); received [2, 4, 7]."],
  [{ x: 3 as never }, "x must be a tensor; received 3."],
  [
    { x: [2, 0, 7, 6] },
    "x must have at least one row, column and channel (batch, height, width, channels); received [2, 0, 7, 6].",
  ],
  [{ filter: [2, 2, 4, 4] }, "filter must have a third axis that divides the 6 input channels; received [2, 2, 4, 4]."],
  [
    { filter: [2, 2, 3, 5] },
    "filter must have a number of output channels that its 2 groups divide; received [2, 2, 3, 5].",
  ],
  [
    { filter: [2, 0, 3, 4] },
    "filter must have no axis of length 0 (kernelHeight, kernelWidth, inChannels / groups, outChannels); received [2, 0, 3, 4].",
  ],
  [
    { filter: [5, 2, 3, 4] },
    "filter must fit with its dilations, [5, 2], into the padded image, [4, 7]; received [5, 2, 3, 4].",
  ],
  [
    { offset: [2, 3, 6, 12] },
    "offset must have shape [2, 3, 6, 24] (batch, outHeight, outWidth, 2·K·offsetGroups); received [2, 3, 6, 12].",
  ],
  [
    { mask: [2, 6, 3, 12] },
    "mask must have shape [2, 3, 6, 12] (batch, outHeight, outWidth, K·offsetGroups); received [2, 6, 3, 12].",
  ],
  [{ bias: [1] }, "bias must have shape [4] (channels of the result); received [1]."],
  [{ options: { offsetGroups: 4 } }, "offsetGroups must divide the 6 input channels; received 4."],
  [{ options: { offsetGroups: 0 } }, "offsetGroups must be an integer ≥ 1; received 0."],
  [{ options: { strides: [1, 0] } }, "strides must be an integer ≥ 1; received 0."],
  [{ options: { strides: [1, 2, 1] } }, "strides must be a number or have 2 entries [y, x]; received [1, 2, 1]."],
  [{ options: { dilations: 1.5 } }, "dilations must be an integer ≥ 1; received 1.5."],
  [
    { options: { padding: "full" } },
    'padding must be "same", "valid", a number or [[top, bottom], [left, right]]; received "full".',
  ],
  [
    {
      options: {
        padding: [
          [0, -1],
          [0, 0],
        ],
      },
    },
    "padding must be an integer ≥ 0; received -1.",
  ],
  [
    { options: { stride: 2 } },
    'options must have only the keys mask, bias, strides, padding, dilations, offsetGroups; received "stride".',
  ],
];

describe("deformConv2d names what is wrong", () => {
  test("the call that the rows spoil is right", () => {
    expect(call({}).shape).toEqual([2, 3, 6, 4]);
  });
  test.each(rows)("%j", (change, message) => {
    expect(messageOf(() => call(change))).toBe(`deformConv2d: ${message}`);
  });
  test("a tensor of integers", () => {
    const offset = tf.zeros(right.offset, "int32");
    expect(messageOf(() => call({ offset }))).toBe('deformConv2d: offset must have dtype float32; received "int32".');
  });
});
