import { expectNumber, expectOneOf } from "@ddl/core";
import type { BoundaryMetric, Formula, SurfaceOptions } from "./boundaryMetric.js";
import { boundaryMetric } from "./boundaryMetric.js";
import { percentile, sizedPercentile } from "./percentile.js";

/** Options of {@link hausdorffDistance}. */
export interface HausdorffDistanceOptions extends SurfaceOptions {
  /** The percentile of the distances that counts, in (0, 100]. Default 100, the classical maximum; 95 gives "HD95". */
  percentile?: number;
  /**
   * `directed-max` (default): the larger of the two directions' percentiles, as MONAI and MetricsReloaded;
   * `pooled`: the percentile of both directions' distances together, as medpy;
   * `surfel` (default for distances between surfels): the larger of the two distances up to which so many percent of a contour's
   * length or area lie, as surface-distance.
   */
  convention?: "directed-max" | "pooled" | "surfel";
}

export const hausdorffFormula: Formula<HausdorffDistanceOptions> = {
  keys: ["percentile", "convention"],
  elements: ({ convention }) => convention && (convention === "surfel" ? "surfel" : "voxel"),
  prepare(functionName, { percentile: q = 100, convention }) {
    expectNumber(functionName, "percentile", q, { above: 0, max: 100 });
    if (convention !== undefined) {
      expectOneOf(functionName, "convention", convention, ["directed-max", "pooled", "surfel"]);
    }
    return ({ fromReference, fromPrediction, referenceSizes, predictionSizes }) => {
      if (referenceSizes !== undefined && predictionSizes !== undefined) {
        return Math.max(
          sizedPercentile(fromReference, referenceSizes, q),
          sizedPercentile(fromPrediction, predictionSizes, q),
        );
      }
      if (convention !== "pooled") return Math.max(percentile(fromReference, q), percentile(fromPrediction, q));
      const pooled = new Float64Array(fromReference.length + fromPrediction.length);
      pooled.set(fromReference);
      pooled.set(fromPrediction, fromReference.length);
      return percentile(pooled, q);
    };
  },
};

/**
 * Hausdorff distance between the borders of two masks, or a percentile of it. Symmetric, to the bit.
 *
 * Arguments: reference and prediction of one shape, one to three axes, in which anything but 0 is inside; or their
 * {@link surfaceDistances}. Then options. Distances are in the units of `spacing`; for borders see there.
 *
 * @throws ShapeError if shapes differ or `spacing` has the wrong length; RangeArgumentError for a percentile outside (0, 100];
 * DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `hausdorffDistance(truth, mask, { percentile: 95, spacing: [3, 0.9, 0.9] })`
 *
 * Cost: one exact distance transform a mask, on the window that holds both.
 * Source: Huttenlocher, Klanderman and Rucklidge 1993 (`huttenlocher1993`).
 */
export const hausdorffDistance: BoundaryMetric<HausdorffDistanceOptions> = /* @__PURE__ */ boundaryMetric(
  "hausdorffDistance",
  hausdorffFormula,
);
