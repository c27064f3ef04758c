import type { Region } from "./cocoInstances.js";
import { regionIou } from "./cocoInstances.js";

/** A detection of one image with what became of it at each IoU threshold. */
interface Outcome {
  score: number;
  /** How many detections of its image score higher. */
  rank: number;
  /** A threshold each: 1 true positive, 0 false positive, −1 ignored. */
  results: Int8Array;
}

/** What one image adds to a class in one range of areas. */
export interface ImageOutcome {
  outcomes: Outcome[];
  /** References that count. */
  positives: number;
}

/** One class of one image, prepared once for all ranges of areas. */
export interface MatchingTask {
  references: Region[];
  /** By falling score. */
  detections: Region[];
  /** IoU of each detection with each reference. */
  iou: number[][];
}

/** Sorts and cuts the detections of a class in an image, and forms all IoU. */
export function matchingTask(references: Region[], detections: Region[], boxes: boolean, most: number): MatchingTask {
  const best = [...detections].sort((a, b) => b.score - a.score).slice(0, most);
  const iou = best.map((detection) => references.map((reference) => regionIou(detection, reference, boxes)));
  return { references, detections: best, iou };
}

/** Gives each detection, the best score first, the free reference with the highest IoU; of equal ones the later. */
export function matchDetections(
  { references, detections, iou }: MatchingTask,
  thresholds: readonly number[],
  [low, high]: readonly [number, number],
): ImageOutcome {
  const outside = (region: Region): boolean => region.area < low || region.area > high;
  const ignored = references.map((reference) => reference.crowd || outside(reference));
  // Those that count come first, and once one of them is held no ignored one is looked at.
  const order = [...references.keys()].sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
  const outcomes = detections.map(({ score }, rank) => ({ score, rank, results: new Int8Array(thresholds.length) }));
  thresholds.forEach((threshold, t) => {
    const taken = new Set<number>();
    detections.forEach((detection, d) => {
      let least = Math.min(threshold, 1 - 1e-10);
      let match = -1;
      for (const g of order) {
        if (taken.has(g) && !references[g]!.crowd) continue;
        if (match >= 0 && !ignored[match] && ignored[g]) break;
        if (iou[d]![g]! < least) continue;
        least = iou[d]![g]!;
        match = g;
      }
      taken.add(match);
      outcomes[d]!.results[t] = match < 0 ? (outside(detection) ? -1 : 0) : ignored[match] ? -1 : 1;
    });
  });
  return { outcomes, positives: ignored.filter((out) => !out).length };
}
