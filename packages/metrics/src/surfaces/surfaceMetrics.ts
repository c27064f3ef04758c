import { expectOptions } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import type { ArrayInput } from "../input/values.js";
import { averageFormula } from "./averageSurfaceDistance.js";
import { symmetricFormula } from "./averageSymmetricSurfaceDistance.js";
import { prepareMetric } from "./boundaryMetric.js";
import { hausdorffFormula } from "./hausdorffDistance.js";
import { meanFormula } from "./meanAverageSurfaceDistance.js";
import { surfaceDiceFormula } from "./normalizedSurfaceDice.js";
import { distancesBetween } from "./surfaceDistances.js";

/** Options of {@link surfaceMetrics}. */
export interface SurfaceMetricsOptions {
  /** The distance up to which a border counts as found, ≥ 0, in the units of `spacing`. */
  tolerance: number;
  /** Size of a pixel along each axis, > 0. Default 1 everywhere: distances in pixels. */
  spacing?: readonly number[];
  /** Of the robust Hausdorff distance, in (0, 100]. Default 95. */
  percentile?: number;
  /** As for `hausdorffDistance`; with `surfel` the averages and the surface Dice are weighted by contour as well. */
  convention?: "directed-max" | "pooled" | "surfel";
  /** One for all: both empty `"nan"`, one empty `"worst"` by default. */
  emptyPolicy?: EmptyPolicy;
}

/** All that follows from the distances between two borders. */
export interface SurfaceMetrics {
  hausdorffDistance: number;
  /** At `percentile`. */
  robustHausdorffDistance: number;
  /** From the prediction's border. */
  averageSurfaceDistance: number;
  averageSurfaceDistanceFromReference: number;
  averageSymmetricSurfaceDistance: number;
  meanAverageSurfaceDistance: number;
  normalizedSurfaceDice: number;
}

/**
 * Every metric of the distances between two borders, from one computation.
 *
 * @param reference one to three axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; RangeArgumentError for a percentile outside (0, 100], a
 * tolerance that is negative or missing, a NaN; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `surfaceMetrics(truth, mask, { tolerance: 2, spacing: [3, 0.9, 0.9] }).robustHausdorffDistance`
 */
export function surfaceMetrics(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: SurfaceMetricsOptions,
): SurfaceMetrics {
  const name = "surfaceMetrics";
  expectOptions(name, options, ["spacing", "percentile", "tolerance", "convention", "emptyPolicy"]);
  const { spacing, tolerance, percentile = 95, convention = "directed-max", emptyPolicy = {} } = options;
  const formulas = {
    hausdorffDistance: prepareMetric(name, hausdorffFormula, { convention, emptyPolicy }),
    robustHausdorffDistance: prepareMetric(name, hausdorffFormula, { percentile, convention, emptyPolicy }),
    averageSurfaceDistance: prepareMetric(name, averageFormula, { emptyPolicy }),
    averageSurfaceDistanceFromReference: prepareMetric(name, averageFormula, { from: "reference", emptyPolicy }),
    averageSymmetricSurfaceDistance: prepareMetric(name, symmetricFormula, { emptyPolicy }),
    meanAverageSurfaceDistance: prepareMetric(name, meanFormula, { emptyPolicy }),
    normalizedSurfaceDice: prepareMetric(name, surfaceDiceFormula, { tolerance, emptyPolicy }),
  };
  const elements = convention === "surfel" ? "surfel" : "voxel";
  const distances = distancesBetween(name, reference, prediction, spacing, elements);
  const values = Object.entries(formulas).map(([metric, formula]) => [metric, formula(distances)]);
  return Object.fromEntries(values) as SurfaceMetrics;
}
