import type { ZeroDivision } from "../empty/zeroDivision.js";
import type { OverlapScore } from "./makeScore.js";
import { matrixScore, sumOverClasses } from "./matrixScore.js";

/**
 * Share of all elements, background included, that got their class: (TP + TN) / n for masks. Symmetric. Undefined only if nothing was
 * counted. Arguments and errors as {@link diceScore}.
 * @example `accuracy(truth, mask)`
 */
export const accuracy: OverlapScore<ZeroDivision> = /* @__PURE__ */ matrixScore(
  "accuracy",
  0,
  (matrix) => sumOverClasses(matrix, (tp) => tp) / matrix.counts.reduce((sum, count) => sum + count),
);
