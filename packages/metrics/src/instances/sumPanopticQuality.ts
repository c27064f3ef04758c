import { expectNumber, expectOptions } from "@ddl/core";
import type { EmptyPolicy } from "../empty/emptyPolicy.js";
import { emptyValue, resolvePolicy } from "../empty/emptyPolicy.js";

/** Options of {@link sumPanopticQuality}. */
export interface PanopticSumOptions {
  /** Added to the denominators of SQ and RQ, ≥ 0. Default 0; MONAI adds 1e-6. */
  smoothing?: number;
  /** What PQ, SQ and RQ are without any instance. Default: in neither image `"nan"`, in one of them `"worst"`, which is 0. */
  emptyPolicy?: EmptyPolicy;
}

/** What is counted of a class; of void and crowd nothing. */
export interface PanopticCounts {
  class: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  /** Sum of the IoU of the matched pairs. */
  iouSum: number;
}

/** The scores of {@link PanopticCounts}. */
export interface PanopticScores {
  /** SQ, the mean IoU of matched pairs; 0 without any. */
  segmentationQuality: number;
  /** RQ = TP / (TP + FP/2 + FN/2), the F1 score of instances. */
  recognitionQuality: number;
  /** PQ = SQ·RQ. */
  panopticQuality: number;
}

/** Counts of all classes together; the scores are means over the classes that occur. */
export interface PanopticQuality extends Omit<PanopticCounts, "class">, PanopticScores {
  /** The classes that occur, by number. */
  classes: (PanopticCounts & PanopticScores)[];
}

/**
 * Panoptic quality of a whole set: sums the counts of each class over images, then forms the ratios, as panopticapi does. The mean of
 * the images' PQ is another number.
 *
 * @param results of {@link panopticQuality}, one an image
 * @throws RangeArgumentError for a negative smoothing; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `sumPanopticQuality(pairs.map(([reference, prediction]) => panopticQuality(reference, prediction)))`
 *
 * Source: Kirillov, He, Girshick, Rother and Dollár 2019 (`kirillov2019`), section 4.
 */
export function sumPanopticQuality(
  results: readonly { classes: readonly PanopticCounts[] }[],
  options: PanopticSumOptions = {},
): PanopticQuality {
  return panopticRatios("sumPanopticQuality", results, options);
}

/** {@link sumPanopticQuality} under the name of the function that is to blame for a bad argument. */
export function panopticRatios(
  functionName: string,
  results: readonly { classes: readonly PanopticCounts[] }[],
  options: PanopticSumOptions,
): PanopticQuality {
  const { smoothing = 0, emptyPolicy } = expectOptions(functionName, options, ["smoothing", "emptyPolicy"]);
  expectNumber(functionName, "smoothing", smoothing, { min: 0 });
  const policy = resolvePolicy(functionName, emptyPolicy);
  const sums = new Map<number, PanopticCounts>();
  const all = noCounts(0);
  for (const counts of results.flatMap((result) => result.classes)) {
    const sum = sums.get(counts.class) ?? noCounts(counts.class);
    sums.set(counts.class, sum);
    for (const key of ["truePositives", "falsePositives", "falseNegatives", "iouSum"] as const) {
      sum[key] += counts[key];
      all[key] += counts[key];
    }
  }
  const { class: _, ...total } = all;
  const classes = [...sums.values()]
    .sort((a, b) => a.class - b.class)
    .map((sum) => ({ ...sum, ...scores(sum, smoothing) }));
  const { truePositives: tp, falsePositives, falseNegatives } = total;
  const empty = emptyValue(functionName, policy, tp + falseNegatives === 0, tp + falsePositives === 0, 0);
  const mean = (key: keyof PanopticScores): number =>
    empty ?? classes.reduce((sum, one) => sum + one[key], 0) / classes.length;
  return {
    ...total,
    segmentationQuality: mean("segmentationQuality"),
    recognitionQuality: mean("recognitionQuality"),
    panopticQuality: mean("panopticQuality"),
    classes,
  };
}

/** Counts of zero. */
export function noCounts(id: number): PanopticCounts {
  return { class: id, truePositives: 0, falsePositives: 0, falseNegatives: 0, iouSum: 0 };
}

function scores(
  { truePositives: tp, falsePositives: fp, falseNegatives: fn, iouSum }: PanopticCounts,
  smoothing: number,
): PanopticScores {
  const segmentationQuality = tp === 0 ? 0 : iouSum / (tp + smoothing);
  const recognitionQuality = tp / (tp + fp / 2 + fn / 2 + smoothing);
  return { segmentationQuality, recognitionQuality, panopticQuality: segmentationQuality * recognitionQuality };
}
