import type { AnyArray } from "@ddl/core";
import { expectBoolean, expectOptions, expectRank, expectSpacing } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { maskValues } from "../maskValues.js";
import { featureTransform } from "./featureTransform.js";

/** Options of {@link signedDistance}. */
export interface SignedDistanceOptions {
  /** Size of a pixel along each axis, > 0. Default 1 everywhere. */
  spacing?: readonly number[];
  /**
   * Measure to the border between the pixels, half a step before the other side's centre, rather than to that centre: ½ of the
   * smallest spacing is taken off every size. Default false.
   */
  halfPixel?: boolean;
}

/**
 * Signed distance of every pixel to the other side of a mask: positive inside, negative outside.
 *
 * The distance of an inner pixel to the nearest outer one, less the distance of an outer pixel to the nearest inner one; no pixel
 * is 0 unless `halfPixel` makes it so. A full mask is Infinity everywhere, an empty one −Infinity.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns float64, of the mask's shape
 * @throws as {@link distanceTransformEdt}; ArgumentError for `halfPixel` that is not true or false
 * @example `signedDistance(mask, { spacing: [2.5, 0.9, 0.9], halfPixel: true })`
 *
 * With unequal spacing half a step along the line to the nearest pixel depends on its direction: `halfPixel` takes half of the
 * smallest, so that the sign stays right. Cost: linear time; working memory nine bytes a pixel.
 */
export function signedDistance(mask: NdArray<AnyArray>, options: SignedDistanceOptions = {}): NdArray<Float64Array> {
  const { spacing, halfPixel = false } = expectOptions("signedDistance", options, ["spacing", "halfPixel"]);
  expectRank("signedDistance", "mask", mask, [1, 2, 3]);
  const steps = expectSpacing("signedDistance", spacing, mask.shape.length);
  expectBoolean("signedDistance", "halfPixel", halfPixel);
  const inside = maskValues("signedDistance", "mask", mask);
  const result = featureTransform(inside, mask.shape, steps, false).distance;
  const complement = new Uint8Array(inside.length);
  for (let i = 0; i < inside.length; i++) complement[i] = inside[i] === 0 ? 1 : 0;
  const outside = featureTransform(complement, mask.shape, steps, false).distance;
  const half = halfPixel ? Math.min(...steps) / 2 : 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = complement[i] === 0 ? result[i]! - half : half - outside[i]!;
  }
  return ndarray(result, [...mask.shape]) as NdArray<Float64Array>;
}
