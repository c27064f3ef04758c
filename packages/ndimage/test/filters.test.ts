import type { AnyArray } from "@ddl/core";
import type { BorderMode } from "@ddl/ndimage";
import { gaussianFilter, gaussianGradientMagnitude, gradient } from "@ddl/ndimage";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/filters.json" with { type: "json" };

type Values = NdArray<Float64Array>;
const inEveryLayout = (name: string): [string, Values][] =>
  layouts(goldenArray<Float64Array>(golden.arrays[name as keyof typeof golden.arrays]));

/** Kernels hold exp, which may differ by a unit in the last place from numpy's; float32 results by one of theirs. */
const closeness = (name: string) =>
  name === "single" ? { relative: 1.2e-7, absolute: 1e-6 } : { relative: 1e-12, absolute: 1e-13 };

describe("equal to scipy.ndimage and numpy, in every memory layout", () => {
  test.each(golden.gaussian)("gaussianFilter of $array, sigma $sigma, order $order, $mode", (one) => {
    const { order, truncate, cval } = one;
    const options = { order, truncate, cval, mode: one.mode as BorderMode };
    for (const [layout, input] of inEveryLayout(one.array)) {
      const result = gaussianFilter(input, one.sigma, options);
      expect(result, layout).toBeCloseToArray(goldenArray(one.result), closeness(one.array));
      expect(result.data instanceof Float32Array).toBe(one.array === "single");
    }
  });

  test.each(golden.magnitude)("gaussianGradientMagnitude of $array, sigma $sigma, $mode", (one) => {
    const { truncate, cval } = one;
    const options = { truncate, cval, mode: one.mode as BorderMode };
    for (const [layout, input] of inEveryLayout(one.array)) {
      const result = gaussianGradientMagnitude(input, one.sigma, options);
      expect(result, layout).toBeCloseToArray(goldenArray(one.result), closeness(one.array));
      expect(result.data instanceof Float32Array).toBe(one.array === "single");
    }
  });

  test.each(golden.gradient)("gradient of $array, spacing $spacing, to the bit", ({ array, spacing, results }) => {
    for (const [layout, input] of inEveryLayout(array)) {
      const derivatives = gradient(input, spacing === null ? {} : { spacing });
      expect(derivatives, layout).toHaveLength(results.length);
      for (const [k, derivative] of derivatives.entries()) {
        expect(derivative, layout).toEqualArray(goldenArray(results[k]!));
      }
    }
  });
});

describe("scipy's own cases", () => {
  const impulse = (): Values => {
    const result = ndarray(new Float64Array(100 * 100), [100, 100]) as Values;
    result.set(50, 50, 1);
    return result;
  };
  const nonZero = (result: Values): number => result.data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);

  test("gaussian_truncate: the kernel ends at ⌊truncate·sigma + ½⌋", () => {
    expect(nonZero(gaussianFilter(impulse(), 5, { truncate: 2 }))).toBe(21 ** 2);
    expect(nonZero(gaussianFilter(impulse(), 5, { truncate: 5 }))).toBe(51 ** 2);
    expect(nonZero(gaussianFilter(impulse(), [0.5, 2.5], { truncate: 3.5 }))).toBe(5 * 19);
    const line = ndarray(new Float64Array(51), [51]) as Values;
    line.set(25, 1);
    expect(nonZero(gaussianFilter(line, 2, { truncate: 3.5 }))).toBe(15);
    const edges = [...gaussianGradientMagnitude(line, 2, { truncate: 3.5 }).data].flatMap((v, i) =>
      v === 0 ? [] : [i],
    );
    expect(edges.at(-1)! - edges[0]! + 1).toBe(15);
  });

  test("gauss01 and gauss03: sigma 0 changes nothing, and float32 keeps its sum", () => {
    const small = ndarray(Float32Array.of(1, 2, 3, 2, 4, 6), [2, 3]) as NdArray<Float32Array>;
    expect(gaussianFilter(small, 0)).toEqualArray(small);
    const ramp = ndarray(
      Float32Array.from({ length: 10_000 }, (_, i) => i),
      [100, 100],
    ) as NdArray<Float32Array>;
    const smooth = gaussianFilter(ramp, 1, { mode: "reflect" });
    expect(smooth.data).toBeInstanceOf(Float32Array);
    expect(Math.abs(smooth.data.reduce((a, b) => a + b, 0) - 49_995_000)).toBeLessThan(1.5);
  });

  test("gaussian_kernel1d: derivatives of order 0 to 3 of an impulse, by their formulas", () => {
    const line = ndarray(new Float64Array(41), [41]) as Values;
    line.set(20, 1);
    const phi = Array.from({ length: 21 }, (_, i) => Math.exp(-0.5 * ((i - 10) / 2) ** 2));
    const sum = phi.reduce((a, b) => a + b);
    const formulas = [
      () => 1,
      (x: number) => -x / 4,
      (x: number) => ((x * x) / 4 - 1) / 4,
      (x: number) => ((3 - (x * x) / 4) * x) / 16,
    ];
    for (const [order, formula] of formulas.entries()) {
      const { data } = gaussianFilter(line, 2, { order, truncate: 5 });
      for (let x = -10; x <= 10; x++) expect(data[20 + x]).toBeCloseTo((formula(x) * phi[x + 10]!) / sum, 14);
    }
  });

  test("orders_gauss: zeros give zeros, a negative order is an error", () => {
    const zero = ndarray(new Float64Array(1), [1]);
    expect([...gaussianFilter(zero, 1, { order: 3 }).data]).toEqual([0]);
    expect(() => gaussianFilter(zero, 1, { order: -1 })).toThrow(
      "gaussianFilter: order must be an integer ≥ 0 and ≤ 20; received -1.",
    );
  });
});

const images = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => ndarray(Float64Array.from(values), [rows, columns]) as Values),
  );
const modes = fc.constantFrom<BorderMode>("nearest", "reflect", "mirror", "wrap");

describe("properties", () => {
  test("smoothing keeps a constant, and the range of the values", () => {
    fc.assert(
      fc.property(images, modes, fc.double({ min: 0, max: 9, noNaN: true }), (image, mode, sigma) => {
        const { data } = gaussianFilter(image, sigma, { mode });
        expect(Math.max(...data)).toBeLessThanOrEqual(Math.max(...image.data) + 1e-11);
        expect(Math.min(...data)).toBeGreaterThanOrEqual(Math.min(...image.data) - 1e-11);
      }),
    );
  });

  test("wrapped and reflected borders keep the sum", () => {
    fc.assert(
      fc.property(images, fc.constantFrom<BorderMode>("wrap", "reflect"), (image, mode) => {
        const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
        expect(sum(gaussianFilter(image, [1.5, 0.7], { mode }).data)).toBeCloseTo(sum(image.data), 8);
      }),
    );
  });

  test("the gradient of a plane is its slopes, at the ends too", () => {
    const plane = ndarray(
      Float64Array.from({ length: 15 }, (_, i) => 3 * Math.floor(i / 5) - 2 * (i % 5)),
      [3, 5],
    );
    const [rows, columns] = gradient(plane, { spacing: [0.5, 4] });
    expect(new Set(rows!.data)).toEqual(new Set([6]));
    expect(new Set(columns!.data)).toEqual(new Set([-0.5]));
  });

  test("along an axis of length 1 the derivative is 0; no pixels give none", () => {
    const [rows, columns] = gradient(ndarray(Float64Array.of(1, 4, 9), [1, 3]));
    expect([...rows!.data]).toEqual([0, 0, 0]);
    expect([...columns!.data]).toEqual([3, 4, 5]);
    expect(gradient(ndarray(new Float64Array(0), [0, 3])).map((one) => one.shape)).toEqual([
      [0, 3],
      [0, 3],
    ]);
    expect(gaussianFilter(ndarray(new Float64Array(0), [0, 3]), 1).shape).toEqual([0, 3]);
    expect(gaussianGradientMagnitude(ndarray(new Float64Array(0), [2, 0]), 1).shape).toEqual([2, 0]);
  });

  test("a constant image has no edges", () => {
    const flat = ndarray(new Float64Array(12).fill(7.25), [3, 4]);
    expect(Math.max(...gaussianGradientMagnitude(flat, 1.3).data)).toBeLessThan(1e-14);
  });
});

describe("bad input", () => {
  const image = ndarray(new Float64Array(6), [2, 3]);
  const bad = ndarray(Float64Array.of(1, 2, 3, 4, Number.POSITIVE_INFINITY, 6), [2, 3]) as NdArray<AnyArray>;
  test.each([
    [
      () => gaussianFilter(bad, 1),
      "gaussianFilter: array must contain only finite numbers; received Infinity. The first other value is at index [1, 1].",
    ],
    [
      () => gaussianFilter(image, 1e9),
      "gaussianFilter: sigma must be a finite number ≥ 0 and ≤ 250000; received 1000000000.",
    ],
    [() => gaussianFilter(image, Number.NaN), "gaussianFilter: sigma must be a finite number ≥ 0; received NaN."],
    [
      () => gaussianFilter(image, [0, 1], { order: [1, 0] }),
      "gaussianFilter: sigma must be ≥ 1e-9 along axis 0, which has order 1; received 0.",
    ],
    [
      () => gaussianFilter(image, 1, { order: [1] }),
      "gaussianFilter: order must have 2 entries, one an axis; received [1].",
    ],
    [
      () => gaussianFilter(image, 1, { mode: "edge" as "nearest" }),
      'gaussianFilter: mode must be one of "nearest", "reflect", "mirror", "wrap", "constant"; received "edge".',
    ],
    [
      () => gaussianFilter(image, 1, { cval: Number.NaN }),
      "gaussianFilter: cval must be a finite number; received NaN.",
    ],
    [
      () => gaussianFilter(image, 1, { truncate: 0 }),
      "gaussianFilter: truncate must be a finite number > 0; received 0.",
    ],
    [
      () => gaussianFilter(image, 1, { radius: 3 } as object),
      'gaussianFilter: options must have only the keys mode, cval, truncate, order; received "radius".',
    ],
    [
      () => gaussianGradientMagnitude(image, [1, 0]),
      "gaussianGradientMagnitude: sigma must be a finite number ≥ 1e-9; received 0.",
    ],
    [
      () => gaussianGradientMagnitude(image, 1, { order: 1 } as object),
      'gaussianGradientMagnitude: options must have only the keys mode, cval, truncate; received "order".',
    ],
    [() => gradient(image, { spacing: [1] }), "gradient: spacing must have 2 entries, one an axis; received [1]."],
    [
      () => gradient(bad),
      "gradient: array must contain only finite numbers; received Infinity. The first other value is at index [1, 1].",
    ],
    [() => gradient(null as never), "gradient: array must be an ndarray; received null."],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
