import { deformConv2d, fromMmcv, fromOnnx, fromTorch } from "@ddl/deform-conv";
import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/convert.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { expectClose, tensorOf } from "./goldenTensors.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const tensorsOf = <K extends string>(entries: Record<K, Entry>): Record<K, Tensor> =>
  Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, tensorOf(entry as Entry)])) as Record<
    K,
    Tensor
  >;

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("fromTorch", () => {
  test("turns each tensor as torch's permute does, and the value is torchvision's", async () => {
    const turned = fromTorch(tensorsOf(golden.plain.tensors));
    expect(Object.keys(turned).sort()).toEqual(Object.keys(golden.plain.turned).sort());
    for (const [key, entry] of Object.entries(golden.plain.turned)) {
      const got = turned[key as keyof typeof turned];
      expect(got.shape, key).toEqual(entry.shape);
      expect([...got.dataSync()], key).toEqual(entry.values);
    }
    const { x, filter, offset, mask, bias } = turned;
    const padding = [
      [1, 1],
      [0, 0],
    ] as const;
    const options = { mask, bias, strides: [2, 1] as const, padding, dilations: [2, 1] as const, offsetGroups: 3 };
    await expectClose("value", deformConv2d(x, filter, offset, options), golden.plain.value);
  });

  test("turned back, everything has its bits again", () => {
    const axis = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.tuple(axis, axis, axis, axis), (shape) => {
        const value = tf.randomNormal(shape, 0, 1, "float32", shape.join("").length + shape[0]);
        const { x, filter } = fromTorch({ x: value, filter: value });
        expect([...tf.transpose(x, [0, 3, 1, 2]).dataSync()]).toEqual([...value.dataSync()]);
        expect([...tf.transpose(filter, [3, 2, 0, 1]).dataSync()]).toEqual([...value.dataSync()]);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  test("keeps nothing but its results, which outlive its inputs", () => {
    const inputs = tensorsOf(golden.plain.tensors);
    const before = tf.memory().numTensors;
    const turned = fromTorch(inputs);
    expect(tf.memory().numTensors).toBe(before + 5);
    tf.dispose(inputs);
    expect([...turned.bias.dataSync()]).toEqual(golden.plain.tensors.bias.values);
  });

  test("names what is wrong", () => {
    expect(messageOf(() => fromTorch({ weight: tf.ones([1, 1, 1, 1]) } as never))).toBe(
      'fromTorch: options must have only the keys x, filter, offset, mask, bias; received "weight".',
    );
    expect(messageOf(() => fromTorch({ filter: tf.ones([3, 2, 1]) }))).toBe(
      "fromTorch: filter must have 4 dimensions (outChannels, inChannels / groups, height, width); received [3, 2, 1].",
    );
    expect(messageOf(() => fromTorch({ offset: [1] as never }))).toBe(
      "fromTorch: offset must be a tensor; received [1].",
    );
    expect(messageOf(() => fromTorch({ mask: tf.ones([1, 2, 3, 4], "int32") }))).toBe(
      'fromTorch: mask must have dtype float32; received "int32".',
    );
  });
});

describe("fromMmcv", () => {
  const options = {
    filters: 3,
    kernelSize: [2, 3] as const,
    strides: [2, 1] as const,
    padding: [
      [1, 1],
      [0, 0],
    ] as const,
    dilationRate: [1, 2] as const,
    offsetGroups: 2,
  };

  test.each([
    ["version 1", false, golden.mmcv],
    ["version 2", true, golden.mmcvModulated],
  ] as const)("a layer with a pack's weights, %s, has the pack's value", async (_, modulated, { tensors, value }) => {
    const { x, ...converted } = fromMmcv(tensorsOf<string>(tensors), { modulated });
    const { filter, bias, offsetFilter, offsetBias, maskFilter, maskBias } = converted;
    for (const rate of [1, 0.25]) {
      const gain = modulated ? { maskGain: 1 } : {};
      const layer = new DeformConv2D({ ...options, ...gain, modulated, useBias: modulated, offsetLearningRate: rate });
      layer.apply(x!);
      const branch = [offsetFilter, offsetBias, maskFilter, maskBias].filter((w) => w !== undefined);
      const main = [filter, bias].filter((w) => w !== undefined);
      layer.setWeights([...main, ...branch.map((w) => tf.div(w, rate))]);
      await expectClose(`rate ${rate}`, layer.apply(x!) as Tensor, value, 5e-6);
    }
  });

  test("two thirds of a modulated branch are the offsets; weights of one layer keep nothing else", () => {
    // Output o of the branch has the bias o and the filter o everywhere: 2 taps, 1 offset group.
    const branchBias = tf.tensor([0, 1, 2, 3, 4, 5], [6]);
    const branchFilter = tf.mul(tf.ones([6, 3, 1, 2]), tf.reshape(branchBias, [6, 1, 1, 1])) as Tensor;
    const before = tf.memory().numTensors;
    const got = fromMmcv({ branchFilter, branchBias }, { modulated: true });
    expect(tf.memory().numTensors).toBe(before + 4);
    expect(Object.keys(got).sort()).toEqual(["maskBias", "maskFilter", "offsetBias", "offsetFilter"]);
    expect([got.offsetBias, got.maskBias].map((w) => [...w!.dataSync()])).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(got.offsetFilter!.shape).toEqual([1, 2, 3, 4]);
    expect([...got.offsetFilter!.dataSync()]).toEqual(Array.from({ length: 24 }, (_, k) => k % 4));
    expect(got.maskFilter!.shape).toEqual([1, 2, 3, 2]);
    expect([...got.maskFilter!.dataSync()]).toEqual(Array.from({ length: 12 }, (_, k) => 4 + (k % 2)));
  });

  test("names what is wrong", () => {
    const branchFilter = tf.ones([16, 5, 2, 2]);
    expect(messageOf(() => fromMmcv({ branchFilter }))).toBe("no error");
    expect(messageOf(() => fromMmcv({ branchFilter }, { modulated: true }))).toBe(
      "fromMmcv: branchFilter must have a multiple of 3 · 4 channels, modulated; received 16.",
    );
    expect(messageOf(() => fromMmcv({ branchBias: tf.ones([7]) }))).toBe(
      "fromMmcv: branchBias must have a multiple of 2 channels; received 7.",
    );
    expect(messageOf(() => fromMmcv({}, { modulated: "yes" as never }))).toBe(
      'fromMmcv: modulated must be true or false; received "yes".',
    );
    expect(messageOf(() => fromMmcv({}, { groups: 2 } as never))).toBe(
      'fromMmcv: options must have only the keys modulated; received "groups".',
    );
  });
});

describe("fromOnnx", () => {
  test("pads of another length on each side, bias, mask, strides, groups", async () => {
    const { x, filter, offset, bias, mask } = tensorsOf(golden.onnx.tensors);
    const attributes = {
      pads: [2, 1, 0, 3],
      strides: [1, 2],
      group: 2,
      offset_group: 3,
      kernel_shape: [2, 3],
      dilations: [1, 1],
    };
    const before = tf.memory().numTensors;
    const call = fromOnnx([x, filter, offset, bias, mask], attributes);
    expect(tf.memory().numTensors).toBe(before + 5);
    const got = deformConv2d(call.x, call.filter, call.offset, call.options);
    await expectClose("value", got, golden.onnx.value);
  });

  test("ONNX's own case without padding, and without what may be left out", () => {
    const X = tf.reshape(tf.range(0, 9), [1, 1, 3, 3]) as Tensor;
    const offset = tf.buffer([1, 8, 2, 2]);
    offset.set(0.5, 0, 0, 0, 0);
    offset.set(-0.1, 0, 5, 0, 1);
    const call = fromOnnx([X, tf.ones([1, 1, 2, 2]), offset.toTensor()], { kernel_shape: [2, 2], pads: [0, 0, 0, 0] });
    const got = [...deformConv2d(call.x, call.filter, call.offset, call.options).dataSync()];
    [9.5, 11.9, 20, 24].forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, 5);
    });
  });

  const node = [
    [1, 6, 3, 4],
    [4, 3, 2, 3],
    [1, 12, 2, 2],
  ];
  const rows: [(number[] | undefined)[], object, string][] = [
    [[], {}, "inputs must be a list of 3 to 5 inputs (X, W, offset, B, mask); received []."],
    [
      node,
      { auto_pad: "VALID" },
      'options must have only the keys dilations, group, kernel_shape, offset_group, pads, strides; received "auto_pad".',
    ],
    [node, { group: 3 }, "W must have 6 / 3 input channels (channels of X / group); received [4, 3, 2, 3]."],
    [node, { group: 2, kernel_shape: [3, 2] }, "kernel_shape must be the last two axes of W, [2, 3]; received [3, 2]."],
    [node, { group: 2, pads: [1, 1] }, "pads must have 4 entries; received [1, 1]."],
    [node, { group: 2, pads: [0, -1, 0, 0] }, "pads must be an integer ≥ 0; received -1."],
    [node, { group: 2, strides: [1, 1, 1] }, "strides must have 2 entries; received [1, 1, 1]."],
    [node, { group: 0 }, "group must be an integer ≥ 1; received 0."],
    [
      [[1, 6, 3, 4, 5], ...node.slice(1)],
      { group: 2 },
      "X must have 4 dimensions (batch, channels, height, width); received [1, 6, 3, 4, 5].",
    ],
    [[undefined, ...node.slice(1)], {}, "X must be a tensor; received undefined."],
  ];
  const made = (shapes: (number[] | undefined)[]) => shapes.map((shape) => shape && tf.zeros(shape));
  test.each(rows)("names what is wrong in %j, %j", (shapes, attributes, message) => {
    expect(messageOf(() => fromOnnx(made(node), { group: 2 }))).toBe("no error");
    expect(messageOf(() => fromOnnx(made(shapes), attributes))).toBe(`fromOnnx: ${message}`);
  });

  test("inputs that are no list", () => {
    expect(messageOf(() => fromOnnx(3 as never))).toBe(
      "fromOnnx: inputs must be a list of 3 to 5 inputs (X, W, offset, B, mask); received 3.",
    );
  });
});
