import { ArgumentError, expectNumber, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { expectList } from "./expectList.js";
import type { InstancePair } from "./matchInstances.js";
import { expectThreshold, oneToOne } from "./matchInstances.js";
import type { Overlaps } from "./overlaps.js";
import { addTo, countOverlaps } from "./overlaps.js";
import type { PanopticCounts, PanopticQuality, PanopticSumOptions } from "./sumPanopticQuality.js";
import { noCounts, panopticRatios } from "./sumPanopticQuality.js";

/** A labelled segment of an image. */
export interface Segment {
  /** Its label in the image. */
  id: number;
  class: number;
}

/** A labelled segment of the reference. */
export interface ReferenceSegment extends Segment {
  /** A region of many instances: never matched, never missed. Default false. */
  crowd?: boolean;
}

/** Options of {@link panopticQuality}. */
export interface PanopticQualityOptions extends PanopticSumOptions {
  /** A pair matches if its IoU is greater than this, in [0, 1). Default 0.5; below that as {@link matchInstances}. */
  threshold?: number;
  /** Class of every label of the reference but 0 and `voidLabel`. Default: all of class 1. */
  referenceSegments?: readonly ReferenceSegment[];
  /** Class of every label of the prediction but 0. Default: all of class 1. */
  predictionSegments?: readonly Segment[];
  /** Label of the reference where nothing is known. Default: none, 0 being background; panopticapi's is 0. */
  voidLabel?: number;
}

/**
 * Panoptic quality of two label images: PQ = SQ·RQ, the mean IoU of matched instances times their F1 score.
 *
 * Without segments every label but 0 is an instance of one class. With them the rules are panopticapi's: only equal classes match;
 * void leaves the union; a crowd is neither matched nor missed; an unmatched prediction more than half of which lies on void and on
 * crowds of its class is dropped (panopticapi looks at the last crowd of a class only). SQ is 0 where nothing matches.
 *
 * @param reference labels of instances, integers ≥ 0, any shape
 * @param prediction the same shape
 * @throws ShapeError if the shapes differ; RangeArgumentError for another label or a threshold outside [0, 1); ArgumentError if
 * segments and labels do not agree; DdlError (code `data`) where `emptyPolicy` says `"error"`
 * @example `panopticQuality([1, 1, 0, 2], [7, 7, 7, 0]).panopticQuality // 2/3 · 1/(1 + ½) = 4/9`
 *
 * Source: Kirillov, He, Girshick, Rother and Dollár 2019 (`kirillov2019`), section 4.
 */
export function panopticQuality(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: PanopticQualityOptions = {},
): PanopticQuality {
  const name = "panopticQuality";
  const {
    threshold = 0.5,
    referenceSegments,
    predictionSegments,
    voidLabel,
    ...sumOptions
  } = expectOptions(name, options, [
    "threshold",
    "referenceSegments",
    "predictionSegments",
    "voidLabel",
    "smoothing",
    "emptyPolicy",
  ]);
  expectThreshold(name, threshold);
  if (voidLabel !== undefined) expectNumber(name, "voidLabel", voidLabel, { integer: true, min: 0 });
  const overlaps = countOverlaps(name, reference, prediction);
  const references = segmentsOf(name, "referenceSegments", overlaps.references, referenceSegments, voidLabel);
  const predictions = segmentsOf(name, "predictionSegments", overlaps.predictions, predictionSegments);
  const classes = countClasses(overlaps, references, predictions, threshold, voidLabel);
  return panopticRatios(name, [{ classes }], sumOptions);
}

function segmentsOf(
  functionName: string,
  argument: string,
  labels: Map<number, number>,
  listed: readonly ReferenceSegment[] | undefined,
  voidLabel = 0,
): Map<number, ReferenceSegment> {
  const present = [...labels.keys()].filter((id) => id !== 0 && id !== voidLabel);
  const segments = new Map<number, ReferenceSegment>();
  let odd: number | undefined;
  if (listed !== undefined) expectList(functionName, argument, listed, 0);
  const all: readonly ReferenceSegment[] = listed ?? present.map((id) => ({ id, class: 1 }));
  for (const segment of all) {
    expectOptions(`${functionName}: ${argument}`, segment, ["id", "class", "crowd"]);
    expectNumber(functionName, `every class of ${argument}`, segment.class, { integer: true });
    if (segments.has(segment.id) || !present.includes(segment.id)) odd = segment.id;
    segments.set(segment.id, segment);
  }
  odd ??= present.find((id) => !segments.has(id));
  if (odd !== undefined) {
    const expected = "list the labels of the image, each once";
    throw new ArgumentError({ functionName, argument, expected, received: odd });
  }
  return segments;
}

function countClasses(
  { references: sizes, predictions: predictedSizes, shared }: Overlaps,
  references: Map<number, ReferenceSegment>,
  predictions: Map<number, Segment>,
  threshold: number,
  voidLabel: number | undefined,
): PanopticCounts[] {
  const unknown = (id: number): number => (voidLabel === undefined ? 0 : (shared.get(voidLabel)?.get(id) ?? 0));
  const pairs: InstancePair[] = [];
  const ignored = new Map<number, number>();
  for (const [id, segment] of references) {
    for (const [p, both] of shared.get(id)!) {
      if (segment.class !== predictions.get(p)?.class) continue;
      if (segment.crowd) addTo(ignored, p, both);
      else
        pairs.push({
          reference: id,
          prediction: p,
          iou: both / (sizes.get(id)! + predictedSizes.get(p)! - both - unknown(p)),
        });
    }
  }
  const classes = new Map<number, PanopticCounts>();
  const of = (id: number): PanopticCounts => {
    const counts = classes.get(id) ?? noCounts(id);
    classes.set(id, counts);
    return counts;
  };
  for (const { reference, prediction, iou } of oneToOne(pairs, threshold)) {
    const counts = of(references.get(reference)!.class);
    counts.truePositives++;
    counts.iouSum += iou;
    references.delete(reference);
    predictions.delete(prediction);
  }
  for (const segment of references.values()) if (!segment.crowd) of(segment.class).falseNegatives++;
  for (const [id, segment] of predictions) {
    if (unknown(id) + (ignored.get(id) ?? 0) <= predictedSizes.get(id)! / 2) of(segment.class).falsePositives++;
  }
  return [...classes.values()];
}
