import type { AnyArray } from "@ddl/core";
import {
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  RangeArgumentError,
  ShapeError,
  toContiguous,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import type { BorderMode } from "./border.js";
import { borderModes } from "./border.js";
import type { Border } from "./correlateAxis.js";
import { correlateAxis } from "./correlateAxis.js";
import { gaussianKernel } from "./gaussianKernel.js";

/** Options of {@link gaussianFilter}. */
export interface GaussianFilterOptions {
  /** What lies outside the image. Default `nearest`, as scikit-image (scipy: `reflect`). */
  mode?: BorderMode;
  /** Value outside the image for mode `constant`. Default 0. */
  cval?: number;
  /** The kernel ends this many standard deviations from its centre, > 0. Default 4. */
  truncate?: number;
  /** Derivative of the Gaussian to filter with, an integer ≥ 0: one for all axes or one an axis. Default 0, smoothing. */
  order?: number | readonly number[];
}

/** Below this sigma a derivative's powers of 1/sigma² may leave the range of numbers. */
export const smallestDerivative = 1e-9;
/** Kernels end at most this many pixels from their centre. */
const largestRadius = 1e6;

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
  const {
    mode = "nearest",
    cval = 0,
    truncate = 4,
    order = 0,
  } = expectOptions("gaussianFilter", options, ["mode", "cval", "truncate", "order"]);
  const { values, border, sigmas } = prepareGaussian("gaussianFilter", array, sigma, { mode, cval, truncate });
  const orders = expectOnePerAxis("gaussianFilter", "order", order, sigmas.length);
  for (const value of orders) expectNumber("gaussianFilter", "order", value, { integer: true, min: 0, max: 20 });
  const lost = orders.findIndex((value, k) => value > 0 && sigmas[k]! < smallestDerivative);
  if (lost >= 0) {
    throw new RangeArgumentError({
      functionName: "gaussianFilter",
      argument: "sigma",
      expected: `be ≥ ${smallestDerivative} along axis ${lost}, which has order ${orders[lost]}`,
      received: sigmas[lost],
    });
  }
  const single = array.data instanceof Float32Array;
  for (const [axis, value] of sigmas.entries()) {
    if (value <= 1e-15) continue;
    correlateAxis(values.data, values.shape, axis, gaussianKernel(value, orders[axis]!, truncate), border, single);
  }
  return (single ? toContiguous(values, Float32Array) : values) as NdArray<FloatStorage<T>>;
}

/** Checks what every Gaussian filter takes, and copies the values. */
export function prepareGaussian(
  functionName: string,
  array: NdArray<AnyArray>,
  sigma: number | readonly number[],
  { mode, cval, truncate }: Required<Pick<GaussianFilterOptions, "mode" | "cval" | "truncate">>,
): { values: NdArray<Float64Array>; border: Border; sigmas: readonly number[] } {
  expectRank(functionName, "array", array, [1, 2, 3, 4]);
  expectOneOf(functionName, "mode", mode, borderModes);
  expectNumber(functionName, "cval", cval);
  expectNumber(functionName, "truncate", truncate, { above: 0 });
  const sigmas = expectOnePerAxis(functionName, "sigma", sigma, array.shape.length);
  for (const value of sigmas) {
    expectNumber(functionName, "sigma", value, { min: 0 });
    if (truncate * value > largestRadius) {
      expectNumber(functionName, "sigma", value, { min: 0, max: largestRadius / truncate });
    }
  }
  const values = finiteValues(functionName, "array", array);
  return { values, border: { mode, cval }, sigmas };
}

function expectOnePerAxis(
  functionName: string,
  argument: string,
  value: number | readonly number[],
  rank: number,
): readonly number[] {
  if (!Array.isArray(value)) return new Array<number>(rank).fill(value as number);
  if (value.length !== rank) {
    const expected = `have ${rank} ${rank === 1 ? "entry" : "entries"}, one an axis`;
    throw new ShapeError({ functionName, argument, expected, received: value });
  }
  return value;
}
