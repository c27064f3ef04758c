import type { ScoreOptions } from "./classScore.js";
import { foregroundScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/**
 * Share of the reference that was found, TP / (TP + FN). With an empty prediction or reference `emptyPolicy` decides.
 * Arguments and errors as {@link diceScore}.
 * @example `recall(truth, mask)`
 */
export const recall: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "recall",
  (tp, _fp, fn) => tp / (tp + fn),
);

/** Another name of {@link recall}. @example `sensitivity(truth, mask)` */
export const sensitivity: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "sensitivity",
  (tp, _fp, fn) => tp / (tp + fn),
);
