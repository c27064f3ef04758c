import type { AnyArray } from "@ddl/core";
import { expectBoolean, expectOptions } from "@ddl/core";
import { expectNumberOrNaN } from "../input/expectNumberOrNaN.js";
import type { ArrayInput } from "../input/values.js";
import { readScores } from "./readScores.js";
import { visitThresholds } from "./visitThresholds.js";

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
  const name = "rocCurve";
  const { undefinedValue = Number.NaN, dropCollinear = false } = expectOptions(name, options, [
    "undefinedValue",
    "dropCollinear",
  ]);
  expectNumberOrNaN(name, "undefinedValue", undefinedValue);
  expectBoolean(name, "dropCollinear", dropCollinear);
  const [labels, values] = readScores(name, reference, scores);
  const thresholds = new Float64Array(values.length + 1).fill(Number.POSITIVE_INFINITY);
  const tp = thresholds.map(() => 0);
  const fp = tp.slice();
  let points = 1;
  let before = [0, 0] as readonly [number, number];
  let last = before;
  const area = roc(labels, values, undefinedValue, (score, t, f) => {
    const step = [t - last[0], f - last[1]] as const;
    if (dropCollinear && points > 2 && step[0] === before[0] && step[1] === before[1]) points--;
    before = step;
    last = [t, f];
    thresholds[points] = score;
    tp[points] = t;
    fp[points++] = f;
  });
  const rate = (counts: Float64Array): Float64Array => {
    const all = counts[points - 1]!;
    return counts.slice(0, points).map((count) => (all > 0 ? count / all : undefinedValue));
  };
  return { falsePositiveRate: rate(fp), truePositiveRate: rate(tp), thresholds: thresholds.slice(0, points), area };
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
  const { undefinedValue = Number.NaN } = expectOptions("areaUnderRoc", options, ["undefinedValue"]);
  expectNumberOrNaN("areaUnderRoc", "undefinedValue", undefinedValue);
  return roc(...readScores("areaUnderRoc", reference, scores), undefinedValue);
}

/** Visits the points of the curve and returns the area. */
function roc(
  labels: AnyArray,
  scores: AnyArray,
  undefinedValue: number,
  visit?: (score: number, truePositives: number, falsePositives: number) => void,
): number {
  let twice = 0;
  let lastTp = 0;
  let lastFp = 0;
  const positives = visitThresholds(labels, scores, (score, tp, fp) => {
    twice += (fp - lastFp) * (tp + lastTp);
    lastTp = tp;
    lastFp = fp;
    visit?.(score, tp, fp);
  });
  const pairs = positives * (scores.length - positives);
  return pairs === 0 ? undefinedValue : twice / 2 / pairs;
}
