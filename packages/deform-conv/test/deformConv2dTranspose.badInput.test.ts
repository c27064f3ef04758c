import { deformConv2dTranspose } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** A call that is right, of which each row spoils one thing: result (2, 4, 7, 6), 2 groups, 3 offset groups. */
const right = { y: [2, 3, 6, 4], filter: [2, 2, 3, 4], offset: [2, 3, 6, 24], mask: [2, 3, 6, 12], bias: [6] };
type Change = Partial<typeof right> & { options?: object };

function call({ options, ...change }: Change): tf.Tensor {
  const shapes = { ...right, ...change };
  const made = (name: keyof typeof right): tf.Tensor =>
    Array.isArray(shapes[name]) ? tf.zeros(shapes[name]) : (shapes[name] as never);
  const branches = { mask: made("mask"), bias: made("bias"), groups: 2, offsetGroups: 3, ...options };
  return deformConv2dTranspose(made("y"), made("filter"), made("offset"), branches);
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
  [{ y: 3 as never }, "y must be a tensor; received 3."],
  [
    { y: [2, 3, 6, 5] },
    "y must have shape [any, any, any, 4] (batch, height, width, outChannels of the filter); received [2, 3, 6, 5].",
  ],
  [
    { y: [2, 0, 6, 4] },
    "y must have at least one row and column (batch, height, width, outChannels); received [2, 0, 6, 4].",
  ],
  [
    { filter: [2, 0, 3, 4] },
    "filter must have no axis of length 0 (kernelHeight, kernelWidth, inChannels / groups, outChannels); received [2, 0, 3, 4].",
  ],
  [
    { offset: [2, 4, 7, 24] },
    "offset must have shape [2, 3, 6, 24] (batch, outHeight, outWidth, 2·K·offsetGroups); received [2, 4, 7, 24].",
  ],
  [
    { mask: [2, 3, 6, 24] },
    "mask must have shape [2, 3, 6, 12] (batch, outHeight, outWidth, K·offsetGroups); received [2, 3, 6, 24].",
  ],
  [{ bias: [4] }, "bias must have shape [6] (channels of the result); received [4]."],
  [{ options: { groups: 0 } }, "groups must be an integer ≥ 1; received 0."],
  [
    { options: { groups: 3 } },
    "filter must have a number of output channels that its 3 groups divide; received [2, 2, 3, 4].",
  ],
  [{ options: { offsetGroups: 4 } }, "offsetGroups must divide the 6 input channels; received 4."],
  [{ options: { outputShape: 4 } }, "outputShape must have 2 entries [height, width]; received 4."],
  [{ options: { outputShape: [4, 0] } }, "outputShape must be an integer ≥ 1; received 0."],
  [
    { options: { outputShape: [4, 8] } },
    "outputShape must have [3, 6] windows, as many as y has rows and columns, not [3, 7]; received [4, 8].",
  ],
  [
    { options: { padding: 2 } },
    "padding must leave a row and a column of the result, which would be [0, 3]; received 2.",
  ],
  [
    { options: { stride: 2 } },
    'options must have only the keys mask, bias, strides, padding, dilations, groups, offsetGroups, outputShape; received "stride".',
  ],
];

describe("deformConv2dTranspose names what is wrong", () => {
  test("the call that the rows spoil is right", () => {
    expect(call({}).shape).toEqual([2, 4, 7, 6]);
  });
  test.each(rows)("%j", (change, message) => {
    expect(messageOf(() => call(change))).toBe(`deformConv2dTranspose: ${message}`);
  });
});
