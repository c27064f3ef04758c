import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  RangeArgumentError,
  toContiguous,
} from "@ddl/core";
import { gaussianGradientMagnitude } from "@ddl/ndimage";
import type { NdArray } from "ndarray";

/** Options of {@link edgeIndicator}. */
export interface EdgeIndicatorOptions {
  /** Standard deviation of the Gaussian in pixels, > 0: one for all axes or one an axis. Default 1.5. */
  sigma?: number | readonly number[];
  /** Slope, in intensities a pixel, at which the indicator is ½; > 0. Default 1. */
  contrast?: number;
}

/**
 * Edge indicator 1/(1 + (|∇(G ∗ I)|/contrast)²): 1 in flat places, near 0 at edges; what `drlse`, `geodesicActiveContour` and
 * `shapeDetection` take.
 *
 * @param image (rows, columns) or (planes, rows, columns), finite
 * @returns a new C-ordered array, values in (0, 1]
 * @throws ShapeError for another rank; RangeArgumentError for no elements, values that are not finite and options out of range
 * @example `const { mask } = drlse(edgeIndicator(image, { contrast: 10 }), initial);`
 *
 * Source: Caselles, Kimmel and Sapiro 1997, with p = 2 (`caselles1997`).
 */
export function edgeIndicator(image: NdArray<AnyArray>, options: EdgeIndicatorOptions = {}): NdArray<Float64Array> {
  const name = "edgeIndicator";
  const { sigma = 1.5, contrast = 1 } = expectOptions(name, options, ["sigma", "contrast"]);
  expectRank(name, "image", image, [2, 3]);
  if (image.shape.includes(0)) {
    const expected = "have elements";
    throw new RangeArgumentError({ functionName: name, argument: "image", expected, received: image.shape });
  }
  for (const value of typeof sigma === "number" ? [sigma] : sigma) expectNumber(name, "sigma", value, { above: 0 });
  expectNumber(name, "contrast", contrast, { above: 0 });
  expectFiniteValues(name, "image", image);
  const result = gaussianGradientMagnitude(toContiguous(image, Float64Array), sigma) as NdArray<Float64Array>;
  for (let i = 0; i < result.data.length; i++) result.data[i] = 1 / (1 + (result.data[i]! / contrast) ** 2);
  return result;
}
