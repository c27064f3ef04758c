import type { OverlapScore } from "./score.js";
import { overlapScore } from "./score.js";

/**
 * Share of the prediction that is right, TP / (TP + FP). With an empty prediction or reference `emptyPolicy` decides.
 * Arguments and errors as {@link diceScore}.
 * @example `precision(truth, mask)`
 */
export const precision: OverlapScore = /* @__PURE__ */ overlapScore(
  "precision",
  ({ truePositives, falsePositives }) => truePositives / (truePositives + falsePositives),
);
