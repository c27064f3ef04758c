import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  elementCount,
  expectOneOf,
  expectOptions,
  expectSpacing,
  isNdarray,
  RangeArgumentError,
  ShapeError,
  toMask,
  toValues,
  zeros,
} from "@ddl/core";
import { distanceTransformEdt } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import { complement, eachMask, filling } from "./eachMask.js";

/** An ndarray of any layout, or `{ data, shape }` in C order. */
export type MaskInput = NdArray<AnyArray> | { readonly data: AnyArray; readonly shape: readonly number[] };

/** Options of {@link signedDistanceMap} and {@link signedDistanceMaps}. */
export interface SignedDistanceOptions {
  /** Size of a pixel along each spatial axis, > 0. Default 1 everywhere. */
  spacing?: readonly number[];
  /**
   * What is taken off the distance inside. `voxel`, the default: the smallest spacing, so that the border pixels of the object are 0
   * (at spacing 1 the published map). `published`: always 1, whatever the spacing. `half`: half of the smallest spacing, and outside as
   * well, so that 0 lies between the pixels and the map of the complement is the negative.
   */
  innerOffset?: "published" | "voxel" | "half";
}

/**
 * Signed Euclidean distance to the border of an object: positive outside, −(distance to the background − offset) inside.
 *
 * The mask 0, 1, 1, 1, 0 gives 1, 0, −1, 0, 1. An empty mask gives 0 everywhere; so does a full one, which has no border in the image,
 * but with `published`, whose program measures to a pixel that does not exist, it is an error. Made once for each target, before training.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns float32 of the same shape
 * @throws ArgumentError for no array or a wrong option; ShapeError for another rank, no element, or a spacing of another length;
 *   RangeArgumentError for a spacing that is not positive, or a full mask with `published`
 * @example `signedDistanceMap(mask, { spacing: [2.5, 0.9, 0.9] })`
 *
 * Source: Kervadec et al. 2019 (`kervadec2019`).
 */
export function signedDistanceMap(mask: MaskInput, options: SignedDistanceOptions = {}): NdArray<Float32Array> {
  const array = readMask("signedDistanceMap", mask, [1, 2, 3]);
  const distance = signedDistance("signedDistanceMap", array.shape.length, options);
  const result = zeros(Float32Array, array.shape);
  const field = distance(toMask(array));
  if (field !== undefined) result.data.set(field);
  return result;
}

/**
 * {@link signedDistanceMap} of each sample and class of a batch: the targets of {@link boundaryLoss} with `target: "distance"`.
 *
 * @param masks (batch, …, classes), three to five axes, any non-zero value is inside
 * @returns float32 of the same shape
 * @throws as {@link signedDistanceMap}
 * @example `signedDistanceMaps(batch.masks, { spacing: [0.9, 0.9] })`
 */
export function signedDistanceMaps(masks: MaskInput, options: SignedDistanceOptions = {}): NdArray<Float32Array> {
  const array = readMask("signedDistanceMaps", masks, [3, 4, 5]);
  const distance = signedDistance("signedDistanceMaps", array.shape.length - 2, options);
  const result = zeros(Float32Array, array.shape);
  result.data.set(eachMask(toValues(array, Float64Array), array.shape, 0, (value) => value !== 0, distance));
  return result;
}

/** Checks the options and gives the map of one mask of 0 and 1; undefined where it is 0 everywhere. */
export function signedDistance(
  functionName: string,
  rank: number,
  options: SignedDistanceOptions,
): (mask: NdArray<Uint8Array>) => Float64Array | undefined {
  const { spacing, innerOffset = "voxel" } = expectOptions(functionName, options, ["spacing", "innerOffset"]);
  expectOneOf(functionName, "innerOffset", innerOffset, ["published", "voxel", "half"]);
  const steps = expectSpacing(functionName, spacing, rank);
  const voxel = Math.min(...steps);
  const inner = innerOffset === "published" ? 1 : innerOffset === "voxel" ? voxel : voxel / 2;
  const outer = innerOffset === "half" ? voxel / 2 : 0;
  return (mask) => {
    const filled = filling(mask);
    if (filled === "full" && innerOffset === "published") {
      const expected = 'have a pixel outside the object for innerOffset "published"';
      throw new RangeArgumentError({ functionName, argument: "mask", expected, received: mask });
    }
    if (filled !== "mixed") return undefined;
    const distance = distanceTransformEdt(complement(mask), { spacing: steps }).data;
    const within = distanceTransformEdt(mask, { spacing: steps }).data;
    for (let i = 0; i < distance.length; i++) {
      distance[i] = mask.data[i] === 0 ? distance[i]! - outer : inner - within[i]!;
    }
    return distance;
  };
}

/** The argument as an ndarray of one of some ranks. */
function readMask(functionName: string, mask: MaskInput, ranks: readonly number[]): NdArray<AnyArray> {
  const isArray = mask !== null && typeof mask === "object" && Array.isArray(mask.shape);
  if (!isArray || typeof mask.data !== "object" || mask.data === null) {
    const expected = "be an ndarray or { data, shape }";
    throw new ArgumentError({ functionName, argument: "mask", expected, received: mask });
  }
  const { data, shape } = mask;
  const wrong = (expected: string): never => {
    throw new ShapeError({ functionName, argument: "mask", expected, received: shape });
  };
  if (!ranks.includes(shape.length)) wrong(`have ${ranks.join(" or ")} axes`);
  if (shape.includes(0)) wrong("have at least one element");
  if (isNdarray(mask)) return mask;
  if (data.length !== elementCount(shape)) wrong(`have a shape of ${data.length} elements, as many as data`);
  const stride = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  return { data, shape: [...shape], stride, offset: 0 } as unknown as NdArray<AnyArray>;
}
