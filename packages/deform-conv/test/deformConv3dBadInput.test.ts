import { deformConv3d } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** A call that is right, of which each row spoils one thing: result (2, 3, 1, 5, 4), 2 groups, 3 offset groups. */
const right = {
  x: [2, 4, 2, 7, 6],
  filter: [2, 2, 3, 3, 4],
  offset: [2, 3, 1, 5, 108],
  mask: [2, 3, 1, 5, 36],
  bias: [4],
};
type Change = Partial<Record<keyof typeof right, unknown>> & { options?: object };

function call({ options, ...change }: Change): Tensor {
  const made = Object.fromEntries(
    Object.entries({ ...right, ...change }).map(([name, given]) => [
      name,
      Array.isArray(given) ? tf.zeros(given as number[]) : given,
    ]),
  ) as Record<keyof typeof right, Tensor>;
  const { x, filter, offset, mask, bias } = made;
  return deformConv3d(x, filter, offset, { mask, bias, offsetGroups: 3, ...options });
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const paddings = '"same", "valid", a number or [[front, back], [top, bottom], [left, right]]';
const rows: [Change, string][] = [
  [{ x: [2, 4, 2, 7] }, "x must have 5 dimensions (batch, depth, height, width, channels); received [2, 4, 2, 7]."],
  [{ x: "volume" }, 'x must be a tensor; received "volume".'],
  [
    { x: [2, 0, 2, 7, 6] },
    "x must have at least one plane, row, column and channel (batch, depth, height, width, channels); received [2, 0, 2, 7, 6].",
  ],
  [
    { filter: [2, 2, 3, 4, 4] },
    "filter must have a fourth axis that divides the 6 input channels; received [2, 2, 3, 4, 4].",
  ],
  [
    { filter: [2, 2, 3, 3, 5] },
    "filter must have a number of output channels that its 2 groups divide; received [2, 2, 3, 3, 5].",
  ],
  [
    { filter: [2, 2, 0, 3, 4] },
    "filter must have no axis of length 0 (kernelDepth, kernelHeight, kernelWidth, inChannels / groups, outChannels); received [2, 2, 0, 3, 4].",
  ],
  [
    {
      options: {
        dilations: [4, 1, 1],
        padding: [
          [0, 0],
          [1, 0],
          [0, 2],
        ],
      },
    },
    "filter must fit with its dilations, [5, 2, 3], into the padded volume, [4, 3, 9]; received [2, 2, 3, 3, 4].",
  ],
  [
    { offset: [2, 3, 1, 5, 72] },
    "offset must have shape [2, 3, 1, 5, 108] (batch, outDepth, outHeight, outWidth, 3·K·offsetGroups); received [2, 3, 1, 5, 72].",
  ],
  [
    { mask: [2, 1, 3, 5, 36] },
    "mask must have shape [2, 3, 1, 5, 36] (batch, outDepth, outHeight, outWidth, K·offsetGroups); received [2, 1, 3, 5, 36].",
  ],
  [{ bias: [1] }, "bias must have shape [4] (channels of the result); received [1]."],
  [{ options: { offsetGroups: 4 } }, "offsetGroups must divide the 6 input channels; received 4."],
  [{ options: { offsetGroups: 0.5 } }, "offsetGroups must be an integer ≥ 1; received 0.5."],
  [{ options: { strides: [1, 1, 0] } }, "strides must be an integer ≥ 1; received 0."],
  [{ options: { strides: [1, 2] } }, "strides must be a number or have 3 entries [z, y, x]; received [1, 2]."],
  [{ options: { dilations: Number.NaN } }, "dilations must be an integer ≥ 1; received NaN."],
  [
    {
      options: {
        padding: [
          [0, 0],
          [0, 0],
        ],
      },
    },
    `padding must be ${paddings}; received [[0, 0], [0, 0]].`,
  ],
  [
    {
      options: {
        padding: [
          [0, 0],
          [0, 0],
          [0, -1],
        ],
      },
    },
    "padding must be an integer ≥ 0; received -1.",
  ],
  [
    { options: { groups: 2 } },
    'options must have only the keys mask, bias, strides, padding, dilations, offsetGroups; received "groups".',
  ],
];

describe("deformConv3d names what is wrong", () => {
  test("the call that the rows spoil is right", () => {
    expect(call({}).shape).toEqual([2, 3, 1, 5, 4]);
  });
  test.each(rows)("%j", (change, message) => {
    expect(messageOf(() => call(change))).toBe(`deformConv3d: ${message}`);
  });
  test("a tensor of integers", () => {
    const filter = tf.zeros(right.filter, "int32");
    expect(messageOf(() => call({ filter }))).toBe('deformConv3d: filter must have dtype float32; received "int32".');
  });
});
