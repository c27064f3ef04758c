import type { AnyArray } from "@ddl/core";
import { elementCount, expectBoolean, expectOptions, expectRank, expectSpacing, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { maskValues } from "../maskValues.js";
import { featureTransform } from "./featureTransform.js";

/** Options of {@link distanceTransformEdt}. */
export interface DistanceTransformOptions {
  /** Size of a pixel along each axis, > 0. Default 1 everywhere. */
  spacing?: readonly number[];
  /** Tell which zero is the nearest one as well: `{ distances, indices }` is returned. Default false. */
  indices?: boolean;
}

/** Result of {@link distanceTransformEdt} with `indices: true`. */
export interface DistancesAndIndices {
  /** As without `indices`. */
  distances: NdArray<Float64Array>;
  /** (axes, …shape): the index of the nearest pixel outside along each axis; −1 if there is none. */
  indices: NdArray<Int32Array>;
}

/**
 * Exact Euclidean distance of every pixel inside a mask to the nearest pixel outside (scipy.ndimage.distance_transform_edt).
 *
 * Distances are between pixel centres. Nothing outside the image counts as outside the mask: a mask without any zero has no
 * nearest zero, and every distance is Infinity (scipy measures to a phantom pixel there). Of equally near zeros `indices` names
 * the one scipy names: that with the smallest index along the last axis, then along the one before.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns float64, 0 outside the mask; with `indices: true` `{ distances, indices }`
 * @throws ShapeError for a rank above 3 or a spacing of the wrong length; RangeArgumentError for a spacing that is not positive
 *   or a mask value that is not finite; ArgumentError for `indices` that is not true or false
 * @example `distanceTransformEdt(mask, { spacing: [2.5, 0.9, 0.9] })`
 * @example `const { distances, indices } = distanceTransformEdt(mask, { indices: true })`
 *
 * Cost: linear time; working memory beside the result one byte a pixel, and four more with `indices`.
 * Cells of the nearest zeros, axis by axis (Maurer, Qi and Raghavan 2003, `maurer2003`).
 */
export function distanceTransformEdt(
  mask: NdArray<AnyArray>,
  options: DistanceTransformOptions & { indices: true },
): DistancesAndIndices;
export function distanceTransformEdt(
  mask: NdArray<AnyArray>,
  options?: DistanceTransformOptions & { indices?: false },
): NdArray<Float64Array>;
export function distanceTransformEdt(
  mask: NdArray<AnyArray>,
  options: DistanceTransformOptions = {},
): NdArray<Float64Array> | DistancesAndIndices {
  const { spacing, indices = false } = expectOptions("distanceTransformEdt", options, ["spacing", "indices"]);
  expectRank("distanceTransformEdt", "mask", mask, [1, 2, 3]);
  const steps = expectSpacing("distanceTransformEdt", spacing, mask.shape.length);
  expectBoolean("distanceTransformEdt", "indices", indices);
  const values = maskValues("distanceTransformEdt", "mask", mask);
  const { distance, feature } = featureTransform(values, mask.shape, steps, indices);
  const distances = ndarray(distance, [...mask.shape]) as NdArray<Float64Array>;
  return indices ? { distances, indices: indicesOfFeatures(feature, mask.shape) } : distances;
}

function indicesOfFeatures(feature: Int32Array, shape: readonly number[]): NdArray<Int32Array> {
  const result = zeros(Int32Array, [shape.length, ...shape]);
  const count = feature.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const stride = elementCount(shape.slice(axis + 1));
    const length = shape[axis]!;
    for (let i = 0; i < count; i++) {
      const at = feature[i]!;
      result.data[axis * count + i] = at < 0 ? -1 : Math.floor(at / stride) % length;
    }
  }
  return result;
}
