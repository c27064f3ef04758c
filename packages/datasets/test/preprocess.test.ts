import { toContiguous, zeros } from "@ddl/core";
import { cropToBrain, padToSquare, preprocess, rescalePercentiles, restoreMask, zScore } from "@ddl/datasets";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/preprocess.json" with { type: "json" };

const image = goldenArray<Uint8Array>(golden.input);
const lesion = goldenArray<Uint8Array>(golden.inputMask);

describe("preprocess", () => {
  test("equals the published steps in scikit-image, in every memory layout", () => {
    const images = layouts(image);
    const masks = layouts(lesion).reverse();
    for (const [k, [, array]] of images.entries()) {
      const result = preprocess({ image: array, mask: masks[k]![1] }, { size: golden.size });
      expect(result.image).toBeCloseToArray(goldenArray(golden.image), { absolute: 6e-6 });
      expect(result.image.data).toBeInstanceOf(Float32Array);
      expect(result.mask).toEqualArray(goldenArray(golden.mask));
      expect(result.geometry.box).toEqual({
        from: golden.box.map(([from]) => from),
        to: golden.box.map(([, to]) => to),
      });
      expect(result.geometry.original).toEqual([7, 21, 17]);
    }
    expect(image).toEqualArray(goldenArray(golden.input));
  });

  test("leaves out what is switched off", () => {
    const off = { crop: false, pad: false, size: false, rescale: false, normalize: false } as const;
    const result = preprocess({ image, mask: lesion }, off);
    expect(result.image.shape).toEqual(image.shape);
    for (let i = 0; i < image.data.length; i++) expect(result.image.data[i]).toBe(Math.fround(image.data[i]! / 255));
    expect(result.mask).toEqualArray(lesion);
  });

  test("a mask comes back to the original grid: exactly without resizing, nearly with", () => {
    const exact = preprocess({ image, mask: lesion }, { size: false });
    expect(exact.mask.shape).not.toEqual(lesion.shape);
    expect(restoreMask(exact.mask, exact.geometry)).toEqualArray(lesion);
    const fine = preprocess({ image, mask: lesion }, { size: 61 });
    const back = restoreMask(fine.mask, fine.geometry);
    expect(back.shape).toEqual(lesion.shape);
    const differ = back.data.filter((value, i) => value !== lesion.data[i]).length;
    expect(differ).toBeLessThan(0.05 * lesion.data.reduce((sum, value) => sum + value, 0));
  });
});

describe("the steps", () => {
  test("cropToBrain keeps the box of what is bright in any channel, and zeroes the rest if asked", () => {
    const volume = zeros(Uint8Array, [3, 4, 5, 2]);
    volume.set(1, 2, 3, 0, 100);
    volume.set(1, 1, 4, 1, 50);
    volume.set(0, 0, 0, 1, 9); // below a tenth of 100
    volume.set(1, 2, 4, 0, 8);
    const { image: zeroed, box } = cropToBrain(volume);
    expect(box).toEqual({ from: [1, 1, 3], to: [2, 3, 5] });
    expect([...zeroed.data]).toEqual([0, 0, 0, 50, 100, 0, 0, 0]);
    expect([...cropToBrain(volume, { zeroBelowThreshold: false }).image.data]).toEqual([0, 0, 0, 50, 100, 0, 8, 0]);
  });

  test("padToSquare puts the odd one behind, on either axis", () => {
    const tall = ndarray(Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8]), [1, 4, 1, 2]);
    const { array, padding } = padToSquare(tall);
    expect(padding).toEqual({ top: 0, bottom: 0, left: 1, right: 2 });
    expect([...array.data.slice(0, 8)]).toEqual([0, 0, 1, 2, 0, 0, 0, 0]);
    expect(padToSquare(tall.transpose(0, 2, 1, 3)).padding).toEqual({ top: 1, bottom: 2, left: 0, right: 0 });
  });

  test("rescalePercentiles clips at both ends", () => {
    const ramp = ndarray(
      Float64Array.from({ length: 11 }, (_, i) => i),
      [11],
    );
    expect([...rescalePercentiles(ramp, { low: 20, high: 70 }).data]).toEqual([
      0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1,
    ]);
  });

  test("zScore gives each channel mean 0 and deviation 1", () => {
    const volume = ndarray(Float64Array.of(1, 10, 3, 30, 5, 20, 7, 0), [1, 2, 2, 2]) as NdArray<Float64Array>;
    const { data } = zScore(volume);
    for (const channel of [0, 1]) {
      const own = data.filter((_, i) => i % 2 === channel);
      expect(own.reduce((a, b) => a + b) / 4).toBeCloseTo(0, 14);
      expect(own.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 14);
    }
  });
});

describe("bad input is named", () => {
  const flat = zeros(Uint8Array, [2, 3, 4, 2]);
  const constant = toContiguous(flat, Uint8Array);
  for (let i = 0; i < constant.data.length; i += 2) constant.data[i] = i;
  const volume = { image, mask: lesion };
  test.each([
    [
      () => preprocess({ image: flat, mask: zeros(Uint8Array, [2, 3, 4]) }),
      "cropToBrain: the image must have a value above 0; it is empty.",
    ],
    [
      () => preprocess({ image, mask: zeros(Uint8Array, [7, 17, 21]) }),
      "preprocess: volume.mask must have shape [7, 21, 17]; received [7, 17, 21].",
    ],
    [() => preprocess(volume, { size: 0 }), "preprocess: size must be an integer ≥ 1; received 0."],
    [
      () => preprocess(volume, { crop: { threshold: 1 } }),
      "cropToBrain: threshold must be a finite number ≥ 0 and < 1; received 1.",
    ],
    [
      () => preprocess(volume, { rescale: { low: 50, high: 50 } }),
      "rescalePercentiles: high must be greater than low, 50; received 50.",
    ],
    [
      () => rescalePercentiles(flat),
      "rescalePercentiles: the image must differ between percentiles 10 and 99; both are 0.",
    ],
    [() => zScore(constant), "zScore: the image must vary in each channel; channel 1 is constant."],
    [
      () => preprocess(volume, { resize: 4 } as object),
      'preprocess: options must have only the keys crop, pad, size, order, antialias, rescale, normalize; received "resize".',
    ],
    [
      () => restoreMask(zeros(Uint8Array, [3, 8, 8]), preprocess(volume, { size: 8 }).geometry),
      "restoreMask: mask must have shape [6, any, any] (slices, rows, columns); received [3, 8, 8].",
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });

  test("a constant channel is allowed with an epsilon", () => {
    expect(zScore(constant, { epsilon: 1e-6 }).get(0, 0, 0, 1)).toBe(0);
  });
});
