import type { ScoreOptions } from "./classScore.js";
import { foregroundScore } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/**
 * Dice's coefficient 2·TP / (2·TP + FP + FN), the F1 score of elements: 0 without overlap, 1 for equal masks. Symmetric.
 *
 * Arguments: reference and prediction of one shape, in which anything but 0 is inside; or their {@link confusionMatrix}, for several
 * classes, weights and labels to ignore. Then options.
 *
 * @throws ShapeError if the shapes differ; RangeArgumentError for a NaN; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `diceScore(truth, mask, { emptyPolicy: { bothEmpty: "one" } })`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`), equation 6.
 */
export const diceScore: OverlapScore<ScoreOptions> = /* @__PURE__ */ foregroundScore(
  "diceScore",
  (tp, fp, fn) => (2 * tp) / (2 * tp + fp + fn),
);
