import type { ScoreOptions } from "./classScore.js";
import { foregroundScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/**
 * Share of the prediction that is right, TP / (TP + FP). With an empty prediction or reference `emptyPolicy` decides.
 * Arguments and errors as {@link diceScore}.
 * @example `precision(truth, mask)`
 */
export const precision: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "precision",
  (tp, fp) => tp / (tp + fp),
);
