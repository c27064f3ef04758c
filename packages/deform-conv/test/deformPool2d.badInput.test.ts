import { deformPool2d } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** A call that is right, of which each row spoils one thing. */
interface Call {
  x?: unknown;
  offset?: number[];
  options?: object;
}

function messageOf({ x = [2, 4, 9, 6], offset = [2, 2, 3, 36], options }: Call): string {
  const right = { windowSize: [2, 3], offsetGroups: 3 };
  try {
    deformPool2d((Array.isArray(x) ? tf.zeros(x) : x) as tf.Tensor, tf.zeros(offset), {
      ...right,
      ...options,
    } as never);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

const rows: [Call, string][] = [
  [{ x: 3 }, "x must be a tensor; received 3."],
  [{ x: [2, 4, 9] }, "x must have 4 dimensions (batch, height, width, channels); received [2, 4, 9]."],
  [
    { x: [2, 4, 9, 0] },
    "x must have at least one row, column and channel (batch, height, width, channels); received [2, 4, 9, 0].",
  ],
  [
    { offset: [2, 3, 2, 36] },
    "offset must have shape [2, 2, 3, 36] (batch, outHeight, outWidth, 2·K·offsetGroups); received [2, 3, 2, 36].",
  ],
  [{ options: { windowSize: undefined } }, "windowSize must be an integer ≥ 1; received undefined."],
  [{ options: { windowSize: [2] } }, "windowSize must be a number or have 2 entries [y, x]; received [2]."],
  [{ options: { windowSize: 0 } }, "windowSize must be an integer ≥ 1; received 0."],
  [
    { options: { windowSize: [2, 4], dilations: [1, 3] } },
    "windowSize must fit with its dilations, [2, 10], into the padded image, [4, 9]; received [2, 4].",
  ],
  [{ options: { mode: "mean" } }, 'mode must be one of "average", "max"; received "mean".'],
  [{ options: { strides: Number.NaN } }, "strides must be an integer ≥ 1; received NaN."],
  [{ options: { offsetGroups: 4 } }, "offsetGroups must divide the 6 channels of x; received 4."],
  [{ options: { offsetGroups: 0.5 } }, "offsetGroups must be an integer ≥ 1; received 0.5."],
  [{ options: { countIncludePad: 1 } }, "countIncludePad must be true or false; received 1."],
  [
    { options: { mode: "max", countIncludePad: true } },
    'countIncludePad must be left out with mode "max"; received true.',
  ],
  [
    { options: { stride: 2 } },
    'options must have only the keys windowSize, mode, strides, padding, dilations, offsetGroups, countIncludePad; received "stride".',
  ],
];

describe("deformPool2d names what is wrong", () => {
  test("the call that the rows spoil is right", () => {
    expect(messageOf({})).toBe("no error");
  });
  test.each(rows)("%j", (call, message) => {
    expect(messageOf(call)).toBe(`deformPool2d: ${message}`);
  });
  test("tensors of integers, and no options", () => {
    const integers = () => deformPool2d(tf.zeros([1, 2, 2, 1], "int32"), tf.zeros([1, 1, 1, 8]), { windowSize: 2 });
    expect(integers).toThrow('deformPool2d: x must have dtype float32; received "int32".');
    const without = () => deformPool2d(tf.zeros([1, 2, 2, 1]), tf.zeros([1, 1, 1, 8]), undefined as never);
    expect(without).toThrow("deformPool2d: options must be an object; received undefined.");
  });
});
