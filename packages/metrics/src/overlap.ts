import type { AnyArray } from "@ddl/core";
import { expectOptions } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { ConfusionMatrix } from "./confusionMatrix.js";
import { countCases } from "./confusionMatrix.js";
import type { ScoreOptions } from "./emptyPolicy.js";
import { emptyValue, resolvePolicy } from "./emptyPolicy.js";

/**
 * Dice's coefficient 2·TP / (2·TP + FP + FN), the F1 score of pixels: 0 without overlap, 1 for equal masks. Symmetric.
 *
 * @param reference one to four axes, any non-zero value is inside
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `diceScore(truth, mask, { emptyPolicy: { bothEmpty: "one" } })`
 *
 * Source: Taha and Hanbury 2015 (`taha2015`), equation 6.
 */
export function diceScore(
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: ScoreOptions = {},
): number {
  return score(
    "diceScore",
    reference,
    prediction,
    options,
    ({ truePositives: tp, falsePositives: fp, falseNegatives: fn }) => {
      return (2 * tp) / (2 * tp + fp + fn);
    },
  );
}

/**
 * Jaccard's index TP / (TP + FP + FN), the intersection over the union. Symmetric.
 * Arguments, empty masks and errors as {@link diceScore}.
 * @example `jaccardIndex(truth, mask)`
 */
export function jaccardIndex(
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: ScoreOptions = {},
): number {
  return score(
    "jaccardIndex",
    reference,
    prediction,
    options,
    ({ truePositives: tp, falsePositives: fp, falseNegatives: fn }) => {
      return tp / (tp + fp + fn);
    },
  );
}

/**
 * Share of the prediction that is right, TP / (TP + FP). With an empty prediction or reference `emptyPolicy` decides.
 * Arguments and errors as {@link diceScore}.
 * @example `precision(truth, mask)`
 */
export function precision(
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: ScoreOptions = {},
): number {
  return score(
    "precision",
    reference,
    prediction,
    options,
    ({ truePositives: tp, falsePositives: fp }) => tp / (tp + fp),
  );
}

/**
 * Share of the reference that was found, TP / (TP + FN); also called sensitivity. With an empty prediction or reference
 * `emptyPolicy` decides. Arguments and errors as {@link diceScore}.
 * @example `recall(truth, mask)`
 */
export function recall(
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: ScoreOptions = {},
): number {
  return score("recall", reference, prediction, options, ({ truePositives: tp, falseNegatives: fn }) => tp / (tp + fn));
}

function score(
  functionName: string,
  reference: NdArray<AnyArray>,
  prediction: NdArray<AnyArray>,
  options: ScoreOptions,
  formula: (counts: ConfusionMatrix) => number,
): number {
  const { emptyPolicy } = expectOptions(functionName, options, ["emptyPolicy"]);
  const { bothEmpty, oneEmpty } = resolvePolicy(functionName, emptyPolicy);
  const counts = countCases(functionName, reference, prediction);
  const noReference = counts.truePositives + counts.falseNegatives === 0;
  const noPrediction = counts.truePositives + counts.falsePositives === 0;
  if (noReference && noPrediction) return emptyValue(functionName, bothEmpty, "both masks are", 0);
  if (noReference || noPrediction) return emptyValue(functionName, oneEmpty, "one mask is", 0);
  return formula(counts);
}
