import type { AnyArray } from "@ddl/core";
import { expectOptions, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { correlateAxis } from "./correlateAxis.js";
import type { GaussianFilterOptions } from "./gaussianSettings.js";
import { gradientSettings } from "./gaussianSettings.js";
import { addSquares, takeRoots } from "./magnitude.js";

/** Options of {@link gaussianGradientMagnitude}. */
export type GaussianGradientMagnitudeOptions = Pick<GaussianFilterOptions, "mode" | "cval" | "truncate">;

/**
 * Length of the gradient of an array smoothed by a Gaussian: √(Σ (∂G/∂x_k * f)²) (scipy.ndimage.gaussian_gradient_magnitude;
 * the default mode is `nearest`, scipy's is `reflect`).
 *
 * @param array one to four axes, finite values; float32 gives float32, everything else float64
 * @param sigma standard deviation in pixels, ≥ 1e-9: one for all axes or one an axis (of 0, scipy gives √n times the values' size)
 * @returns a new array of the same shape, per pixel: no spacing
 * @throws ShapeError for a list of the wrong length; RangeArgumentError for a sigma out of range or values not finite
 * @example `gaussianGradientMagnitude(image, 2)`
 *
 * Cost: as many separable filters as axes; working memory one float64 array beside input and output.
 */
export function gaussianGradientMagnitude<T extends AnyArray>(
  array: NdArray<T>,
  sigma: number | readonly number[],
  options: GaussianGradientMagnitudeOptions = {},
): NdArray<FloatStorage<T>> {
  const name = "gaussianGradientMagnitude";
  const checked = expectOptions(name, options, ["mode", "cval", "truncate"]);
  const { border, smooth, derive } = gradientSettings(name, array, sigma, checked);
  const values = finiteValues(name, "array", array);
  const single = array.data instanceof Float32Array;
  const total = zeros(Float64Array, values.shape);
  const work = new Float64Array(total.data.length);
  for (const [along, derivative] of derive.entries()) {
    work.set(values.data);
    for (const [axis, smoothing] of smooth.entries()) {
      correlateAxis(work, values.shape, axis, axis === along ? derivative : smoothing, border, single);
    }
    addSquares(total.data, work, single);
  }
  takeRoots(total.data, 1, single);
  return (single ? toContiguous(total, Float32Array) : total) as NdArray<FloatStorage<T>>;
}
