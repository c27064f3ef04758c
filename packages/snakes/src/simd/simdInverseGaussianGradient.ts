import type { AnyArray } from "@ddl/core";
import { expectOptions, toContiguous } from "@ddl/core";
import { simdGaussianGradientMagnitude } from "@ddl/ndimage/simd";
import type { Runtime } from "@ddl/simd";
import type { NdArray } from "ndarray";
import type { InverseGaussianGradientOptions } from "../morphological/edgeSettings.js";
import { edgeSettings } from "../morphological/edgeSettings.js";

/** Options of {@link simdInverseGaussianGradient}. */
export interface SimdInverseGaussianGradientOptions extends InverseGaussianGradientOptions {
  /** Where the kernels run. Default: the thread's shared runtime, with one thread a processor. */
  runtime?: Runtime;
}

/**
 * `inverseGaussianGradient` on WebAssembly SIMD and threads: the same values, to the bit.
 *
 * @param image as for `inverseGaussianGradient`; left as it is until the promise is fulfilled
 * @returns a new float64 array of the image's shape
 * @throws as `inverseGaussianGradient`; BackendError where there is no WebAssembly SIMD; OutOfMemoryError
 * @example `const edges = await simdInverseGaussianGradient(image, { alpha: 1000, sigma: 2 });`
 *
 * Memory in the runtime: an image twice, a volume three times. The number of threads does not change a bit of the result.
 */
export async function simdInverseGaussianGradient(
  image: NdArray<AnyArray>,
  options: SimdInverseGaussianGradientOptions = {},
): Promise<NdArray<Float64Array>> {
  const name = "simdInverseGaussianGradient";
  const { runtime, ...rest } = expectOptions(name, options, ["alpha", "sigma", "runtime"]);
  const { alpha, sigma } = edgeSettings(name, image, rest);
  const values =
    image.data instanceof Float64Array ? (image as NdArray<Float64Array>) : toContiguous(image, Float64Array);
  return simdGaussianGradientMagnitude(values, sigma, { inverse: alpha, ...(runtime && { runtime }) });
}
