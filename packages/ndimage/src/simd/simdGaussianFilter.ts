import type { AnyArray } from "@ddl/core";
import { expectOptions } from "@ddl/core";
import type { Runtime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import type { GaussianFilterOptions } from "../filters/gaussianSettings.js";
import { filterSettings } from "../filters/gaussianSettings.js";
import { sharedFiniteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { identity, runFilter } from "./filterJob.js";

/** Options of {@link simdGaussianFilter}. */
export interface SimdGaussianFilterOptions extends GaussianFilterOptions {
  /** Where the kernels run. Default: the thread's shared runtime, with one thread a processor. */
  runtime?: Runtime;
}

/**
 * `gaussianFilter` of an image or a volume on WebAssembly SIMD and threads: the same values, to the bit.
 *
 * @param array (rows, columns) or (planes, rows, columns), else as for `gaussianFilter`; left as it is until the promise is fulfilled
 * @param sigma as for `gaussianFilter`
 * @returns a new array of the same shape
 * @throws as `gaussianFilter`; BackendError where there is no WebAssembly SIMD; OutOfMemoryError
 * @example `await simdGaussianFilter(image, 1.5, { mode: "reflect" })`
 *
 * Memory in the runtime: the array twice, in float64. The number of threads does not change a bit of the result.
 */
export async function simdGaussianFilter<T extends AnyArray>(
  array: NdArray<T>,
  sigma: number | readonly number[],
  options: SimdGaussianFilterOptions = {},
): Promise<NdArray<FloatStorage<T>>> {
  const name = "simdGaussianFilter";
  const known = ["mode", "cval", "truncate", "order", "runtime"] as const;
  const { runtime, ...rest } = expectOptions(name, options, known);
  const { border, kernels } = filterSettings(name, array, sigma, rest, [2, 3]);
  const values = sharedFiniteValues(name, "array", array);
  const used = kernels.map((kernel) => [kernel ?? identity]);
  const odd = [identity, ...used.flat()].slice(-3).map(({ parity }) => (parity === 1 ? 0 : 1));
  return runFilter(
    { runtime, array, values, border, kernels: used },
    ({ kernels: { correlatePlanes, correlateSlices }, ...job }) => {
      const [planes, rows, columns] = job.tables.map((table, axis) => [...table, odd[axis]!]);
      const other = job.allocate();
      if (array.shape.length === 2) {
        job.inPlanes(correlateSlices, [job.input, other, ...rows!, ...columns!]);
        return other;
      }
      job.acrossPlanes(correlatePlanes, [job.input, other, ...planes!]);
      job.inPlanes(correlateSlices, [other, job.input, ...rows!, ...columns!]);
      return job.input;
    },
  );
}
