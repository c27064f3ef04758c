import type { IntensityRange } from "@ddl/ndimage";
import { otsu, percentile, rescaleIntensity } from "@ddl/ndimage";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/intensity.json" with { type: "json" };

const inEveryLayout = (name: string) =>
  layouts(goldenArray<Float64Array>(golden.arrays[name as keyof typeof golden.arrays]));
const typeOf: Record<string, string> = { uint: "Uint", int: "Int", float: "Float" };

describe("equal to scikit-image and numpy to the bit, in every memory layout", () => {
  test.each(golden.otsu)("otsu of $array with $bins bins", ({ array, bins, threshold }) => {
    for (const [layout, input] of inEveryLayout(array)) expect(otsu(input, { bins }), layout).toBe(threshold);
  });

  test.each(golden.rescale)("rescaleIntensity of $array from $inRange to $outRange", (one) => {
    const ranges = { inRange: one.inRange as IntensityRange, outRange: one.outRange as IntensityRange };
    for (const [layout, input] of inEveryLayout(one.array)) {
      const result = rescaleIntensity(input, ranges);
      expect(result, layout).toEqualArray(goldenArray(one.result));
      const [, kind, bits] = /^([a-z]+)(\d+)$/.exec(one.result.dtype)!;
      expect(result.data.constructor.name).toBe(`${typeOf[kind!]}${bits}Array`);
    }
  });

  test.each(golden.percentile)("percentile of $array", ({ array, q, values }) => {
    for (const [layout, input] of inEveryLayout(array)) expect(percentile(input, q), layout).toEqual(values);
  });
});

describe("scikit-image's own cases", () => {
  const simple = [0, 0, 1, 3, 5, 0, 1, 4, 3, 4, 1, 2, 5, 4, 1, 2, 4, 5, 2, 1, 4, 5, 1, 0, 0];
  const image = ndarray(Uint8Array.from(simple), [5, 5]);

  test("otsu, otsu_negative_int, otsu_float_image", () => {
    expect(otsu(image)).toBe(2);
    expect(
      otsu(
        ndarray(
          Int8Array.from(simple, (value) => value - 2),
          [5, 5],
        ),
      ),
    ).toBe(0);
    const ofFloats = otsu(ndarray(Float64Array.from(simple), [5, 5]));
    expect(ofFloats).toBeGreaterThanOrEqual(2);
    expect(ofFloats).toBeLessThan(3);
  });

  test("otsu_one_color_image, in 2-D and 3-D, and otsu_zero_count_histogram", () => {
    expect(otsu(ndarray(new Uint8Array(90).fill(1), [10, 9]))).toBe(1);
    expect(otsu(ndarray(new Uint8Array(720).fill(1), [10, 9, 8]))).toBe(1);
    expect(otsu(ndarray(Int32Array.of(1, 2), [2]))).toBe(1);
    expect(otsu(ndarray(Float64Array.of(7.5), [1]))).toBe(7.5);
  });

  test("rescale_stretch, _shrink, _in_range, _in_range_clip", () => {
    const bytes = Uint8Array.of(51, 102, 153);
    expect([...rescaleIntensity(ndarray(bytes, [3])).data]).toEqual([0, 127, 255]);
    const doubles = ndarray(Float64Array.from(bytes), [3]);
    expect([...rescaleIntensity(doubles).data]).toEqual([0, 0.5, 1]);
    expect([...rescaleIntensity(doubles, { inRange: [0, 255] }).data]).toEqual([0.2, 0.4, 0.6]);
    expect([...rescaleIntensity(doubles, { inRange: [0, 102] }).data]).toEqual([0.5, 1, 1]);
  });

  test("rescale_out_range, _no_overflow, _float_output, _output_dtype", () => {
    const signed = ndarray(Int8Array.of(-128, 0, 127), [3]);
    expect([...rescaleIntensity(ndarray(Int8Array.of(-10, 0, 10), [3]), { outRange: [0, 127] }).data]).toEqual([
      0, 63.5, 127,
    ]);
    expect(rescaleIntensity(signed, { outRange: "uint8" }).data).toEqual(Uint8Array.of(0, 128, 255));
    expect(rescaleIntensity(signed, { outRange: [0, 255] }).data).toEqual(Float64Array.of(0, 128, 255));
    expect(rescaleIntensity(signed, { outRange: "uint12" }).data).toBeInstanceOf(Uint16Array);
    expect(rescaleIntensity(signed, { outRange: "uint32" }).data).toEqual(
      Uint32Array.of(0, 2_155_905_152, 4_294_967_295),
    );
  });

  test("rescale_named_in_range, _named_out_range, _uint12_limits, _uint14_limits", () => {
    const ten = ndarray(Uint16Array.of(0, 1023, 1123), [3]);
    expect([...rescaleIntensity(ten, { inRange: "uint10" }).data]).toEqual([0, 65_535, 65_535]);
    const full = ndarray(Uint16Array.of(0, 65_535), [2]);
    for (const [name, high] of [
      ["uint10", 1023],
      ["uint12", 4095],
      ["uint14", 16_383],
    ] as const) {
      expect([...rescaleIntensity(full, { outRange: name }).data]).toEqual([0, high]);
    }
  });

  test("rescale_all_zeros, _constant, _same_values: a constant image is clipped to the out range", () => {
    expect([...rescaleIntensity(ndarray(new Uint8Array(4), [2, 2])).data]).toEqual([0, 0, 0, 0]);
    expect([...rescaleIntensity(ndarray(Uint16Array.of(130, 130), [2]), { outRange: [0, 127] }).data]).toEqual([
      127, 127,
    ]);
    expect([...rescaleIntensity(ndarray(Float64Array.of(1, 1), [2])).data]).toEqual([1, 1]);
  });
});

test("rescaled values lie within the out range and keep their order", () => {
  const ends = fc.tuple(
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  );
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(values, ends, (list, [low, width]) => {
      const sorted = Float64Array.from(list).sort();
      const { data } = rescaleIntensity(ndarray(sorted, [sorted.length]), { outRange: [low, low + width] });
      for (let i = 0; i < data.length; i++) {
        expect(data[i]).toBeGreaterThanOrEqual(low - 1e-9);
        expect(data[i]).toBeLessThanOrEqual(low + width + 1e-9);
        if (i > 0) expect(data[i]).toBeGreaterThanOrEqual(data[i - 1]!);
      }
    }),
  );
});

test("otsu of integers far apart does not need a table of them", () => {
  const wide = Int32Array.of(-2_000_000_000, 2_000_000_000, -1_999_999_990, -1_000_000_000);
  expect(otsu(ndarray(wide, [4]))).toBe(-1_000_000_000);
  expect(otsu(ndarray(Uint32Array.of(0, 4_294_967_295, 4_294_967_290), [3]))).toBe(0);
});

test("clamped bytes are truncated as bytes are", () => {
  const clamped = ndarray(Uint8ClampedArray.of(51, 102, 153), [3]);
  expect(rescaleIntensity(clamped).data).toEqual(Uint8ClampedArray.of(0, 127, 255));
});

describe("bad input", () => {
  const image = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const none = ndarray(new Float64Array(0), [0, 3]);
  const bad = ndarray([1, Number.NEGATIVE_INFINITY], [2]);
  const names =
    '"image", "dtype", "uint8", "uint10", "uint12", "uint14", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64"';
  test.each([
    [() => otsu(none), "otsu: array must have at least one element; received [0, 3]."],
    [() => otsu(image, { bins: 1 }), "otsu: bins must be an integer ≥ 2 and ≤ 1000000; received 1."],
    [() => otsu(image, { nbins: 9 } as object), 'otsu: options must have only the keys bins; received "nbins".'],
    [
      () => otsu(bad),
      "otsu: array must contain only finite numbers; received -Infinity. The first other value is at index [1].",
    ],
    [() => rescaleIntensity(none), "rescaleIntensity: image must have at least one element; received [0, 3]."],
    [
      () => rescaleIntensity(bad),
      "rescaleIntensity: image must contain only finite numbers; received -Infinity. The first other value is at index [1].",
    ],
    [
      () => rescaleIntensity(image, { outRange: "flat" as "image" }),
      `rescaleIntensity: outRange must be two finite numbers or one of ${names}; received "flat".`,
    ],
    [
      () => rescaleIntensity(image, { inRange: [1, Number.NaN] }),
      `rescaleIntensity: inRange must be two finite numbers or one of ${names}; received [1, NaN].`,
    ],
    [
      () => rescaleIntensity(image, { inRange: [3, 1] }),
      "rescaleIntensity: inRange must have a low end that does not exceed its high end; received [3, 1].",
    ],
    [
      () => rescaleIntensity(image, { range: "image" } as object),
      'rescaleIntensity: options must have only the keys inRange, outRange; received "range".',
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
