import { expectNumber, expectOptions, RangeArgumentError } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { readPair, readValues } from "../input/values.js";

/** How often each class of the reference was given each class by the prediction. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** classes × classes numbers, row by row: row = class in the reference, column = class in the prediction. */
  readonly counts: Float64Array;
}

/** Options of {@link confusionMatrix}. */
export interface ConfusionMatrixOptions {
  /** Number of classes, labels being 0 … classes − 1; without it masks, in which anything but 0 is inside (class 1). */
  classes?: number;
  /** A label of the reference whose elements leave every count. */
  ignoreIndex?: number;
  /** What an element counts for, ≥ 0, in the shape of the reference. Default 1. */
  weights?: ArrayInput;
}

/** The counts of one class against the rest. */
export interface ClassCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/**
 * Counts how often reference and prediction agree and differ, in one pass. Every overlap score takes the result in place of the pair.
 *
 * @param reference any shape
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ; RangeArgumentError for a label that is no integer in 0 … classes − 1, a NaN, a negative weight
 * @example
 * ```ts
 * const matrix = confusionMatrix(truth, labels, { classes: 4, ignoreIndex: 255 });
 * diceScore(matrix);
 * ```
 */
export function confusionMatrix(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: ConfusionMatrixOptions = {},
): ConfusionMatrix {
  expectOptions("confusionMatrix", options, ["classes", "ignoreIndex", "weights"]);
  return countLabels("confusionMatrix", reference, prediction, options);
}

/** {@link confusionMatrix} under the name of the metric that is to blame for a bad argument. */
export function countLabels(
  functionName: string,
  reference: ArrayInput,
  prediction: ArrayInput,
  { classes, ignoreIndex, weights }: ConfusionMatrixOptions,
): ConfusionMatrix {
  const [r, p] = readPair(functionName, reference, prediction);
  if (classes !== undefined) expectNumber(functionName, "classes", classes, { integer: true, min: 2 });
  if (ignoreIndex !== undefined) expectNumber(functionName, "ignoreIndex", ignoreIndex, { integer: true });
  const w = weights === undefined ? undefined : readValues(functionName, "weights", weights).data;
  const size = classes ?? 2;
  const counts = new Float64Array(size * size);
  const classOf = (argument: string, value: number, i: number): number => {
    const label = classes === undefined && value !== 0 && !Number.isNaN(value) ? 1 : value;
    if (!(label >= 0 && label < size && Number.isInteger(label))) {
      const expected = classes === undefined ? "hold no NaN" : `hold labels 0 … ${size - 1}`;
      const advice = `This is element ${i}.`;
      throw new RangeArgumentError({ functionName, argument, expected, received: value, advice });
    }
    return label;
  };
  for (let i = 0; i < r.data.length; i++) {
    if (r.data[i] === ignoreIndex) continue;
    const row = classOf("reference", r.data[i]!, i);
    counts[row * size + classOf("prediction", p.data[i]!, i)]! += w === undefined ? 1 : w[i]!;
  }
  return { classes: size, counts };
}

/** One class of a matrix against the rest. @example `classCounts(confusionMatrix(truth, mask), 1).truePositives` */
export function classCounts({ classes, counts }: ConfusionMatrix, index: number): ClassCounts {
  let total = 0;
  let inReference = 0;
  let inPrediction = 0;
  for (let k = 0; k < counts.length; k++) total += counts[k]!;
  for (let k = 0; k < classes; k++) {
    inReference += counts[index * classes + k]!;
    inPrediction += counts[k * classes + index]!;
  }
  const truePositives = counts[index * (classes + 1)]!;
  return {
    truePositives,
    falsePositives: inPrediction - truePositives,
    falseNegatives: inReference - truePositives,
    trueNegatives: total - inReference - inPrediction + truePositives,
  };
}
