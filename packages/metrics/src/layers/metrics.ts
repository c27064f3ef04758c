import { expectNumber } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, equal, mul } from "@tensorflow/tfjs-core";
import type { LayersMetric, LayersMetricOptions, TensorCounts } from "./layersMetric.js";
import { layersMetric } from "./layersMetric.js";

/** Where a denominator is 0: `bothEmpty` if all of these counts are 0, otherwise 0. */
const unless =
  (...positions: number[]) =>
  (counts: TensorCounts, bothEmpty: number): Tensor =>
    mul(bothEmpty, equal(positions.map((k) => counts[k]!).reduce(add), 0));
const noForeground = unless(0, 1, 2);

/**
 * Makes Dice's coefficient 2·TP / (2·TP + FP + FN) a metric function for `model.compile`.
 *
 * The function takes `yTrue` and `yPred` of one shape, (batch, …, classes), of which `yTrue` is inside above ½, and gives a scalar that is
 * always finite: where nothing is inside in either, the score is `bothEmpty`. A NaN in `yPred` is outside.
 *
 * **What the logs show** is the mean over batches, weighted by their size. With `over: "sample-class"` that is the mean over samples,
 * whatever the batch size. With `class` or `all` it is a mean of ratios of batches: not the ratio of the sums, and another one for another
 * batch size or a short last batch. Scores to report are those of `evaluate` of `@ddl/metrics`, which counts undefined ones.
 *
 * @throws ArgumentError for an unknown option, a threshold beside `argmax`; RangeArgumentError for a threshold outside (0, 1); at a call
 * ShapeError if the shapes differ or have fewer than two axes
 * @example `model.compile({ optimizer: "adam", loss, metrics: [diceMetric({ fromLogits: true }), recallMetric({ fromLogits: true })] })`
 */
export function diceMetric(options: LayersMetricOptions = {}): LayersMetric {
  return layersMetric(
    "diceMetric",
    "diceScore",
    options,
    ([tp, fp, fn]) => [mul(2, tp), add(add(mul(2, tp), fp), fn)],
    noForeground,
  );
}

/** Jaccard's index TP / (TP + FP + FN), otherwise as {@link diceMetric}. @example `jaccardMetric({ over: "class" })` */
export function jaccardMetric(options: LayersMetricOptions = {}): LayersMetric {
  return layersMetric(
    "jaccardMetric",
    "jaccardIndex",
    options,
    ([tp, fp, fn]) => [tp, add(add(tp, fp), fn)],
    noForeground,
  );
}

/**
 * TP / (TP + FP), otherwise as {@link diceMetric}. An empty prediction has precision 0 if there was something to find.
 * @example `precisionMetric({ threshold: 0.8 })`
 */
export function precisionMetric(options: LayersMetricOptions = {}): LayersMetric {
  return layersMetric("precisionMetric", "precision", options, ([tp, fp]) => [tp, add(tp, fp)], noForeground);
}

/**
 * TP / (TP + FN), otherwise as {@link diceMetric}. Where there was nothing to find, any prediction has recall 0.
 * @example `recallMetric()`
 */
export function recallMetric(options: LayersMetricOptions = {}): LayersMetric {
  return layersMetric("recallMetric", "recall", options, ([tp, , fn]) => [tp, add(tp, fn)], noForeground);
}

/**
 * TN / (TN + FP), otherwise as {@link diceMetric}; it is the recall of the outside, and `bothEmpty` is where neither has any outside.
 * @example `specificityMetric()`
 */
export function specificityMetric(options: LayersMetricOptions = {}): LayersMetric {
  return layersMetric(
    "specificityMetric",
    "specificity",
    options,
    ([, fp, , tn]) => [tn, add(tn, fp)],
    unless(1, 2, 3),
  );
}

/**
 * (TP + TN) / n of each class against the rest, otherwise as {@link diceMetric}; `bothEmpty` has no say, because it is always defined.
 * The metric "accuracy" of tf.layers compares classes instead.
 * @example `accuracyMetric()`
 */
export function accuracyMetric(options: Omit<LayersMetricOptions, "bothEmpty"> = {}): LayersMetric {
  const all = ([tp, fp, fn, tn]: TensorCounts): Tensor => add(add(tp, tn), add(fp, fn));
  return layersMetric(
    "accuracyMetric",
    "pixelAccuracy",
    options,
    (counts) => [add(counts[0], counts[3]), all(counts)],
    () => 0,
  );
}

/** Options of {@link fBetaMetric}. */
export interface FBetaMetricOptions extends LayersMetricOptions {
  /** How many times as much recall counts as precision, > 0. Default 1, which is Dice's coefficient. */
  beta?: number;
}

/**
 * (1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP), otherwise as {@link diceMetric}.
 * @example `fBetaMetric({ beta: 2 })`
 */
export function fBetaMetric(options: FBetaMetricOptions = {}): LayersMetric {
  const { beta = 1, ...others } = options;
  expectNumber("fBetaMetric", "beta", beta, { above: 0 });
  const weight = beta ** 2;
  return layersMetric(
    "fBetaMetric",
    "fBeta",
    others,
    ([tp, fp, fn]) => [mul(1 + weight, tp), add(add(mul(1 + weight, tp), mul(weight, fn)), fp)],
    noForeground,
  );
}
