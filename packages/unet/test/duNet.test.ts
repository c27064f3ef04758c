import "@ddl/backend-simd";
import "@ddl/deform-conv/simd";
import { ClampedDeformConv2D, duNet } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { savedAndLoaded } from "./savedAndLoaded.js";
import { fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

const values = (tensor: Tensor): number[] => [...tensor.dataSync()];
const largestDifference = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

/** Trainable parameters of all layers, or of those whose names begin with one of some words. */
function parameters(model: LayersModel, ...starts: string[]): number {
  const counted = model.trainableWeights.filter(
    ({ originalName }) => starts.length === 0 || starts.some((start) => originalName.startsWith(start)),
  );
  return counted.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);
}

describe("parameters", () => {
  test("of each part are those of the published table", () => {
    const model = duNet({ inputShape: [16, 16, 3] });
    const parts = ["inc", "down1", "down2", "down3", "down4", "up1", "up2", "up3", "up4"];
    expect(parts.map((part) => parameters(model, part))).toEqual([
      2_832, 21_764, 71_140, 221_952, 295_680, 184_704, 46_272, 24_580, 14_788,
    ]);
    // The head as built had room for one channel, ours has for three.
    expect(parameters(model)).toBe(883_730 + 2);
  });

  test("of the published head are reached with one channel", () => {
    const model = duNet({ inputShape: [16, 16, 1], asPublished: true });
    expect(parameters(model, "outc")).toBe(18);
    expect(parameters(model) + 2 * 9 * 16).toBe(883_730);
    const modulated = duNet({ inputShape: [16, 16, 1], modulated: true });
    expect(parameters(modulated, "down1") - parameters(model, "down1")).toBe(9 * (9 * 16 + 1) + 9 * (9 * 32 + 1));
  });

  test("of full width", () => {
    expect(parameters(duNet({ inputShape: [16, 16, 3], baseFilters: 64 }))).toBe(13_570_706 + 2);
  });
});

test("logits by default, probabilities as published, at any size, also after it was saved and read", async () => {
  const size = [19, 33, 1] as const;
  const x = image("any size", [2, ...size]);
  for (const asPublished of [false, true]) {
    const model = duNet({ inputShape: size, classes: 3, baseFilters: 2, modulated: true, asPublished });
    fillByRule(model);
    const y = model.predict(x) as Tensor;
    expect(y.shape).toEqual([2, 19, 33, 3]);
    expect(values((await savedAndLoaded(model)).predict(x) as Tensor)).toEqual(values(y));
    const [least, most] = [tf.min(y).dataSync()[0]!, tf.max(y).dataSync()[0]!];
    expect(least < 0).toBe(!asPublished);
    if (asPublished) expect(most).toBeLessThan(1);
    const logits = duNet({
      inputShape: size,
      classes: 3,
      baseFilters: 2,
      modulated: true,
      asPublished,
      activation: "none",
    });
    logits.setWeights(model.getWeights());
    const expected = logits.predict(x) as Tensor;
    expect(largestDifference(y, asPublished ? tf.sigmoid(expected) : expected)).toBeLessThan(1e-6);
  }
});

test("starts with centred windows and offsets of 0, as published with those of torch's biases", () => {
  const biases = (options: object): Tensor =>
    duNet({ inputShape: [16, 16, 1], baseFilters: 2, ...options })
      .getLayer("down1.mpconv.1.conv.0.p_conv")
      .getWeights()[1]!;
  expect(tf.max(tf.abs(biases({}))).dataSync()[0]).toBe(0);
  const published = biases({ asPublished: true });
  expect(tf.max(tf.abs(published)).dataSync()[0]).toBeGreaterThan(0.1);
  expect(tf.max(tf.abs(published)).dataSync()[0]).toBeLessThanOrEqual(1 / Math.sqrt(18));
  expect(values(biases({ asPublished: true, seed: 1 }))).not.toEqual(values(published));
});

describe("ClampedDeformConv2D", () => {
  const apply = (layer: ClampedDeformConv2D, ...inputs: Tensor[]): Tensor => layer.apply(inputs) as Tensor;
  const x = (): Tensor => image("clamped", [2, 5, 7, 3]);
  const kernelInitializer = { apply: (shape: number[]) => image("kernel", shape) } as never;
  const kernel = (): tf.Tensor4D => image("kernel", [3, 3, 3, 4]) as tf.Tensor4D;
  const zeros = (): Tensor => tf.zeros([2, 5, 7, 18]);
  /** The image with its edges repeated `before` and `after` times on both axes. */
  const repeated = (value: Tensor, before: number, after: number): tf.Tensor4D => {
    const along = (v: Tensor, axis: number): Tensor => {
      const indices = Array.from({ length: v.shape[axis]! + before + after }, (_, i) =>
        Math.min(Math.max(i - before, 0), v.shape[axis]! - 1),
      );
      return tf.gather(v, indices, axis);
    };
    return along(along(value, 1), 2) as tf.Tensor4D;
  };

  test("with zero offsets is the convolution of the image with repeated edges", () => {
    const layer = new ClampedDeformConv2D({ filters: 4, kernelInitializer });
    const expected = tf.conv2d(repeated(x(), 1, 1), kernel(), 1, "valid");
    expect(largestDifference(apply(layer, x(), zeros()), expected)).toBeLessThan(2e-6);
  });

  test("asPublished begins its window at the pixel and counts edges twice an axis", () => {
    const ones = { apply: (shape: number[]) => tf.ones(shape) } as never;
    const layer = new ClampedDeformConv2D({ filters: 1, asPublished: true, kernelInitializer: ones });
    const counts = values(apply(layer, tf.ones([1, 5, 7, 1]), tf.zeros([1, 5, 7, 18])));
    expect(counts.slice(0, 7)).toEqual([9, 9, 9, 9, 12, 15, 18]);
    expect(counts.at(-1)).toBe(36);
    const right = new ClampedDeformConv2D({ filters: 4, asPublished: true, kernelInitializer });
    const inside = [0, 0, 0, 0];
    const got = tf.slice(apply(right, x(), zeros()), inside, [2, 2, 4, 4]);
    const shifted = tf.slice(tf.conv2d(x() as tf.Tensor4D, kernel(), 1, "valid"), inside, [2, 2, 4, 4]);
    expect(largestDifference(got, shifted)).toBeLessThan(2e-6);
  });

  test("reads rows of all taps first, then columns, and follows them to the edge and no further", () => {
    const layer = new ClampedDeformConv2D({ filters: 4, kernelInitializer });
    const move = (row: number, column: number): Tensor =>
      tf.concat([tf.fill([2, 5, 7, 9], row), tf.fill([2, 5, 7, 9], column)], 3);
    const shifted = tf.slice(tf.conv2d(repeated(x(), 1, 4), kernel(), 1, "valid"), [0, 1, 2, 0], [2, 5, 7, 4]);
    expect(largestDifference(apply(layer, x(), move(1, 2)), shifted)).toBeLessThan(2e-6);
    const far = apply(layer, x(), move(1e6, -1e9));
    expect(largestDifference(apply(layer, x(), move(20, -20)), far)).toBe(0);
  });

  test("multiplies samples by the mask, and ignores those of offsets that are no numbers", () => {
    const layer = new ClampedDeformConv2D({ filters: 4, kernelInitializer });
    const mask = image("mask", [2, 5, 7, 9]);
    const second = tf.reshape(tf.oneHot(tf.tensor1d([1], "int32"), 9), [1, 1, 1, 9]);
    const onlyOne = apply(layer, x(), zeros(), tf.mul(mask, second));
    const tap = tf.slice(kernel(), [0, 1, 0, 0], [1, 1, 3, 4]) as tf.Tensor4D;
    const above = tf.slice(repeated(x(), 1, 0), [0, 0, 1, 0], [2, 5, 7, 3]) as tf.Tensor4D;
    const expected = tf.mul(tf.conv2d(above, tap, 1, "valid"), tf.slice(mask, [0, 0, 0, 1], [2, 5, 7, 1]));
    expect(largestDifference(onlyOne, expected)).toBeLessThan(2e-6);
    const broken = tf.where(tf.cast(tf.concat([second, tf.zerosLike(second)], 3), "bool"), Number.NaN, zeros());
    const without = apply(layer, x(), zeros(), tf.mul(tf.onesLike(mask), tf.sub(1, second)));
    expect(largestDifference(apply(layer, x(), broken), without)).toBeLessThan(2e-6);
  });

  test.each<[object, number[][], string]>([
    [{ filters: 0 }, [], "filters must be an integer ≥ 1; received 0."],
    [{ kernelSize: 2 }, [], "kernelSize must be odd; received 2."],
    [{ asPublished: "yes" }, [], 'asPublished must be true or false; received "yes".'],
    [{ dtype: "int32" }, [], 'dtype must be "float32"; received "int32".'],
    [
      {},
      [[1, 4, 5, 2]],
      "inputs must be [x, offset] or [x, offset, mask] of four axes (batch, height, width, channels), channels known; received [[1, 4, 5, 2]].",
    ],
    [
      {},
      [
        [1, 4, 5, 2],
        [1, 4, 5, 9],
      ],
      "inputs must have for offset the first three axes of x and 18 channels; received [[1, 4, 5, 2], [1, 4, 5, 9]].",
    ],
    [
      {},
      [
        [1, 4, 5, 2],
        [1, 4, 5, 18],
        [1, 4, 6, 9],
      ],
      "inputs must have for mask the first three axes of x and 9 channels; received [[1, 4, 5, 2], [1, 4, 5, 18], [1, 4, 6, 9]].",
    ],
  ])("refuses %j of %j", (options, shapes, message) => {
    const call = (): void => {
      const layer = new ClampedDeformConv2D({ filters: 2, ...options } as never);
      layer.build(shapes);
    };
    expect(call).toThrow(`ClampedDeformConv2D: ${message}`);
  });
});

describe("duNet names what is wrong", () => {
  test.each<[object, string]>([
    [{ inputShape: [48, 48] }, "inputShape must have 3 entries (rows, columns, channels); received [48, 48]."],
    [
      { inputShape: [48, 15, 1] },
      "inputShape must have at least 16 rows and columns, which four poolings halve; received [48, 15, 1].",
    ],
    [
      { inputShape: [48, 48, 3], asPublished: true },
      "inputShape must have one channel with asPublished, as the published head has room for one; received [48, 48, 3].",
    ],
    [{ activation: "softmax" }, 'activation must be one of "none", "sigmoid"; received "softmax".'],
    [{ modulated: 1 }, "modulated must be true or false; received 1."],
    [{ baseFilters: 0 }, "baseFilters must be an integer ≥ 1; received 0."],
    [
      { downsize: 4 },
      'options must have only the keys inputShape, classes, baseFilters, modulated, activation, asPublished, seed, name; received "downsize".',
    ],
  ])("%j", (options, message) => {
    expect(() => duNet({ inputShape: [48, 48, 1], ...options } as never)).toThrow(`duNet: ${message}`);
  });
});
