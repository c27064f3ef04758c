import { expectBoolean, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { countsByThreshold } from "./countsByThreshold.js";
import { readScores } from "./readScores.js";

/** Options of {@link areaUnderRoc}. */
export interface AreaUnderRocOptions {
  /** What a rate without a denominator, and the area with it, is: no positives or no negatives. Default NaN. */
  undefinedValue?: number;
}

/** Options of {@link rocCurve}. */
export interface RocCurveOptions extends AreaUnderRocOptions {
  /** Leave out points between two equal steps, as scikit-learn's `drop_intermediate`. The area stays. Default false. */
  dropCollinear?: boolean;
}

/** Result of {@link rocCurve}: three arrays of one length, from (0, 0) at threshold Infinity to (1, 1). */
export interface RocCurve {
  falsePositiveRate: Float64Array;
  truePositiveRate: Float64Array;
  /** A score at or above it counts as positive. */
  thresholds: Float64Array;
  /** Area by trapezoids, all of whose numerators are whole numbers. */
  area: number;
}

/**
 * Receiver operating characteristic: the rates of false and true positives at every distinct score, highest first.
 *
 * @param reference labels 0 and 1, any shape
 * @param scores the same shape; any numbers, infinities too: only their order counts
 * @throws ShapeError if the shapes differ; RangeArgumentError for another label or a NaN
 * @example `rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).area // 0.75`
 *
 * Cost: two sorts of numbers. Source: Fawcett 2006 (`fawcett2006`).
 */
export function rocCurve(reference: ArrayInput, scores: ArrayInput, options: RocCurveOptions = {}): RocCurve {
  return roc("rocCurve", reference, scores, expectOptions("rocCurve", options, ["undefinedValue", "dropCollinear"]));
}

/**
 * Area under the ROC curve: the chance that a positive scores higher than a negative, equal scores counting half.
 *
 * @param reference labels 0 and 1, any shape
 * @param scores the same shape
 * @throws as {@link rocCurve}
 * @example `areaUnderRoc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.75`
 *
 * Source: Fawcett 2006 (`fawcett2006`).
 */
export function areaUnderRoc(reference: ArrayInput, scores: ArrayInput, options: AreaUnderRocOptions = {}): number {
  return roc("areaUnderRoc", reference, scores, expectOptions("areaUnderRoc", options, ["undefinedValue"])).area;
}

function roc(functionName: string, reference: ArrayInput, scores: ArrayInput, options: RocCurveOptions): RocCurve {
  const { undefinedValue = Number.NaN, dropCollinear = false } = options;
  expectBoolean(functionName, "dropCollinear", dropCollinear);
  const counts = countsByThreshold(...readScores(functionName, reference, scores));
  const { truePositives: tp, falsePositives: fp, thresholds, positives, negatives } = counts;
  const step = (of: Float64Array, i: number): number => of[i]! - of[i - 1]!;
  let twice = 0;
  for (let i = 0; i < tp.length; i++) twice += (fp[i]! - (fp[i - 1] ?? 0)) * (tp[i]! + (tp[i - 1] ?? 0));
  const kept = (_: number, i: number): boolean =>
    !dropCollinear ||
    i === 0 ||
    i === tp.length - 1 ||
    step(tp, i) !== step(tp, i + 1) ||
    step(fp, i) !== step(fp, i + 1);
  const curve = (first: number, values: Float64Array): Float64Array => {
    const rest = values.filter(kept);
    const points = new Float64Array(rest.length + 1);
    points[0] = first;
    points.set(rest, 1);
    return points;
  };
  const rate = (of: Float64Array, all: number): Float64Array =>
    curve(0, of).map((count) => (all === 0 ? undefinedValue : count / all));
  return {
    falsePositiveRate: rate(fp, negatives),
    truePositiveRate: rate(tp, positives),
    thresholds: curve(Number.POSITIVE_INFINITY, thresholds),
    area: positives === 0 || negatives === 0 ? undefinedValue : twice / 2 / positives / negatives,
  };
}
