import type { AnyArray, FloatArray } from "@ddl/core";
import {
  elementCount,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  ShapeError,
  toContiguous,
} from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link gaussianFilter}. */
export interface GaussianFilterOptions {
  /**
   * What lies outside the image: the edge value (`nearest`, default), the image mirrored about its edge (`reflect`: d c b a | a b c d)
   * or about its edge pixels (`mirror`: d c b | a b c d), or 0 (`constant`).
   */
  mode?: "nearest" | "reflect" | "mirror" | "constant";
  /** The kernel ends this many standard deviations from its centre, > 0. Default 4. */
  truncate?: number;
}

/**
 * Gaussian smoothing of an array of one to four axes, axis by axis (scipy.ndimage.gaussian_filter; the default mode is
 * scikit-image's).
 *
 * @param array finite values; float32 is rounded to float32 after each axis, everything else is computed in float64
 * @param sigma standard deviation in pixels, ≥ 0: one for all axes or one an axis; an axis with 0 is left alone
 * @throws ShapeError for a list of the wrong length; RangeArgumentError for a negative sigma or values that are not finite
 * @example `gaussianFilter(image, 1.5, { mode: "reflect" })`
 */
export function gaussianFilter<T extends AnyArray>(
  array: NdArray<T>,
  sigma: number | readonly number[],
  options: GaussianFilterOptions = {},
): NdArray<T extends Float32Array ? Float32Array : Float64Array> {
  const { mode = "nearest", truncate = 4 } = expectOptions("gaussianFilter", options, ["mode", "truncate"]);
  expectRank("gaussianFilter", "array", array, [1, 2, 3, 4]);
  expectOneOf("gaussianFilter", "mode", mode, ["nearest", "reflect", "mirror", "constant"]);
  expectNumber("gaussianFilter", "truncate", truncate, { above: 0 });
  const rank = array.shape.length;
  const sigmas = typeof sigma === "number" ? new Array<number>(rank).fill(sigma) : sigma;
  if (sigmas.length !== rank) {
    const expected = `have ${rank} entries, one an axis`;
    throw new ShapeError({ functionName: "gaussianFilter", argument: "sigma", expected, received: sigma });
  }
  for (const value of sigmas) expectNumber("gaussianFilter", "sigma", value, { min: 0 });
  expectFiniteValues("gaussianFilter", "array", array);
  const result: NdArray<FloatArray> =
    array.data instanceof Float32Array ? toContiguous(array, Float32Array) : toContiguous(array, Float64Array);
  for (let axis = 0; axis < rank; axis++) {
    if (sigmas[axis]! <= 1e-15) continue;
    filterAxis(result, axis, halfKernel(sigmas[axis]!, truncate), mode);
  }
  return result as NdArray<T extends Float32Array ? Float32Array : Float64Array>;
}

/** Weights 0 … radius of the normalised kernel; the other half is the same. */
function halfKernel(sigma: number, truncate: number): Float64Array {
  const radius = Math.floor(truncate * sigma + 0.5);
  const weights = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-0.5 / (sigma * sigma)) * (k * k)));
  let sum = 0;
  for (let k = -radius; k <= radius; k++) sum += weights[Math.abs(k)]!;
  return weights.map((weight) => weight / sum);
}

function filterAxis(array: NdArray<FloatArray>, axis: number, weights: Float64Array, mode: string): void {
  const { data, shape } = array;
  const length = shape[axis]!;
  if (data.length === 0) return;
  const stride = elementCount(shape.slice(axis + 1));
  const radius = weights.length - 1;
  const line = new Float64Array(length + 2 * radius);
  for (let outer = 0; outer < data.length; outer += length * stride) {
    for (let inner = 0; inner < stride; inner++) {
      const start = outer + inner;
      for (let i = -radius; i < length + radius; i++) {
        const source = outside(i, length, mode);
        line[i + radius] = source < 0 ? 0 : data[start + source * stride]!;
      }
      for (let i = 0; i < length; i++) {
        // Centre first, then pairs from the outside in: the order of the reference, so that not even a bit differs.
        const at = i + radius;
        let sum = line[at]! * weights[0]!;
        for (let k = radius; k >= 1; k--) sum += (line[at - k]! + line[at + k]!) * weights[k]!;
        data[start + i * stride] = sum;
      }
    }
  }
}

/** The index that stands for index i of a line of n, or −1 for the constant 0. */
function outside(i: number, n: number, mode: string): number {
  if (i >= 0 && i < n) return i;
  if (mode === "constant") return -1;
  if (mode === "nearest") return i < 0 ? 0 : n - 1;
  if (mode === "mirror") {
    if (n === 1) return 0;
    const at = ((i % (2 * n - 2)) + 2 * n - 2) % (2 * n - 2);
    return at < n ? at : 2 * n - 2 - at;
  }
  const period = ((i % (2 * n)) + 2 * n) % (2 * n);
  return period < n ? period : 2 * n - 1 - period;
}
