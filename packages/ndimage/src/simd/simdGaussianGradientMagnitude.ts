import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import type { GaussianGradientMagnitudeOptions } from "../filters/gaussianGradientMagnitude.js";
import { gradientSettings } from "../filters/gaussianSettings.js";
import { sharedFiniteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { runFilter } from "./filterJob.js";

/** Options of {@link simdGaussianGradientMagnitude}. */
export interface SimdGaussianGradientMagnitudeOptions extends GaussianGradientMagnitudeOptions {
  /** A weight α ≥ 0: of lengths g the result is 1/√(1 + α·g), near 0 at edges. Default: the lengths themselves. */
  inverse?: number;
  /** Where the kernels run. Default: the thread's shared runtime, with one thread a processor. */
  runtime?: Runtime;
}

/**
 * `gaussianGradientMagnitude` of an image or a volume on WebAssembly SIMD and threads: the same values, to the bit.
 *
 * @param array (rows, columns) or (planes, rows, columns), else as for `gaussianGradientMagnitude`; left as it is until the promise is fulfilled
 * @param sigma as for `gaussianGradientMagnitude`
 * @returns a new array of the same shape
 * @throws as `gaussianGradientMagnitude`; BackendError where there is no WebAssembly SIMD; OutOfMemoryError
 * @example `await simdGaussianGradientMagnitude(image, 2)`
 *
 * Memory in the runtime: an image twice, a volume three times, in float64. The number of threads does not change a bit of the result.
 */
export async function simdGaussianGradientMagnitude<T extends AnyArray>(
  array: NdArray<T>,
  sigma: number | readonly number[],
  options: SimdGaussianGradientMagnitudeOptions = {},
): Promise<NdArray<FloatStorage<T>>> {
  const name = "simdGaussianGradientMagnitude";
  const known = ["mode", "cval", "truncate", "inverse", "runtime"] as const;
  const { inverse, runtime, ...rest } = expectOptions(name, options, known);
  const { border, smooth, derive } = gradientSettings(name, array, sigma, rest, [2, 3]);
  if (inverse !== undefined) expectNumber(name, "inverse", inverse, { min: 0 });
  const values = sharedFiniteValues(name, "array", array);
  const kernels = smooth.map((half, axis) => [half, derive[axis]!]);
  return runFilter(
    { runtime, array, values, border, kernels },
    ({ kernels: { correlateSlices, gradientPlanes, gradientSlices }, ...job }) => {
      const [planes, rows, columns] = job.tables;
      const other = job.allocate();
      if (array.shape.length === 2) {
        job.inPlanes(gradientSlices, [job.input, 0, other, ...rows, ...columns, inverse ?? -1]);
        return other;
      }
      const smoothed = job.allocate();
      job.acrossPlanes(gradientPlanes, [job.input, smoothed, other, ...planes]);
      // What is derived across planes is only smoothed in them, to where the values were.
      const smoothing = [rows, columns].flatMap(([sources, weights, , radius]) => [sources!, weights!, radius!, 0]);
      job.inPlanes(correlateSlices, [other, job.input, ...smoothing]);
      job.inPlanes(gradientSlices, [smoothed, job.input, other, ...rows, ...columns, inverse ?? -1]);
      return other;
    },
  );
}
