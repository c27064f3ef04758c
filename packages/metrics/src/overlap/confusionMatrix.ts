import { ArgumentError, expectNumber, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readPair, readValues } from "../input/values.js";
import { averageClasses } from "./averageClasses.js";
import { countBytes } from "./countBytes.js";
import { countLabels } from "./countLabels.js";
import type { ConfusionMatrix } from "./matrix.js";

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** Number of classes, labels being 0 … classes − 1; without it masks, in which anything but 0 is inside (class 1). */
  classes?: number;
  /** A label of the reference whose elements leave every count. */
  ignoreIndex?: number;
  /** What an element counts for, ≥ 0, in the shape of the reference. Default 1. */
  weights?: ArrayInput;
}

/** From here on the fast way gains more than its histogram costs. */
const MANY = 131_072;

/**
 * Counts how often reference and prediction agree and differ, in one pass. Every overlap score takes the result in place of the pair:
 * so are several classes, weights and labels to ignore counted, and several scores from one pass.
 *
 * @param reference any shape
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ; RangeArgumentError for a label that is no integer in 0 … classes − 1, a NaN, a weight that is
 * negative or infinite
 * @example
 * ```ts
 * const matrix = confusionMatrix(truth, labels, { classes: 4, ignoreIndex: 255 });
 * diceScore(matrix, { average: "micro" });
 * ```
 */
export function confusionMatrix(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  const name = "confusionMatrix";
  const { classes, ignoreIndex, weights } = expectOptions(name, options, ["classes", "ignoreIndex", "weights"]);
  if (classes !== undefined) expectNumber(name, "classes", classes, { integer: true, min: 2 });
  if (ignoreIndex !== undefined) expectNumber(name, "ignoreIndex", ignoreIndex, { integer: true });
  const [r, p] = readPair(name, reference, prediction);
  const w = weights && readValues(name, "weights", weights, r.shape).data;
  const labels = { reference: r.data, prediction: p.data, classes, ignoreIndex, weights: w };
  const fast = r.data.length < MANY ? undefined : countBytes(labels);
  return matrixOf(fast ?? countLabels(name, labels));
}

/**
 * The confusion matrix with given counts: of several cases summed, or from elsewhere.
 * @param counts classes × classes numbers ≥ 0, row by row: row = class in the reference, column = class in the prediction
 * @throws ArgumentError if they are not the square of an integer ≥ 2 many; RangeArgumentError for a negative or infinite count
 * @example `recall(matrixFromCounts([13, 3, 3, 6]))`
 */
export function matrixFromCounts(counts: ArrayLike<number>): ConfusionMatrix {
  const name = "matrixFromCounts";
  const own = Float64Array.from(counts);
  if (!(own.length >= 4) || Math.sqrt(own.length) % 1) {
    const expected = "have classes × classes numbers, at least 4";
    throw new ArgumentError({ functionName: name, argument: "counts", expected, received: counts });
  }
  for (const count of own) expectNumber(name, "counts", count, { min: 0 });
  return matrixOf(own);
}

function matrixOf(counts: Float64Array): ConfusionMatrix {
  return {
    classes: Math.sqrt(counts.length),
    counts,
    averageClasses(functionName, score, options) {
      return averageClasses(this, functionName, score, options);
    },
  };
}
