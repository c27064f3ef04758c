import { expectOneOf } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";
import { countsOf } from "./classCounts.js";
import type { OverlapScore } from "./makeScore.js";
import { makeScore } from "./makeScore.js";

/** Options of {@link generalizedDice}. */
export interface GeneralizedDiceOptions {
  /** Weight of a class of R elements in the reference: `square` (default) 1/R², `simple` 1/R, `uniform` 1. */
  weighting?: "square" | "simple" | "uniform";
  /** Class 0 is a class like the others. Default false. */
  background?: boolean;
  /** For masks without any of the classes that count. Default: both empty `"nan"`, one empty `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/**
 * Generalised Dice score 2·Σ w·TP / Σ w·(R + P), in which small classes weigh as much as large ones. Not symmetric: the weights are the
 * reference's. A class that the reference lacks has the largest weight of the others, as in MONAI.
 * Arguments and errors as {@link diceScore}, of which it is the same for masks.
 * @example `generalizedDice(confusionMatrix(truth, labels, { classes: 4 }), { weighting: "simple" })`
 *
 * Source: Sudre et al. 2017 (`sudre2017`).
 */
export const generalizedDice: OverlapScore<GeneralizedDiceOptions> = /* @__PURE__ */ makeScore<GeneralizedDiceOptions>(
  "generalizedDice",
  ["weighting", "background", "emptyPolicy"],
  ({ weighting = "square", background = false, emptyPolicy }) => {
    const name = "generalizedDice";
    const policy = resolvePolicy(name, emptyPolicy);
    expectOneOf(name, "weighting", weighting, ["square", "simple", "uniform"]);
    expectOneOf(name, "background", background, [true, false] as never[]);
    const power = { square: 2, simple: 1, uniform: 0 }[weighting];
    return (matrix) => {
      const all = Array.from({ length: matrix.classes }, (_, k) => countsOf(matrix, k)).slice(background ? 0 : 1);
      const weights = all.map(([tp, _fp, fn]) => (tp + fn) ** -power);
      const finite = weights.filter(Number.isFinite);
      const largest = finite.length > 0 ? Math.max(...finite) : 1;
      let shared = 0;
      let inReference = 0;
      let inPrediction = 0;
      all.forEach(([tp, fp, fn], k) => {
        const weight = Math.min(weights[k]!, largest);
        shared += weight * tp;
        inReference += weight * (tp + fn);
        inPrediction += weight * (tp + fp);
      });
      return emptyValue(name, policy, !inReference, !inPrediction, 0) ?? (2 * shared) / (inReference + inPrediction);
    };
  },
);
