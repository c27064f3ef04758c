import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOneOf, expectOptions, expectRank, expectShape, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { binaryErosion } from "../morphology/binaryMorphology.js";
import type { BorderMode } from "./border.js";
import { borderModes } from "./border.js";
import type { Border } from "./correlateAxis.js";
import { correlateAxis } from "./correlateAxis.js";
import { addSquares, takeRoots } from "./magnitude.js";
import { correlateTaps, padByOne, sobelTaps } from "./sobelTaps.js";

/** Options of {@link sobel}. */
export interface SobelOptions {
  /**
   * Only the derivative along this axis, with its sign. Default: the magnitude over all axes (of a line, too: scikit-image gives its
   * signed derivative).
   */
  axis?: number;
  /**
   * `scikit-image` (default): smoothing weights (1, 2, 1)/4, the magnitude divided by √(number of axes); `scipy`: weights (1, 2, 1),
   * nothing divided.
   */
  scaling?: "scikit-image" | "scipy";
  /** What lies outside the image. Default `reflect`. */
  mode?: BorderMode;
  /** Value outside the image for mode `constant` (scikit-image 0.19 takes 0 whatever is asked for). Default 0. */
  cval?: number;
  /** Where to compute: pixels outside it, or with a neighbour outside it, give 0. */
  mask?: NdArray<AnyArray>;
}

/**
 * Sobel's edge filter: differences (−1, 0, 1) along an axis, smoothed along the others (skimage.filters.sobel, or with
 * `scaling: "scipy"` scipy.ndimage.sobel).
 *
 * The sign is that of the derivative: an axis along which values rise by s a pixel gives 2s (scipy: 2s·4ⁿ⁻¹). Integers are taken
 * as they are (scikit-image divides uint8 by 255).
 *
 * @param image one to three axes, finite values; float32 gives float32, everything else float64
 * @returns a new array of the same shape
 * @throws ShapeError for a mask of another shape; RangeArgumentError for values that are not finite
 * @example `sobel(image)` is the magnitude, `sobel(image, { axis: 0 })` the derivative along rows
 */
export function sobel<T extends AnyArray>(image: NdArray<T>, options: SobelOptions = {}): NdArray<FloatStorage<T>> {
  const known = ["axis", "scaling", "mode", "cval", "mask"] as const;
  const { axis, scaling = "scikit-image", mode = "reflect", cval = 0, mask } = expectOptions("sobel", options, known);
  expectRank("sobel", "image", image, [1, 2, 3]);
  const { shape } = image;
  const rank = shape.length;
  if (axis !== undefined) expectNumber("sobel", "axis", axis, { integer: true, min: 0, max: rank - 1 });
  expectOneOf("sobel", "scaling", scaling, ["scikit-image", "scipy"]);
  expectOneOf("sobel", "mode", mode, borderModes);
  expectNumber("sobel", "cval", cval);
  if (mask !== undefined) expectShape("sobel", "mask", mask, shape);
  const values = finiteValues("sobel", "image", image);
  const single = image.data instanceof Float32Array;
  const along = scaling === "scipy" ? scipyDerivative : scikitDerivative;
  const border = { mode, cval };
  const result =
    axis === undefined
      ? magnitude(values, (k) => along(values, k, border, single), single, scaling === "scipy" ? 1 : Math.sqrt(rank))
      : along(values, axis, border, single);
  if (mask !== undefined) {
    const inside = binaryErosion(mask, { connectivity: rank }).data;
    for (let i = 0; i < inside.length; i++) if (inside[i] === 0) result.data[i] = 0;
  }
  return (single ? toContiguous(result, Float32Array) : result) as NdArray<FloatStorage<T>>;
}

type Values = NdArray<Float64Array>;

/** One sum over all weights in raster order, as the reference's n-dimensional convolution. */
function scikitDerivative(values: Values, axis: number, border: Border, single: boolean): Values {
  return correlateTaps(padByOne(values, border), values.shape, sobelTaps(values.shape, axis), single);
}

/** Axis after axis: the difference first. */
function scipyDerivative(values: Values, axis: number, border: Border, single: boolean): Values {
  const result = toContiguous(values, Float64Array);
  const difference = { weights: Float64Array.of(0, -1), parity: -1 } as const;
  const smoothing = { weights: Float64Array.of(2, 1), parity: 1 } as const;
  correlateAxis(result.data, values.shape, axis, difference, border, single);
  for (let k = 0; k < values.shape.length; k++) {
    if (k !== axis) correlateAxis(result.data, values.shape, k, smoothing, border, single);
  }
  return result;
}

function magnitude(values: Values, along: (axis: number) => Values, single: boolean, divisor: number): Values {
  const result = zeros(Float64Array, values.shape);
  for (let k = 0; k < values.shape.length; k++) addSquares(result.data, along(k).data, single);
  takeRoots(result.data, divisor, single);
  return result;
}
