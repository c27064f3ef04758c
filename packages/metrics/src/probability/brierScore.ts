import { expectOneOf, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readScores } from "./readScores.js";

/** Options of {@link brierScore}. */
export interface BrierScoreOptions {
  /** `positive` (default): the error of the positive class; `both`: summed over both classes, twice as large (MetricsReloaded). */
  classes?: "positive" | "both";
}

/**
 * Brier score: the mean of (p − y)², 0 at best and 1 at worst (2 for `classes: "both"`).
 *
 * @param reference labels 0 and 1, any shape
 * @param prediction probabilities of label 1, the same shape
 * @throws ShapeError if the shapes differ; RangeArgumentError for another label, a NaN or a value outside [0, 1]
 * @example `brierScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.158125`
 *
 * Source: Brier 1950 (`brier1950`), who sums over the classes.
 */
export function brierScore(reference: ArrayInput, prediction: ArrayInput, options: BrierScoreOptions = {}): number {
  const { classes = "positive" } = expectOptions("brierScore", options, ["classes"]);
  expectOneOf("brierScore", "classes", classes, ["positive", "both"]);
  const [labels, p] = readScores("brierScore", reference, prediction, true);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (p[i]! - labels[i]!) ** 2;
  return ((classes === "both" ? 2 : 1) * sum) / p.length;
}
