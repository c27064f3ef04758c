import type { SobelOptions } from "@ddl/ndimage";
import { sobel } from "@ddl/ndimage";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/sobel.json" with { type: "json" };

test.each(golden.sobel)("of $array, $options, masked $masked, is the reference's to the bit", (one) => {
  const options = { ...one.options, ...(one.masked ? { mask: goldenArray(golden.mask) } : {}) } as SobelOptions;
  const input = goldenArray<Float64Array>(golden.arrays[one.array as keyof typeof golden.arrays]);
  for (const [layout, array] of layouts(input)) {
    const result = sobel(array, options);
    expect(result, layout).toEqualArray(goldenArray(one.result));
    expect(result.data instanceof Float32Array).toBe(one.array === "single");
  }
});

describe("scikit-image's own cases", () => {
  const step = (
    rows: number,
    columns: number,
    inside: (row: number, column: number) => boolean,
  ): NdArray<Float64Array> =>
    ndarray(
      Float64Array.from({ length: rows * columns }, (_, i) => (inside(Math.floor(i / columns), i % columns) ? 1 : 0)),
      [rows, columns],
    ) as NdArray<Float64Array>;

  test("sobel_horizontal and sobel_vertical: a step is a line two pixels wide", () => {
    const horizontal = sobel(step(11, 9, (row) => row >= 5));
    for (let row = 0; row < 11; row++) {
      const value = row === 4 || row === 5 ? 1 : 0;
      for (let column = 0; column < 9; column++) {
        expect(horizontal.get(row, column) * Math.SQRT2).toBeCloseTo(value, 15);
      }
    }
    const vertical = sobel(step(9, 11, (_, column) => column >= 5));
    expect(vertical.get(3, 5) * Math.SQRT2).toBe(1);
    expect(vertical.get(3, 7)).toBe(0);
  });

  test("sobel_h: along rows a horizontal step is 1, a vertical one 0", () => {
    const along = sobel(
      step(11, 9, (row) => row >= 5),
      { axis: 0 },
    );
    expect([4, 5, 6].map((row) => along.get(row, 2))).toEqual([1, 1, 0]);
    expect(
      new Set(
        sobel(
          step(9, 11, (_, column) => column >= 5),
          { axis: 0 },
        ).data,
      ),
    ).toEqual(new Set([0]));
  });

  test("zeros give zeros, and a mask without pixels gives zeros", () => {
    expect(new Set(sobel(ndarray(new Float64Array(90), [10, 9])).data)).toEqual(new Set([0]));
    const image = goldenArray(golden.arrays.image);
    expect(new Set(sobel(image, { mask: ndarray(new Uint8Array(40), [5, 8]) }).data)).toEqual(new Set([0]));
  });
});

test("of a ramp is twice its slope, with its sign", () => {
  const ramp = ndarray(
    Float64Array.from({ length: 28 }, (_, i) => -3 * Math.floor(i / 7)),
    [4, 7],
  );
  expect(sobel(ramp, { axis: 0 }).get(2, 3)).toBe(-6);
  expect(sobel(ramp, { axis: 0, scaling: "scipy" }).get(2, 3)).toBe(-24);
  expect(sobel(ramp, { axis: 1 }).get(2, 3)).toBe(0);
});

test("of no pixels is empty", () => {
  expect(sobel(ndarray(new Float64Array(0), [0, 4])).shape).toEqual([0, 4]);
});

describe("bad input", () => {
  const image = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  test.each([
    [() => sobel(image, { axis: 2 }), "sobel: axis must be an integer ≥ 0 and ≤ 1; received 2."],
    [
      () => sobel(image, { scaling: "none" as "scipy" }),
      'sobel: scaling must be one of "scikit-image", "scipy"; received "none".',
    ],
    [
      () => sobel(image, { mask: ndarray(new Uint8Array(4), [2, 2]) }),
      "sobel: mask must have shape [2, 3]; received [2, 2].",
    ],
    [
      () => sobel(ndarray([1, Number.NaN], [1, 2])),
      "sobel: image must contain only finite numbers; received NaN. The first other value is at index [0, 1].",
    ],
    [
      () => sobel(image, { axes: 0 } as object),
      'sobel: options must have only the keys axis, scaling, mode, cval, mask; received "axes".',
    ],
    [() => sobel(ndarray([1], [1, 1, 1, 1])), "sobel: image must have 1 or 2 or 3 dimensions; received [1, 1, 1, 1]."],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
