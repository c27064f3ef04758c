import { ArgumentError, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { CocoImage, Region } from "./cocoInstances.js";
import { readRegions } from "./cocoInstances.js";
import type { Outcome } from "./cocoMatching.js";
import { matchDetections, matchingTask } from "./cocoMatching.js";

/** Options of {@link cocoAveragePrecision}. */
export interface CocoAveragePrecisionOptions {
  /** What is compared: boxes or masks. */
  iouType: "bbox" | "segmentation";
  /** How many detections of an image and class count, the best ones, rising. Default 1, 10, 100; AP is that of the last. */
  maxDetections?: readonly number[];
  /** A detection needs at least such an IoU, in (0, 1]. Default 0.5, 0.55, … 0.95. */
  iouThresholds?: readonly number[];
  /** What a score is without any reference that counts; such cells enter no mean. Default −1, as COCO; NaN is the safer choice. */
  undefinedValue?: number;
}

/** Result of {@link cocoAveragePrecision}. */
export interface CocoAveragePrecision {
  /** AP: mean over IoU thresholds, recalls and classes. */
  averagePrecision: number;
  /** AP at IoU 0.5; undefined if that is no threshold. */
  averagePrecision50: number;
  /** AP at IoU 0.75; undefined if that is no threshold. */
  averagePrecision75: number;
  /** AP of areas up to 32². */
  averagePrecisionSmall: number;
  /** AP of areas from 32² to 96². */
  averagePrecisionMedium: number;
  /** AP of areas from 96². */
  averagePrecisionLarge: number;
  /** AR: mean over IoU thresholds and classes of the last recall, one for each of `maxDetections`. */
  averageRecall: number[];
  averageRecallSmall: number;
  averageRecallMedium: number;
  averageRecallLarge: number;
  /** The classes that occur, rising. */
  classes: number[];
  /** AP of each class. */
  classAveragePrecision: number[];
  /** Axes: IoU threshold, recall 0 … 1 by 0.01, class, area (all, small, medium, large), `maxDetections`. */
  precision: { data: Float64Array; shape: readonly number[] };
  /** Axes: IoU threshold, class, area, `maxDetections`. */
  recall: { data: Float64Array; shape: readonly number[] };
}

const areas: readonly (readonly [number, number])[] = [
  [0, 1e10],
  [0, 32 ** 2],
  [32 ** 2, 96 ** 2],
  [96 ** 2, 1e10],
];

/**
 * Average precision and recall of detected objects, as pycocotools computes them.
 *
 * @param images at least one, each with what is to be found and what was found
 * @param options `iouType` is required
 * @throws ArgumentError, ShapeError or RangeArgumentError for an instance without box or mask, masks of unlike shape, a score that is no
 * finite number
 * @example
 * ```ts
 * const images = [{ references: [{ class: 1, box: [10, 20, 30, 40] }], detections: [{ class: 1, box: [11, 20, 30, 38], score: 0.9 }] }];
 * cocoAveragePrecision(images, { iouType: "bbox" }).averagePrecision; // 0.9
 * ```
 *
 * Source: Lin and others 2014 (`lin2014`) and the rules of pycocotools.
 */
export function cocoAveragePrecision(
  images: readonly CocoImage[],
  options: CocoAveragePrecisionOptions,
): CocoAveragePrecision {
  const name = "cocoAveragePrecision";
  const {
    iouType,
    maxDetections = [1, 10, 100],
    iouThresholds = Array.from({ length: 10 }, (_, k) => (k === 9 ? 0.95 : 0.5 + k * ((0.95 - 0.5) / 9))),
    undefinedValue = -1,
  } = expectOptions(name, options, ["iouType", "maxDetections", "iouThresholds", "undefinedValue"]);
  expectOneOf(name, "iouType", iouType, ["bbox", "segmentation"]);
  maxDetections.forEach((count, k) => {
    expectNumber(name, `maxDetections[${k}]`, count, { integer: true, min: 1, above: maxDetections[k - 1] ?? 0 });
  });
  iouThresholds.forEach((t, k) => {
    expectNumber(name, `iouThresholds[${k}]`, t, { above: 0, max: 1 });
  });
  if (!Array.isArray(images) || images.length === 0) {
    throw new ArgumentError({
      functionName: name,
      argument: "images",
      expected: "be a list of images",
      received: images,
    });
  }
  const boxes = iouType === "bbox";
  const regions = images.map(({ references, detections }: CocoImage, k) => {
    const shape = {};
    return {
      references: readRegions(name, `images[${k}].references`, references, false, boxes, shape),
      detections: readRegions(name, `images[${k}].detections`, detections, true, boxes, shape),
    };
  });
  const all = regions.flatMap(({ references, detections }) => [...references, ...detections]);
  const classes = [...new Set(all.map((region) => region.class))].sort((a, b) => a - b);
  const [T, K, A, M] = [iouThresholds.length, classes.length, areas.length, maxDetections.length] as const;
  const precision = new Float64Array(T * 101 * K * A * M).fill(undefinedValue);
  const recall = new Float64Array(T * K * A * M).fill(undefinedValue);
  const defined = new Uint8Array(K * A);
  classes.forEach((id, k) => {
    const own = (list: Region[]): Region[] => list.filter((region) => region.class === id);
    const tasks = regions.map((one) =>
      matchingTask(own(one.references), own(one.detections), boxes, maxDetections[M - 1]!),
    );
    areas.forEach((range, a) => {
      const matched = tasks.map((task) => matchDetections(task, iouThresholds, range));
      const positives = matched.reduce((sum, image) => sum + image.positives, 0);
      if (positives === 0) return;
      defined[k * A + a] = 1;
      const outcomes = matched.flatMap((image) => image.outcomes).sort((x, y) => y.score - x.score);
      maxDetections.forEach((most, m) => {
        const counted = outcomes.filter((outcome) => outcome.rank < most);
        for (let t = 0; t < T; t++) {
          const curve = sampledCurve(counted, t, positives);
          const cell = (k * A + a) * M + m;
          curve.precision.forEach((value, r) => {
            precision[(t * 101 + r) * K * A * M + cell] = value;
          });
          recall[t * K * A * M + cell] = curve.recall;
        }
      });
    });
  });
  /** Mean over the cells of one area and limit, of some thresholds and classes. */
  const mean = (values: Float64Array, a: number, m: number, threshold?: number, only?: number): number => {
    const perThreshold = values.length / T;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < values.length; i++) {
      const cell = Math.floor(i / M) % (K * A);
      const k = Math.floor(cell / A);
      if (i % M !== m || cell % A !== a || defined[cell] === 0 || (only !== undefined && k !== only)) continue;
      if (threshold !== undefined && Math.abs(iouThresholds[Math.floor(i / perThreshold)]! - threshold) > 1e-9)
        continue;
      sum += values[i]!;
      count++;
    }
    return count === 0 ? undefinedValue : sum / count;
  };
  const last = M - 1;
  return {
    averagePrecision: mean(precision, 0, last),
    averagePrecision50: mean(precision, 0, last, 0.5),
    averagePrecision75: mean(precision, 0, last, 0.75),
    averagePrecisionSmall: mean(precision, 1, last),
    averagePrecisionMedium: mean(precision, 2, last),
    averagePrecisionLarge: mean(precision, 3, last),
    averageRecall: maxDetections.map((_, m) => mean(recall, 0, m)),
    averageRecallSmall: mean(recall, 1, last),
    averageRecallMedium: mean(recall, 2, last),
    averageRecallLarge: mean(recall, 3, last),
    classes,
    classAveragePrecision: classes.map((_, k) => mean(precision, 0, last, undefined, k)),
    precision: { data: precision, shape: [T, 101, K, A, M] },
    recall: { data: recall, shape: [T, K, A, M] },
  };
}

/** Precision at 101 recalls, made to fall, and the last recall. */
function sampledCurve(outcomes: Outcome[], t: number, positives: number): { precision: Float64Array; recall: number } {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let hits = 0;
  let misses = 0;
  for (const { results } of outcomes) {
    if (results[t] === 1) hits++;
    if (results[t] === 0) misses++;
    recalls.push(hits / positives);
    precisions.push(hits / (hits + misses + Number.EPSILON));
  }
  const precision = new Float64Array(101);
  let best = 0;
  // From the right: the highest precision at this recall or a larger one.
  for (let i = recalls.length - 1, r = 100; i >= 0; i--) {
    best = Math.max(best, precisions[i]!);
    // Recalls are k·0.01, as numpy's linspace makes them, not k/100.
    for (; r >= 0 && r * 0.01 > (recalls[i - 1] ?? -1); r--) precision[r] = r * 0.01 <= recalls[i]! ? best : 0;
  }
  return { precision, recall: hits / positives };
}
