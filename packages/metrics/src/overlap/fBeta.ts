import { expectNumber } from "@ddl/core";
import type { ScoreOptions } from "./classScore.js";
import { classScore, settleEmpty } from "./classScore.js";
import type { OverlapScore } from "./makeScore.js";

/** Options of {@link fBeta}. */
export interface FBetaOptions extends ScoreOptions {
  /** How much more recall counts than precision, > 0. Default 1, which gives Dice's coefficient. */
  beta?: number;
}

/**
 * F_β = (1+β²)·TP / ((1+β²)·TP + β²·FN + FP), the weighted harmonic mean of precision and recall. Symmetric for β = 1 only.
 * Arguments, empty masks and errors as {@link diceScore}; RangeArgumentError unless `beta` > 0.
 * @example `fBeta(truth, mask, { beta: 2 })`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`).
 */
export const fBeta: OverlapScore<FBetaOptions> = /* @__PURE__ */ classScore<FBetaOptions>(
  "fBeta",
  ["emptyPolicy", "beta"],
  ({ beta = 1, emptyPolicy }) => {
    const square = expectNumber("fBeta", "beta", beta, { above: 0 }) ** 2;
    return settleEmpty(
      "fBeta",
      emptyPolicy,
      (tp, fp, fn) => ((1 + square) * tp) / ((1 + square) * tp + square * fn + fp),
    );
  },
);
