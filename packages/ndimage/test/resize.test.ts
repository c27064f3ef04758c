import type { ResizeOptions } from "@ddl/ndimage";
import { resize } from "@ddl/ndimage";
import { goldenArray, layouts } from "@ddl/testing";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/resize.json" with { type: "json" };

test.each(golden.cases)("resize of $array to $shape, $options, is scikit-image's", (one) => {
  const input = goldenArray<Float64Array>(golden.arrays[one.array as keyof typeof golden.arrays]);
  for (const [layout, array] of layouts(input)) {
    const result = resize(array, one.shape, one.options as ResizeOptions);
    expect(result, layout).toBeCloseToArray(goldenArray(one.result), { relative: 1e-12, absolute: 1e-13 });
  }
});

test("a constant image stays constant, smoothed or not", () => {
  const flat = ndarray(new Float64Array(6).fill(2.5), [2, 3]);
  expect(new Set(resize(flat, [5, 2], { antialias: true }).data)).toEqual(new Set([2.5]));
});

describe("bad input", () => {
  const image = ndarray(new Float64Array(6), [2, 3]);
  test.each([
    [
      () => resize(image, [2, 2], { mode: "nearest" as "edge" }),
      'resize: mode must be one of "reflect", "edge", "symmetric", "wrap", "constant"; received "nearest".',
    ],
    [
      () => resize(image, [2, 2], { mode: "wrap", order: 2 }),
      'resize: mode must be one of "reflect", "constant" for order 2; received "wrap".',
    ],
    [
      () => resize(image, [2, 2], { cval: Number.POSITIVE_INFINITY }),
      "resize: cval must be a finite number; received Infinity.",
    ],
    [() => resize(ndarray([], [0, 2]), [2, 2]), "resize: array must have at least one element; received [0, 2]."],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
