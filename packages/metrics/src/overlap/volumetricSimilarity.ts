import type { ScoreOptions } from "./classScore.js";
import { foregroundScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/**
 * Likeness of the sizes, 1 − |FN − FP| / (2·TP + FP + FN), wherever the masks lie: 1 for equal sizes. Symmetric.
 * Arguments, empty masks and errors as {@link diceScore}.
 * @example `volumetricSimilarity(truth, mask)`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`). The signed `vs` of seg-metrics is another quantity.
 */
export const volumetricSimilarity: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "volumetricSimilarity",
  (tp, fp, fn) => 1 - Math.abs(fn - fp) / (2 * tp + fp + fn),
);
