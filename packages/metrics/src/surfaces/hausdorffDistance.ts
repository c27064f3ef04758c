import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOneOf, expectOptions, expectRank, expectShape, expectSpacing, toMask } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import { surfaceDistances } from "./surfaceDistances.js";

/** Options of {@link hausdorffDistance}. */
export interface HausdorffDistanceOptions {
  /** The percentile of the distances that counts, in (0, 100]. Default 100, the classical maximum; 95 gives "HD95". */
  percentile?: number;
  /** Size of a pixel along each axis, > 0. Default 1 everywhere: distances in pixels. */
  spacing?: readonly number[];
  /**
   * `directed-max` (default): the larger of the two directions' percentiles, as MONAI and MetricsReloaded;
   * `pooled`: the percentile of both directions' distances together, as medpy.
   */
  convention?: "directed-max" | "pooled";
  /** Default: both empty `"nan"`, one empty `"worst"`: the distance between opposite corners of the image. */
  emptyPolicy?: EmptyPolicy;
}

/**
 * Hausdorff distance between the borders of two masks, or a percentile of it. Symmetric, to the bit.
 *
 * The border of a mask are its pixels with a face neighbour outside, where everything outside the image is outside. Distances
 * are between pixel centres, in the units of `spacing`.
 *
 * @param reference one to three axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; RangeArgumentError for a percentile outside (0, 100]
 * @example `hausdorffDistance(truth, mask, { percentile: 95, spacing: [3, 0.9, 0.9] })`
 *
 * Cost: one exact distance transform a mask, on the window that holds both.
 * Source: Huttenlocher, Klanderman and Rucklidge 1993 (`huttenlocher1993`).
 */
export function hausdorffDistance(
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: HausdorffDistanceOptions = {},
): number {
  const name = "hausdorffDistance";
  const {
    percentile = 100,
    spacing,
    convention = "directed-max",
    emptyPolicy,
  } = expectOptions(name, options, ["percentile", "spacing", "convention", "emptyPolicy"]);
  expectRank(name, "reference", reference, [1, 2, 3]);
  expectShape(name, "prediction", prediction, reference.shape);
  expectNumber(name, "percentile", percentile, { above: 0, max: 100 });
  expectOneOf(name, "convention", convention, ["directed-max", "pooled"]);
  const policy = resolvePolicy(name, emptyPolicy);
  const steps = expectSpacing(name, spacing, reference.shape.length);
  const r = toMask(reference);
  const p = toMask(prediction);
  const noReference = !r.data.includes(1);
  const noPrediction = !p.data.includes(1);
  const empty = emptyValue(name, policy, noReference, noPrediction, diagonal(r.shape, steps));
  if (empty !== undefined) return empty;
  const { fromReference, fromPrediction } = surfaceDistances(r, p, steps);
  if (convention === "directed-max") {
    return Math.max(percentileOf(fromReference, percentile), percentileOf(fromPrediction, percentile));
  }
  const pooled = new Float64Array(fromReference.length + fromPrediction.length);
  pooled.set(fromReference);
  pooled.set(fromPrediction, fromReference.length);
  return percentileOf(pooled, percentile);
}

function diagonal(shape: readonly number[], spacing: readonly number[]): number {
  return Math.hypot(...shape.map((n, k) => (n - 1) * spacing[k]!));
}

/** Linear between order statistics, as numpy and torch: v[⌊h⌋] + (h − ⌊h⌋)(v[⌊h⌋+1] − v[⌊h⌋]), h = (n − 1)·q/100. */
function percentileOf(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  const position = ((sorted.length - 1) * q) / 100;
  const below = Math.floor(position);
  if (below === sorted.length - 1) return sorted[below]!;
  return sorted[below]! + (position - below) * (sorted[below + 1]! - sorted[below]!);
}
