import type { OverlapScore } from "./score.js";
import { overlapScore } from "./score.js";

/**
 * Jaccard's index TP / (TP + FP + FN), the intersection over the union. Symmetric.
 * Arguments, empty masks and errors as {@link diceScore}.
 * @example `jaccardIndex(truth, mask)`
 */
export const jaccardIndex: OverlapScore = /* @__PURE__ */ overlapScore(
  "jaccardIndex",
  ({ truePositives, falsePositives, falseNegatives }) =>
    truePositives / (truePositives + falsePositives + falseNegatives),
);
