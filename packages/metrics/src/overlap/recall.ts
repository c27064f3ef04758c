import type { OverlapScore } from "./score.js";
import { overlapScore } from "./score.js";

/**
 * Share of the reference that was found, TP / (TP + FN); also called sensitivity. With an empty prediction or reference
 * `emptyPolicy` decides. Arguments and errors as {@link diceScore}.
 * @example `recall(truth, mask)`
 */
export const recall: OverlapScore = /* @__PURE__ */ overlapScore(
  "recall",
  ({ truePositives, falseNegatives }) => truePositives / (truePositives + falseNegatives),
);
