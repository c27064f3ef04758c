import { expectOneOf } from "@ddl/core";
import type { ZeroDivision } from "../empty/zeroDivision.js";
import type { OverlapScore } from "./makeScore.js";
import { matrixScore } from "./matrixScore.js";

/** Options of {@link cohenKappa}. */
export interface CohenKappaOptions extends ZeroDivision {
  /**
   * How far apart two classes are: `none` (default), all alike; `linear`, |i − j|; `quadratic`, (i − j)². The labels themselves count:
   * classes that do not occur keep their place, where scikit-learn renumbers unless it is given all labels.
   */
  weighting?: "none" | "linear" | "quadratic";
}

/**
 * Cohen's kappa, agreement beyond chance, background included: 1 − Σ W∘C / Σ W∘E with E the counts expected of independent labels.
 * 1 for equal labels, 0 for chance; symmetric. Undefined if both have one and the same class only.
 * Arguments and errors as {@link diceScore}; `zeroDivision: "worst"` is −1.
 * @example `cohenKappa(confusionMatrix(truth, grades, { classes: 5 }), { weighting: "quadratic" })`
 *
 * Source: Cohen 1968 (`cohen1968`).
 */
export const cohenKappa: OverlapScore<CohenKappaOptions> = /* @__PURE__ */ matrixScore<CohenKappaOptions>(
  "cohenKappa",
  -1,
  ({ classes, counts }, { weighting = "none" }) => {
    const inReference = new Float64Array(classes);
    const inPrediction = new Float64Array(classes);
    counts.forEach((count, k) => {
      inReference[Math.floor(k / classes)]! += count;
      inPrediction[k % classes]! += count;
    });
    const power = { none: 0, linear: 1, quadratic: 2 }[weighting];
    const total = inReference.reduce((sum, count) => sum + count);
    let seen = 0;
    let expected = 0;
    counts.forEach((count, k) => {
      const row = Math.floor(k / classes);
      const column = k % classes;
      if (row === column) return;
      const weight = Math.abs(row - column) ** power;
      seen += weight * count;
      expected += weight * inReference[row]! * inPrediction[column]!;
    });
    return 1 - (seen * total) / expected;
  },
  ["weighting"],
  ({ weighting = "none" }) => expectOneOf("cohenKappa", "weighting", weighting, ["none", "linear", "quadratic"]),
);
