import { dcnV3, dcnV4, fromDcnV3 } from "@ddl/deform-conv";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
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

/** Calls that are right, of which each row spoils one thing: result (2, 3, 6, 4), two groups, four points a window. */
const right = { x: [2, 4, 7, 4], offset: [2, 3, 6, 16], mask: [2, 3, 6, 8], packed: [2, 3, 6, 24] };
const settings = { kernelSize: 2, groups: 2 };
type Change = Partial<Record<keyof typeof right, number[] | Tensor>> & { options?: object };

function tensorsOf({ options: _, ...change }: Change): Record<keyof typeof right, Tensor> {
  const entries = Object.entries({ ...right, ...change });
  return Object.fromEntries(
    entries.map(([name, given]) => [name, Array.isArray(given) ? tf.zeros(given) : given]),
  ) as Record<keyof typeof right, Tensor>;
}

const keys = "kernelSize, strides, padding, dilations, groups, offsetScale, removeCenter";
const shared: [Change, string][] = [
  [{ x: [4, 7, 4] }, "x must have 4 dimensions (batch, height, width, channels); received [4, 7, 4]."],
  [{ x: "image" as never }, 'x must be a tensor; received "image".'],
  [
    { x: [2, 4, 0, 4] },
    "x must have at least one row, column and channel (batch, height, width, channels); received [2, 4, 0, 4].",
  ],
  [{ options: { groups: 3 } }, "groups must divide the 4 channels; received 3."],
  [{ options: { groups: 0 } }, "groups must be an integer ≥ 1; received 0."],
  [{ options: { kernelSize: [2, 0] } }, "kernelSize must be an integer ≥ 1; received 0."],
  [
    { options: { kernelSize: [5, 2], dilations: [1, 3] } },
    "kernelSize must fit with its dilations, [5, 4], into the padded image, [4, 7]; received [5, 2].",
  ],
  [{ options: { offsetScale: 0 } }, "offsetScale must be a finite number > 0; received 0."],
  [{ options: { offsetScale: Number.NaN } }, "offsetScale must be a finite number > 0; received NaN."],
  [{ options: { removeCenter: 1 } }, "removeCenter must be true or false; received 1."],
  [
    { options: { kernelSize: [3, 2], removeCenter: true } },
    "removeCenter must be false for a kernel of [3, 2] points; received true.",
  ],
  [
    { options: { kernelSize: 1, removeCenter: true } },
    "removeCenter must be false for a kernel of [1, 1] points; received true.",
  ],
  [{ options: { strides: [1, 2, 3] } }, "strides must be a number or have 2 entries [y, x]; received [1, 2, 3]."],
  [
    { options: { padding: "full" } },
    'padding must be "same", "valid", a number or [[top, bottom], [left, right]]; received "full".',
  ],
  [{ options: { dilation: 2 } }, `options must have only the keys ${keys}; received "dilation".`],
];

describe("dcnV3 names what is wrong", () => {
  const call = (change: Change): Tensor => {
    const { x, offset, mask } = tensorsOf(change);
    return dcnV3(x, offset, mask, { ...settings, ...change.options });
  };
  test("the call that the rows spoil is right", () => {
    expect(call({}).shape).toEqual([2, 3, 6, 4]);
  });
  test.each([
    ...shared,
    [
      { offset: [2, 3, 6, 8] },
      "offset must have shape [2, 3, 6, 16] (batch, outHeight, outWidth, groups·P·2); received [2, 3, 6, 8].",
    ],
    [
      { mask: [2, 6, 3, 8] },
      "mask must have shape [2, 3, 6, 8] (batch, outHeight, outWidth, groups·P); received [2, 6, 3, 8].",
    ],
    [{ mask: undefined as never }, "mask must be a tensor; received undefined."],
  ] as [Change, string][])("%j", (change, message) => {
    expect(messageOf(() => call(change))).toBe(`dcnV3: ${message}`);
  });
});

describe("dcnV4 names what is wrong", () => {
  const call = (change: Change): Tensor => {
    const { x, packed } = tensorsOf(change);
    return dcnV4(x, packed, { ...settings, ...change.options });
  };
  test("the call that the rows spoil is right", () => {
    expect(call({}).shape).toEqual([2, 3, 6, 4]);
  });
  test.each([
    ...shared,
    [
      { packed: [2, 3, 6, 27], options: { groups: 1, kernelSize: [3, 3] } },
      "offsetMask must have shape [2, 2, 5, 32] (batch, outHeight, outWidth, 8·⌈3·groups·P / 8⌉); received [2, 3, 6, 27].",
    ],
    [{ packed: {} as never }, "offsetMask must be a tensor; received {}."],
  ] as [Change, string][])("%j", (change, message) => {
    expect(messageOf(() => call(change))).toBe(`dcnV4: ${message}`);
  });
});

describe("fromDcnV3", () => {
  test("puts points row by row, y first, and a centre of zeros where it was removed", () => {
    // Points of 3 × 3 column by column without the fourth; x is the point's number, y 10 more.
    const offset = tf.tensor(
      [0, 1, 2, 3, 5, 6, 7, 8].flatMap((k) => [k, 10 + k]),
      [1, 1, 1, 16],
    );
    const mask = tf.tensor([20, 21, 22, 23, 25, 26, 27, 28], [1, 1, 1, 8]);
    const got = fromDcnV3({ offset, mask }, { removeCenter: true });
    expect([...got.mask.dataSync()]).toEqual([20, 23, 26, 21, 0, 27, 22, 25, 28]);
    expect([...got.offset.dataSync()]).toEqual([10, 0, 13, 3, 16, 6, 11, 1, 0, 0, 17, 7, 12, 2, 15, 5, 18, 8]);
  });

  test("turned back, everything has its bits again", () => {
    const small = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(small, small, small, fc.integer({ min: 1, max: 1000 }), (height, width, groups, seed) => {
        const offset = tf.randomNormal([2, 1, 3, groups * height * width * 2], 0, 1, "float32", seed);
        const { offset: turned } = fromDcnV3({ offset }, { kernelSize: [height, width], groups });
        const [given, got] = [offset.dataSync(), turned.dataSync()];
        for (let at = 0; at < got.length; at++) {
          const [axis, tap] = [at % 2, Math.floor(at / 2)];
          const [k, before] = [tap % (height * width), tap - (tap % (height * width))];
          const point = (k % width) * height + Math.floor(k / width);
          expect(got[at]).toBe(given[2 * (before + point) + 1 - axis]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("an empty batch, and nothing at all", () => {
    expect(fromDcnV3({ mask: tf.zeros([0, 2, 3, 8]) }, { removeCenter: true }).mask.shape).toEqual([0, 2, 3, 9]);
    expect(fromDcnV3({})).toEqual({});
  });

  test.each([
    [
      { offset: [1, 2, 3, 9] },
      {},
      "offset must have shape [any, any, any, 18] (batch, outHeight, outWidth, groups·P·2); received [1, 2, 3, 9].",
    ],
    [
      { mask: [1, 2, 3, 9] },
      { groups: 2 },
      "mask must have shape [any, any, any, 18] (batch, outHeight, outWidth, groups·P); received [1, 2, 3, 9].",
    ],
    [{ mask: "none" }, {}, 'mask must be a tensor; received "none".'],
    [{}, { groups: 1.5 }, "groups must be an integer ≥ 1; received 1.5."],
    [
      {},
      { strides: 2 },
      'options must have only the keys kernelSize, dilations, groups, offsetScale, removeCenter; received "strides".',
    ],
    [{ x: [1] }, {}, 'options must have only the keys offset, mask; received "x".'],
  ] as [object, object, string][])("names what is wrong, row %#", (tensors, options, message) => {
    const made = Object.entries(tensors).map(([key, given]) => [key, Array.isArray(given) ? tf.zeros(given) : given]);
    expect(messageOf(() => fromDcnV3(Object.fromEntries(made), options))).toBe(`fromDcnV3: ${message}`);
  });
});
