import type { ZeroDivision } from "../empty/zeroDivision.js";
import type { OverlapScore } from "./makeScore.js";
import { matrixScore, sumOverClasses } from "./matrixScore.js";

/**
 * Matthews' correlation of reference and prediction, background included: (TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)) for masks,
 * its extension by Gorodkin for several classes. −1 … 1; symmetric. Undefined if either has but one class.
 * Arguments and errors as {@link diceScore}; `zeroDivision: "worst"` is −1.
 * @example `matthewsCorrelation(truth, mask)`
 *
 * Source: Gorodkin 2004 (`gorodkin2004`).
 */
export const matthewsCorrelation: OverlapScore<ZeroDivision> = /* @__PURE__ */ matrixScore(
  "matthewsCorrelation",
  -1,
  (matrix) => {
    // Sums of the classes' products: the textbook's s² − Σt² loses the last digits, and one root of the whole product overflows 2^53.
    const covariance = sumOverClasses(matrix, (tp, fp, fn, tn) => tp * tn - fp * fn);
    const ofReference = sumOverClasses(matrix, (tp, fp, fn, tn) => (tp + fn) * (tn + fp));
    const ofPrediction = sumOverClasses(matrix, (tp, fp, fn, tn) => (tp + fp) * (tn + fn));
    return covariance / (Math.sqrt(ofReference) * Math.sqrt(ofPrediction));
  },
);
