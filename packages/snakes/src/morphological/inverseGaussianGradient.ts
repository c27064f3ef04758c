import type { AnyArray } from "@ddl/core";
import { expectOptions, toContiguous } from "@ddl/core";
import { gaussianGradientMagnitude } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import type { InverseGaussianGradientOptions } from "./edgeSettings.js";
import { edgeSettings } from "./edgeSettings.js";

/**
 * 1/√(1 + α·|∇G_σ ∗ image|): 1 in flat places, near 0 at edges (scikit-image's `inverse_gaussian_gradient`).
 *
 * @param image (rows, columns) or (planes, rows, columns), finite; integers are taken as float64 (the reference filters them as integers)
 * @returns a new float64 array of the image's shape; of a constant image, 1 everywhere (to rounding)
 * @throws ShapeError for another rank; RangeArgumentError for values not finite, an empty image or options out of range
 * @example `inverseGaussianGradient(image, { alpha: 1000, sigma: 2 })`
 *
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`).
 */
export function inverseGaussianGradient(
  image: NdArray<AnyArray>,
  options: InverseGaussianGradientOptions = {},
): NdArray<Float64Array> {
  const name = "inverseGaussianGradient";
  const { alpha, sigma } = edgeSettings(name, image, expectOptions(name, options, ["alpha", "sigma"]));
  const result = gaussianGradientMagnitude(toContiguous(image, Float64Array), sigma);
  for (let i = 0; i < result.data.length; i++) result.data[i] = 1 / Math.sqrt(1 + alpha * result.data[i]!);
  return result;
}
