import type { AnyArray } from "@ddl/core";
import { expectOptions, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { correlateAxis } from "./correlateAxis.js";
import type { GaussianFilterOptions } from "./gaussianSettings.js";
import { filterSettings } from "./gaussianSettings.js";

/**
 * Gaussian smoothing, or a Gaussian derivative, of an array of one to four axes, axis by axis (scipy.ndimage.gaussian_filter;
 * the default mode is scikit-image's).
 *
 * Integers are filtered in float64 (scipy filters them as integers, and truncates after each axis).
 *
 * @param array finite values; float32 is rounded to float32 after each axis, everything else is computed in float64
 * @param sigma standard deviation in pixels, ≥ 0 and at most 10⁶ / truncate: one for all axes or one an axis; an axis with 0 is
 *   left alone; with an order it is ≥ 1e-9 (scipy ignores the order at 0)
 * @returns a new array of the same shape
 * @throws ShapeError for a list of the wrong length; RangeArgumentError for a negative sigma or values that are not finite
 * @example `gaussianFilter(image, 1.5, { mode: "reflect" })`
 * @example `gaussianFilter(image, 2, { order: [0, 1] })` is the derivative along columns
 */
export function gaussianFilter<T extends AnyArray>(
  array: NdArray<T>,
  sigma: number | readonly number[],
  options: GaussianFilterOptions = {},
): NdArray<FloatStorage<T>> {
  const name = "gaussianFilter";
  const checked = expectOptions(name, options, ["mode", "cval", "truncate", "order"]);
  const { border, kernels } = filterSettings(name, array, sigma, checked);
  const values = finiteValues(name, "array", array);
  const single = array.data instanceof Float32Array;
  for (const [axis, kernel] of kernels.entries()) {
    if (kernel !== undefined) correlateAxis(values.data, values.shape, axis, kernel, border, single);
  }
  return (single ? toContiguous(values, Float32Array) : values) as NdArray<FloatStorage<T>>;
}
