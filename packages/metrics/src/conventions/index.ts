import { boundaryConventions } from "./boundary.js";
import { overlapConventions } from "./overlap.js";

export type { ReducedScores, ReduceScoresOptions, ScoreAxis } from "./reduceScores.js";
export { reduceScores } from "./reduceScores.js";

type Overlap = typeof overlapConventions;
type Boundary = typeof boundaryConventions;

/** For each tool, the options of each metric it has; a metric it has not is absent, also from the type. */
export type Conventions = { readonly [Tool in keyof Overlap]: Overlap[Tool] & Boundary[Tool] };

/** A function, so that who uses no preset bundles none. */
function merge(): Conventions {
  return {
    monai: { ...overlapConventions.monai, ...boundaryConventions.monai },
    medpy: { ...overlapConventions.medpy, ...boundaryConventions.medpy },
    surfaceDistance: { ...overlapConventions.surfaceDistance, ...boundaryConventions.surfaceDistance },
    metricsReloaded: { ...overlapConventions.metricsReloaded, ...boundaryConventions.metricsReloaded },
    torchmetrics: { ...overlapConventions.torchmetrics, ...boundaryConventions.torchmetrics },
  };
}

/**
 * Options that make the metrics give what a known tool gives: same formulas, same values for empty masks, same averages of classes.
 *
 * `monai`: MONAI's `*Metric` classes with their defaults (`ignore_empty`); NaN is skipped in means. Its confusion-matrix metrics without
 * `compute_sample` sum counts over cases first: `matrixFromCounts`. `torchmetrics`: Dice, IoU and generalised Dice of `segmentation`, the
 * rest of `classification`; an IoU without union is NaN, where it reports −1 a class; the invented value of its binary MCC with a
 * vanishing denominator is not reproduced: 0, as for its several classes. All of them but `surfaceDistance` take the prediction first.
 *
 * @example `diceScore(truth, mask, conventions.medpy.diceScore)`
 */
export const conventions: Conventions = /* @__PURE__ */ merge();
