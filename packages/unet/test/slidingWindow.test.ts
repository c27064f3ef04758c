import { elementCount, toContiguous } from "@ddl/core";
import { layouts } from "@ddl/testing";
import type { SlidingWindowOptions } from "@ddl/unet";
import { slidingWindow, unet } from "@ddl/unet";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { blendWeights } from "../src/inference/blendWeights.js";
import { windowStarts } from "../src/inference/windowStarts.js";
import golden from "./goldens/slidingWindow.json" with { type: "json" };

/** Values that repeat nowhere, in a C-ordered array. */
function waves(shape: number[]): NdArray<Float32Array> {
  const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(0.7 * i + 0.2));
  return ndarray(values, shape);
}

/** 1 + Σ (axis + 1) · index over a window, with one channel. */
function ramp(patch: number[]): tf.Tensor {
  const values = Array.from({ length: elementCount(patch) }, (_, at) => {
    let rest = at;
    let value = 1;
    for (let k = patch.length - 1; k >= 0; k--) {
      value += (k + 1) * (rest % patch[k]!);
      rest = Math.floor(rest / patch[k]!);
    }
    return value;
  });
  return tf.tensor(values, [1, ...patch, 1]);
}

const twice = (x: tf.Tensor): tf.Tensor => tf.concat([tf.mul(x, 2), tf.neg(x)], -1);
const doubled = ({ data, shape }: NdArray<Float32Array>): NdArray<Float32Array> => {
  const pixels = data.length / shape.at(-1)!;
  const values = Array.from({ length: pixels }, (_, i) => {
    const own = [...data.subarray(i * shape.at(-1)!, (i + 1) * shape.at(-1)!)];
    return [...own.map((v) => 2 * v), ...own.map((v) => -v)];
  });
  return ndarray(Float32Array.from(values.flat()), [...shape.slice(0, -1), 2 * shape.at(-1)!]);
};

describe("slidingWindow", () => {
  test.each(golden.steps)("begins windows of $window on $length where nnU-Net does, at overlap $overlap", (one) => {
    expect(windowStarts(one.length, one.window, one.overlap)).toEqual(one.starts);
  });

  test("weighs a window as nnU-Net does", () => {
    const [rows, columns] = golden.gaussian.patch.map((n) => blendWeights("gaussian", n));
    const weights = Float64Array.from([...rows!].flatMap((r) => [...columns!].map((c) => r * c)));
    expect(ndarray(weights)).toBeCloseToArray(ndarray(golden.gaussian.weights), { relative: 1e-12 });
  });

  test.each(golden.cases)("equals nnU-Net's procedure on $shape by windows of $patch", async (one) => {
    const image = waves([...one.shape, 1]);
    const model = (x: tf.Tensor): tf.Tensor => tf.mul(x, ramp(one.patch));
    const result = await slidingWindow(model, image, { patch: one.patch, overlap: one.overlap, batch: 3 });
    expect(result).toBeCloseToArray(ndarray(one.result, [...one.shape, 1]), { absolute: 2e-5 });
  });

  test("equals the prediction of the whole for a model that looks at pixels one by one", async () => {
    const settings = fc.record({
      shape: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 9 })),
      volume: fc.boolean(),
      patch: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 })),
      planar: fc.boolean(),
      overlap: fc.constantFrom(0, 0.25, 0.5, 0.8),
      blend: fc.constantFrom("gaussian" as const, "constant" as const),
      border: fc.constantFrom("zero" as const, "edge" as const, "reflect" as const),
      batch: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ shape, volume, patch, planar, ...options }) => {
        const image = waves([...(volume ? shape : shape.slice(1)), 2]);
        const size = volume && !planar ? patch : patch.slice(1);
        const result = await slidingWindow(twice, image, { patch: size, ...options });
        expect(result).toBeCloseToArray(doubled(image), { absolute: 1e-5 });
      }),
      { numRuns: 20, seed: 5 },
    );
  });

  test("gives a constant for a constant, over the border too if that continues it", async () => {
    const image = ndarray(new Float32Array(5 * 7 * 1).fill(3), [5, 7, 1]);
    // The mean of 3 × 3 pixels, which falls at a border of zeros.
    const blur = (x: tf.Tensor): tf.Tensor => {
      const padded = tf.mirrorPad(
        x as tf.Tensor4D,
        [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ],
        "symmetric",
      );
      return tf.avgPool(padded as tf.Tensor4D, 3, 1, "valid");
    };
    const options = { patch: [9, 4] };
    const edge = await slidingWindow(blur, image, { ...options, border: "edge" });
    expect(edge).toBeCloseToArray(image, { absolute: 1e-5 });
    const zero = await slidingWindow(blur, image, options);
    expect(zero.get(0, 3, 0)).toBeLessThan(2.5);
    expect(zero.get(2, 3, 0)).toBeCloseTo(3, 4);
  });

  test("takes a model that gives the middle of its patch, and shows it what is around", async () => {
    const image = waves([7, 10, 1]);
    // Sum of 3 × 5 pixels without padding: the output is smaller by 2 rows and 4 columns.
    const sums = (x: tf.Tensor): tf.Tensor => tf.mul(tf.avgPool(x as tf.Tensor4D, [3, 5], 1, "valid"), 15);
    const result = await slidingWindow(sums, image, { patch: [6, 9], border: "reflect" });
    const mirror = (i: number, n: number): number => (i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i);
    const expected = ndarray(new Float32Array(70), [7, 10, 1]);
    for (let r = 0; r < 7; r++) {
      for (let c = 0; c < 10; c++) {
        let sum = 0;
        for (let i = -1; i <= 1; i++) {
          for (let j = -2; j <= 2; j++) sum += image.get(mirror(r + i, 7), mirror(c + j, 10), 0);
        }
        expected.set(r, c, 0, sum);
      }
    }
    expect(result).toBeCloseToArray(expected, { absolute: 1e-4 });
  });

  test("does not depend on the memory layout of the image", async () => {
    const image = waves([3, 6, 5, 2]);
    const options = { patch: [4, 4] };
    const expected = await slidingWindow(twice, image, options);
    for (const [layout, array] of layouts(image)) {
      expect(await slidingWindow(twice, array, options), layout).toEqualArray(expected);
    }
    expect(toContiguous(image, Float32Array)).toEqualArray(waves([3, 6, 5, 2]));
  });

  test("applies the activation to the average", async () => {
    const image = waves([5, 6, 1]);
    const ramped = (x: tf.Tensor): tf.Tensor => tf.concat([tf.mul(x, ramp([4, 3])), x], -1);
    const options = { patch: [4, 3] };
    const logits = tf.tensor((await slidingWindow(ramped, image, options)).data, [5, 6, 2]);
    for (const activation of ["sigmoid", "softmax"] as const) {
      const result = await slidingWindow(ramped, image, { ...options, activation });
      const expected = activation === "sigmoid" ? tf.sigmoid(logits) : tf.softmax(logits);
      expect(result).toBeCloseToArray(ndarray(expected.dataSync(), [5, 6, 2]), { absolute: 1e-6 });
    }
  });

  test("takes patch and channels of a LayersModel, and the first of its outputs", async () => {
    const input = tfl.input({ shape: [4, 6, 2] });
    const layer = (filters: number) =>
      tfl.layers.conv2d({ filters, kernelSize: 1, kernelInitializer: "ones" }).apply(input) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: [layer(1), layer(3)] });
    const image = waves([9, 7, 2]);
    const result = await slidingWindow(model, image);
    const expected = Float32Array.from({ length: 63 }, (_, i) => image.data[2 * i]! + image.data[2 * i + 1]!);
    expect(result).toBeCloseToArray(ndarray(expected, [9, 7, 1]), { absolute: 1e-5 });
  });

  test("predicts slices of a volume as if each came alone", async () => {
    const model = unet({ inputShape: [8, 4, 1], depth: 1, baseFilters: 2, seed: 3 });
    const volume = waves([3, 9, 6, 1]);
    const result = await slidingWindow(model, volume, { batch: 5 });
    for (let p = 0; p < 3; p++) {
      const slice = await slidingWindow(model, volume.pick(p, null, null, null), { batch: 2 });
      expect(result.pick(p, null, null, null)).toBeCloseToArray(slice, { absolute: 1e-5 });
    }
  });

  test("says how far it is, lets timers in, and leaves nothing behind, aborted or not", async () => {
    const image = waves([12, 8, 1]);
    const options = { patch: [4, 4], overlap: 0, batch: 4 } as const;
    await slidingWindow(twice, image, options);
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    let ticks = 0;
    const timer = setInterval(() => ticks++, 0);
    const slow = (x: tf.Tensor): tf.Tensor => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      return twice(x);
    };
    await slidingWindow(slow, image, { ...options, batch: 1, onProgress: ({ windows }) => seen.push(windows) });
    clearInterval(timer);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ticks).toBeGreaterThan(2);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort(new Error("enough"));
    await expect(slidingWindow(twice, image, { ...options, onProgress, signal: controller.signal })).rejects.toThrow(
      "enough",
    );
    const stopped = AbortSignal.abort(new Error("before"));
    await expect(slidingWindow(twice, image, { ...options, signal: stopped })).rejects.toThrow("before");
    const broken = (): tf.Tensor => {
      throw new Error("broken");
    };
    await expect(slidingWindow(broken, image, options)).rejects.toThrow("broken");
    expect(tf.memory().numTensors).toBe(before);
  });

  const fixed = tfl.sequential({ layers: [tfl.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [4, 6, 2] })] });
  const free = tfl.sequential({
    layers: [tfl.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [null, null, 2] })],
  });
  const half = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, 2, 2, "valid");
  const nan = ndarray(Float32Array.of(1, 2, Number.NaN, 4), [2, 2, 1]);
  test.each<[string, unknown, NdArray<Float32Array>, SlidingWindowOptions]>([
    ["model must be a LayersModel or a function from a tensor to a tensor; received {}.", {}, waves([4, 4, 1]), {}],
    ["image must have 3 or 4 dimensions; received [4, 4].", twice, waves([4, 4]), {}],
    ["image must not be empty; received [0, 4, 1].", twice, waves([0, 4, 1]), { patch: [2, 2] }],
    [
      "image must contain only finite numbers; received NaN. The first other value is at index [1, 0, 0].",
      twice,
      nan,
      { patch: [2, 2] },
    ],
    ["image must have the 2 channels of the model's input; received [5, 5, 3].", fixed, waves([5, 5, 3]), {}],
    [
      "patch must have 2 entries, one an axis of what the model is given; received undefined.",
      twice,
      waves([4, 4, 1]),
      {},
    ],
    [
      "patch must have 2 or 3 entries, one an axis of what the model is given; received [4].",
      twice,
      waves([4, 4, 4, 1]),
      { patch: [4] },
    ],
    [
      "patch must have 2 entries, one an axis of what the model is given; received undefined.",
      free,
      waves([4, 4, 2]),
      {},
    ],
    [
      "patch must be the size of the model's input, [4, 6]; received [6, 4].",
      fixed,
      waves([9, 9, 2]),
      { patch: [6, 4] },
    ],
    ["patch must be an integer ≥ 1; received 0.", twice, waves([4, 4, 1]), { patch: [0, 4] }],
    ["overlap must be a finite number ≥ 0 and < 1; received 1.", twice, waves([4, 4, 1]), { overlap: 1 }],
    ["batch must be an integer ≥ 1; received 0.", twice, waves([4, 4, 1]), { batch: 0 }],
    [
      'blend must be one of "gaussian", "constant"; received "mean".',
      twice,
      waves([4, 4, 1]),
      { blend: "mean" as never },
    ],
    [
      'border must be one of "zero", "edge", "reflect"; received "wrap".',
      twice,
      waves([4, 4, 1]),
      { border: "wrap" as never },
    ],
    [
      'activation must be one of "none", "sigmoid", "softmax"; received "relu".',
      twice,
      waves([4, 4, 1]),
      { activation: "relu" as never },
    ],
    [
      'options must have only the keys patch, overlap, blend, batch, activation, border, onProgress, signal; received "size".',
      twice,
      waves([4, 4, 1]),
      { size: 4 } as never,
    ],
    [
      "model must give the size of its patch, [6, 6], or one that is smaller by an even number; received [3, 3].",
      half,
      waves([8, 8, 1]),
      { patch: [6, 6] },
    ],
    ["model must give a tensor; received undefined.", () => undefined, waves([8, 8, 1]), { patch: [6, 6] }],
    [
      "model must give shape [4, 2, 2, 1] (batch, …space, classes); received [1, 2, 2, 1].",
      (x: tf.Tensor) => tf.slice(x, 0, [1, -1, -1, -1]),
      waves([4, 4, 1]),
      { patch: [2, 2] },
    ],
  ])("%s", async (message, model, image, options) => {
    await expect(slidingWindow(model as never, image, options)).rejects.toThrow(`slidingWindow: ${message}`);
  });
});
