import { expectOneOf, expectOptions, expectSpacing, ShapeError } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import type { BorderElement } from "./borderElements.js";
import { borders } from "./borderElements.js";
import type { MaskWindow } from "./maskWindow.js";
import { asVolume, readWindow } from "./maskWindow.js";
import { nearestDistances } from "./nearestDistances.js";

/** Distances between the borders of two masks, in raster order of the border elements they start from. */
export interface SurfaceDistances {
  readonly elements: BorderElement;
  /** From each border element of the reference to the nearest of the prediction; infinite where the prediction is empty. */
  readonly fromReference: Float64Array;
  /** From each border element of the prediction to the nearest of the reference; infinite where the reference is empty. */
  readonly fromPrediction: Float64Array;
  /** Length or area of each border element of the reference; undefined for voxels, which count 1 each. */
  readonly referenceSizes: Float64Array | undefined;
  /** The same of the prediction. */
  readonly predictionSizes: Float64Array | undefined;
  /** Distance between opposite corners of the image, the worst that a distance can be. */
  readonly diagonal: number;
}

/** Options of {@link surfaceDistances}. */
export interface SurfaceDistancesOptions {
  /** Size of a pixel along each axis, > 0. Default 1 everywhere: distances in pixels. */
  spacing?: readonly number[];
  /**
   * `voxel` (default): the border are the pixels of the mask with a face neighbour outside; `surfel`: the points between pixels that
   * a contour passes, weighted by the length or area of contour there, as in surface-distance (two or three axes).
   */
  elements?: BorderElement;
}

/**
 * Distances between the borders of two masks, computed once for all metrics: each boundary metric takes the result in place of the
 * pair.
 *
 * What lies beyond the image is outside: a mask that touches the image's edge has a border there.
 *
 * @param reference one to three axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; RangeArgumentError for a NaN
 * @example
 * ```ts
 * const distances = surfaceDistances(truth, mask, { spacing: [3, 0.9, 0.9] });
 * hausdorffDistance(distances, { percentile: 95 });
 * ```
 *
 * Cost: one exact distance transform a mask (`felzenszwalb2012`), on the window that holds both.
 */
export function surfaceDistances(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: SurfaceDistancesOptions = {},
): SurfaceDistances {
  const name = "surfaceDistances";
  const { spacing, elements = "voxel" } = expectOptions(name, options, ["spacing", "elements"]);
  expectOneOf(name, "elements", elements, ["voxel", "surfel"]);
  return distancesBetween(name, reference, prediction, spacing, elements);
}

/** {@link surfaceDistances} under the name of the metric that is to blame for a bad argument. */
export function distancesBetween(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
  spacing: readonly number[] | undefined,
  elements: BorderElement,
): SurfaceDistances {
  const window = readWindow(functionName, reference, prediction);
  const { imageShape } = window;
  const steps = expectSpacing(functionName, spacing, imageShape.length);
  if (elements === "surfel" && imageShape.length === 1) {
    const expected = "have 2 or 3 dimensions, as a line has no surfels";
    throw new ShapeError({ functionName, argument: "reference", expected, received: imageShape });
  }
  const [r, p] = borders(window, elements, steps);
  return {
    elements,
    fromReference: distancesTo(p.places, r.places, window, steps),
    fromPrediction: distancesTo(r.places, p.places, window, steps),
    referenceSizes: r.sizes,
    predictionSizes: p.sizes,
    diagonal: Math.sqrt(imageShape.reduce((sum, n, k) => sum + ((n - 1) * steps[k]!) ** 2, 0)),
  };
}

function distancesTo(
  targets: Int32Array,
  queries: Int32Array,
  { shape }: MaskWindow,
  spacing: readonly number[],
): Float64Array {
  if (targets.length === 0) return new Float64Array(queries.length).fill(Number.POSITIVE_INFINITY);
  return nearestDistances(targets, queries, shape, asVolume(spacing, 1));
}
