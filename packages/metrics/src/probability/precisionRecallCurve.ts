import { expectOptions } from "@ddl/core";
import { expectNumberOrNaN } from "../input/expectNumberOrNaN.js";
import type { ArrayInput } from "../input/values.js";
import { readScores } from "./readScores.js";
import { visitThresholds } from "./visitThresholds.js";

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
  return summed("precisionRecallCurve", reference, scores, options, true);
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
  return summed("averagePrecision", reference, scores, options, false).averagePrecision;
}

function summed(
  functionName: string,
  reference: ArrayInput,
  scores: ArrayInput,
  options: PrecisionRecallOptions,
  points: boolean,
): PrecisionRecallCurve {
  const { undefinedValue = Number.NaN } = expectOptions(functionName, options, ["undefinedValue"]);
  expectNumberOrNaN(functionName, "undefinedValue", undefinedValue);
  const [labels, values] = readScores(functionName, reference, scores);
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  let at = points ? values.length : -1;
  const precision = new Float64Array(at + 1).fill(1);
  const recall = new Float64Array(at + 1);
  const thresholds = new Float64Array(at + 1).fill(Number.POSITIVE_INFINITY);
  let area = 0;
  let averagePrecision = 0;
  let lastPrecision = 1;
  let lastRecall = 0;
  visitThresholds(labels, values, (score, tp, fp) => {
    const p = tp / (tp + fp);
    const r = positives === 0 ? undefinedValue : tp / positives;
    area += ((r - lastRecall) * (p + lastPrecision)) / 2;
    averagePrecision += (r - lastRecall) * p;
    lastPrecision = p;
    lastRecall = r;
    if (!points) return;
    precision[--at] = p;
    recall[at] = r;
    thresholds[at] = score;
  });
  const [used, found, limits] = [precision, recall, thresholds].map((list) => list.slice(Math.max(0, at)));
  return { precision: used!, recall: found!, thresholds: limits!, area, averagePrecision };
}
