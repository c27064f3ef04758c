import type { AnyArray } from "@ddl/core";
import {
  binaryDilation,
  binaryErosion,
  distanceTransformEdt,
  findContours,
  gaussianFilter,
  label,
  otsu,
  percentile,
  resize,
} from "@ddl/ndimage";
import type { GoldenArray } from "@ddl/testing";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/ndimage.json" with { type: "json" };

const arrays: Record<string, NdArray<AnyArray>> = {
  image: goldenArray<Float64Array>(golden.image),
  volume: goldenArray<Float64Array>(golden.volume),
  mask: goldenArray<Uint8Array>(golden.mask),
  mask3: goldenArray<Uint8Array>(golden.mask3),
};

/** The named array in four memory layouts: every function must give the same for each. */
function inEveryLayout(name: string): [string, NdArray<AnyArray>][] {
  return layouts(arrays[name] as NdArray<Float64Array>);
}

describe("equal to scipy.ndimage and scikit-image, in every memory layout", () => {
  test("percentile", () => {
    for (const [, image] of inEveryLayout("image"))
      expect(percentile(image, golden.percentile.q)).toEqual(golden.percentile.values);
  });

  test("otsu of floating-point and of integer values", () => {
    for (const [, image] of inEveryLayout("image")) expect(otsu(image)).toBe(golden.otsu.image);
    expect(otsu(goldenArray(golden.integers))).toBe(golden.otsu.integers);
  });

  test.each(golden.edt)("distanceTransformEdt of $mask, spacing $spacing", ({ mask, spacing, distance }) => {
    for (const [, array] of inEveryLayout(mask)) {
      const result = distanceTransformEdt(array, spacing === null ? {} : { spacing });
      expect(result).toBeCloseToArray(goldenArray(distance), { relative: 1e-14 });
    }
  });

  test.each(golden.label)("label of $mask, connectivity $connectivity", ({ mask, connectivity, labels }) => {
    for (const [, array] of inEveryLayout(mask)) {
      const result = label(array, { connectivity });
      expect(result.labels).toEqualArray(goldenArray(labels));
      expect(result.count).toBe(Math.max(...labels.data));
    }
  });

  test.each(golden.morphology)(
    "erosion and dilation of $mask, connectivity $connectivity, $iterations ×, border $borderValue",
    (one) => {
      const options = {
        connectivity: one.connectivity,
        iterations: one.iterations,
        borderValue: one.borderValue as 0 | 1,
      };
      for (const [, array] of inEveryLayout(one.mask)) {
        expect(binaryErosion(array, options)).toEqualArray(goldenArray(one.erosion));
        expect(binaryDilation(array, options)).toEqualArray(goldenArray(one.dilation));
      }
    },
  );

  test.each(golden.gaussian)(
    "gaussianFilter of $array, sigma $sigma, $mode",
    ({ array, sigma, mode, truncate, result }) => {
      for (const [, input] of inEveryLayout(array)) {
        const smooth = gaussianFilter(input, sigma, {
          mode: mode as "nearest" | "reflect" | "mirror" | "constant",
          truncate,
        });
        expect(smooth).toBeCloseToArray(goldenArray(result), { relative: 1e-13, absolute: 1e-15 });
      }
    },
  );

  test.each(golden.resize)("resize of $array to $shape, order $order, $mode, antialias $antialias", (one) => {
    const options = {
      order: one.order as 0 | 1 | 2,
      mode: one.mode as "reflect" | "constant",
      antialias: one.antialias,
    };
    for (const [, input] of inEveryLayout(one.array)) {
      const expected = goldenArray(one.result as GoldenArray);
      expect(resize(input, one.shape, options)).toBeCloseToArray(expected, { relative: 1e-12, absolute: 1e-13 });
    }
  });

  test.each(golden.contours)(
    "findContours of $array at $level, $fullyConnected connected, $positiveOrientation on the left",
    (one) => {
      const options = {
        level: one.level,
        fullyConnected: one.fullyConnected as "low" | "high",
        positiveOrientation: one.positiveOrientation as "low" | "high",
      };
      for (const [, input] of inEveryLayout(one.array)) {
        const contours = findContours(input, options);
        expect(contours).toHaveLength(one.contours.length);
        for (const [k, contour] of contours.entries()) expect(contour).toEqualArray(goldenArray(one.contours[k]!));
      }
    },
  );
});
