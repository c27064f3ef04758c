import type { ScoreOptions } from "./classScore.js";
import { foregroundScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/**
 * Jaccard's index TP / (TP + FP + FN), the intersection over the union. Symmetric.
 * Arguments, empty masks and errors as {@link diceScore}.
 * @example `jaccardIndex(truth, mask)`
 */
export const jaccardIndex: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "jaccardIndex",
  (tp, fp, fn) => tp / (tp + fp + fn),
);
