import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import { expectNumberOrNaN } from "../input/expectNumberOrNaN.js";
import type { CocoImage, Region } from "./cocoInstances.js";
import { readRegions } from "./cocoInstances.js";
import { matchDetections, matchingTask } from "./cocoMatching.js";
import { expectList } from "./expectList.js";

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
 * cocoAveragePrecision(images, { iouType: "bbox" }).averagePrecision; // 0.8: an IoU of 0.89 passes eight of ten thresholds
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
  expectNumberOrNaN(name, "undefinedValue", undefinedValue);
  expectList(name, "maxDetections", maxDetections, 1);
  expectList(name, "iouThresholds", iouThresholds, 1);
  maxDetections.forEach((count, k) => {
    expectNumber(name, `maxDetections[${k}]`, count, { integer: true, min: 1, above: maxDetections[k - 1] ?? 0 });
  });
  iouThresholds.forEach((t, k) => {
    expectNumber(name, `iouThresholds[${k}]`, t, { above: 0, max: 1 });
  });
  expectList(name, "images", images, 1);
  const boxes = iouType === "bbox";
  const regions = images.map(({ references, detections }: CocoImage, k) => {
    const shape = {};
    return [
      readRegions(name, `images[${k}].references`, references, false, boxes, shape),
      readRegions(name, `images[${k}].detections`, detections, true, boxes, shape),
    ];
  });
  const classes = [...new Set(regions.flat(2).map((region) => region.class))].sort((a, b) => a - b);
  const [T, K, A, M] = [iouThresholds.length, classes.length, areas.length, maxDetections.length] as const;
  const cells = K * A * M;
  const precision = new Float64Array(T * 101 * cells).fill(undefinedValue);
  const recall = new Float64Array(T * cells).fill(undefinedValue);
  // Means over the recalls, and which classes have references that count.
  const means = recall.slice();
  const defined = new Uint8Array(K * A);
  classes.forEach((id, k) => {
    const own = (list: Region[]): Region[] => list.filter((region) => region.class === id);
    const tasks = regions.map(([references, detections]) =>
      matchingTask(own(references!), own(detections!), boxes, maxDetections[M - 1]!),
    );
    areas.forEach((range, a) => {
      let positives = 0;
      const outcomes = tasks
        .flatMap((task) => {
          const image = matchDetections(task, iouThresholds, range);
          positives += image.positives;
          return image.outcomes;
        })
        .sort((x, y) => y.score - x.score);
      if (positives === 0) return;
      defined[k * A + a] = 1;
      maxDetections.forEach((most, m) => {
        const counted = outcomes.filter((outcome) => outcome.rank < most);
        for (let t = 0; t < T; t++) {
          const cell = (k * A + a) * M + m;
          const at = t * cells + cell;
          const results = counted.map((outcome) => outcome.results[t]!);
          recall[at] = results.filter((result) => result > 0).length / positives;
          const sampled = sampledPrecision(results, positives);
          means[at] = sampled.reduce((sum, value) => sum + value, 0) / 101;
          for (let r = 0; r <= 100; r++) precision[(t * 101 + r) * cells + cell] = sampled[r]!;
        }
      });
    });
  });
  /** Mean over the thresholds and classes that are kept, for one range of areas and one limit. */
  const mean = (
    values: Float64Array,
    a: number,
    m = M - 1,
    kept = (_t: number, _k: number): boolean => true,
  ): number => {
    let sum = 0;
    let count = 0;
    for (let t = 0; t < T; t++) {
      for (let k = 0; k < K; k++) {
        if (defined[k * A + a] === 0 || !kept(iouThresholds[t]!, k)) continue;
        sum += values[t * cells + (k * A + a) * M + m]!;
        count++;
      }
    }
    return count === 0 ? undefinedValue : sum / count;
  };
  const at = (threshold: number): number => mean(means, 0, M - 1, (t) => Math.abs(t - threshold) < 1e-9);
  return {
    averagePrecision: mean(means, 0),
    averagePrecision50: at(0.5),
    averagePrecision75: at(0.75),
    averagePrecisionSmall: mean(means, 1),
    averagePrecisionMedium: mean(means, 2),
    averagePrecisionLarge: mean(means, 3),
    averageRecall: maxDetections.map((_, m) => mean(recall, 0, m)),
    averageRecallSmall: mean(recall, 1),
    averageRecallMedium: mean(recall, 2),
    averageRecallLarge: mean(recall, 3),
    classes,
    classAveragePrecision: classes.map((_, own) => mean(means, 0, M - 1, (_t, k) => k === own)),
    precision: { data: precision, shape: [T, 101, K, A, M] },
    recall: { data: recall, shape: [T, K, A, M] },
  };
}

/** The precision at each of 101 recalls, made to fall; 0 where recall does not come. */
function sampledPrecision(results: number[], positives: number): number[] {
  const sampled = new Array<number>(101).fill(0);
  let hits = 0;
  let counted = 0;
  let recalls = 0;
  for (const result of results) {
    if (result >= 0) counted++;
    if (result > 0) hits++;
    // Recalls are k·0.01, as numpy's linspace makes them, not k/100.
    while (recalls <= 100 && recalls * 0.01 <= hits / positives) recalls++;
    // What is precise here is so for all recalls up to here.
    const precision = hits / (counted + Number.EPSILON);
    for (let r = recalls - 1; r >= 0 && sampled[r]! < precision; r--) sampled[r] = precision;
  }
  return sampled;
}
