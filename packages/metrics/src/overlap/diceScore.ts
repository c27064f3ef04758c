import type { OverlapScore } from "./score.js";
import { overlapScore } from "./score.js";

/**
 * Dice's coefficient 2·TP / (2·TP + FP + FN), the F1 score of elements: 0 without overlap, 1 for equal masks. Symmetric.
 *
 * Arguments: reference and prediction of one shape, in which anything but 0 is inside, or labels with `classes`; or their
 * {@link confusionMatrix}. Then options.
 *
 * @throws ShapeError if the shapes differ; RangeArgumentError for labels out of range; DdlError (code `data`) where `emptyPolicy` says
 * `"error"`
 * @example `diceScore(truth, mask, { emptyPolicy: { bothEmpty: "one" } })`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`), equation 6.
 */
export const diceScore: OverlapScore = /* @__PURE__ */ overlapScore(
  "diceScore",
  ({ truePositives, falsePositives, falseNegatives }) =>
    (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
);
