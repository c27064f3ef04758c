import type { AnyArray } from "@ddl/core";
import { expectFiniteValues, expectNumber, expectRank, RangeArgumentError } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of `inverseGaussianGradient`. */
export interface InverseGaussianGradientOptions {
  /** How steeply the result falls with the gradient, ≥ 0. Default 100. */
  alpha?: number;
  /** Standard deviation of the Gaussian in pixels, 1e-9 to 250,000. Default 5. */
  sigma?: number;
}

/** Checks what `inverseGaussianGradient` takes. @returns its options, complete */
export function edgeSettings(
  functionName: string,
  image: NdArray<AnyArray>,
  { alpha = 100, sigma = 5 }: InverseGaussianGradientOptions,
): Required<InverseGaussianGradientOptions> {
  expectRank(functionName, "image", image, [2, 3]);
  expectNumber(functionName, "alpha", alpha, { min: 0 });
  // At most what the Gaussian filters take.
  expectNumber(functionName, "sigma", sigma, { min: 1e-9, max: 250_000 });
  if (image.shape.includes(0)) {
    const expected = "have at least one element";
    throw new RangeArgumentError({ functionName, argument: "image", expected, received: image.shape });
  }
  expectFiniteValues(functionName, "image", image);
  return { alpha, sigma };
}
