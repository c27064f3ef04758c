import { expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { countsByThreshold } from "./countsByThreshold.js";
import { readScores } from "./readScores.js";

/** Options of {@link precisionRecallCurve} and {@link averagePrecision}. */
export interface PrecisionRecallOptions {
  /** What recall is if the reference has no positives. Default NaN; scikit-learn says 1, which makes the average precision 0. */
  undefinedValue?: number;
}

/** Result of {@link precisionRecallCurve}: three arrays of one length, by rising threshold. */
export interface PrecisionRecallCurve {
  precision: Float64Array;
  recall: Float64Array;
  /** A score at or above it counts as positive. The last one is Infinity, where recall is 0 and precision, by convention, 1. */
  thresholds: Float64Array;
  /** Area by trapezoids, which is too kind: between its points a precision–recall curve sags. */
  area: number;
  /** Σ (rise of recall)·precision, without interpolation. */
  averagePrecision: number;
}

/**
 * Precision and recall at every distinct score, in scikit-learn's order.
 *
 * @param reference labels 0 and 1, any shape
 * @param scores the same shape; only their order counts
 * @throws ShapeError if the shapes differ; RangeArgumentError for another label or a NaN
 * @example `precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area // 0.7916…`
 *
 * Cost: two sorts of numbers. Source: Davis and Goadrich 2006 (`davis2006`).
 */
export function precisionRecallCurve(
  reference: ArrayInput,
  scores: ArrayInput,
  options: PrecisionRecallOptions = {},
): PrecisionRecallCurve {
  return curve("precisionRecallCurve", reference, scores, options);
}

/**
 * Average precision Σ (rᵢ − rᵢ₋₁)·pᵢ over the distinct scores. The area under the curve and COCO's average precision are other numbers.
 *
 * @param reference labels 0 and 1, any shape
 * @param scores the same shape
 * @throws as {@link precisionRecallCurve}
 * @example `averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.8333…`
 *
 * Source: Davis and Goadrich 2006 (`davis2006`).
 */
export function averagePrecision(
  reference: ArrayInput,
  scores: ArrayInput,
  options: PrecisionRecallOptions = {},
): number {
  return curve("averagePrecision", reference, scores, options).averagePrecision;
}

function curve(
  functionName: string,
  reference: ArrayInput,
  scores: ArrayInput,
  options: PrecisionRecallOptions,
): PrecisionRecallCurve {
  const { undefinedValue = Number.NaN } = expectOptions(functionName, options, ["undefinedValue"]);
  const counts = countsByThreshold(...readScores(functionName, reference, scores));
  const { truePositives: tp, falsePositives: fp, positives } = counts;
  const last = tp.length;
  const precision = new Float64Array(last + 1).fill(1);
  const recall = new Float64Array(last + 1);
  const thresholds = new Float64Array(last + 1).fill(Number.POSITIVE_INFINITY);
  let area = 0;
  let averagePrecision = 0;
  for (let i = 0; i < last; i++) {
    const at = last - 1 - i;
    precision[at] = tp[i]! / (tp[i]! + fp[i]!);
    recall[at] = positives === 0 ? undefinedValue : tp[i]! / positives;
    thresholds[at] = counts.thresholds[i]!;
    const rise = recall[at]! - recall[at + 1]!;
    area += (rise * (precision[at]! + precision[at + 1]!)) / 2;
    averagePrecision += rise * precision[at]!;
  }
  return { precision, recall, thresholds, area, averagePrecision };
}
