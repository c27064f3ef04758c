import { expectNumber, expectOptions } from "@ddl/core";
import type { ArrayInput } from "../input/values.js";
import { assignment } from "./assignment.js";
import { countOverlaps } from "./overlaps.js";

/** Options of {@link matchInstances}. */
export interface MatchInstancesOptions {
  /** A pair matches if its IoU is greater than this, in [0, 1). Default 0.5, above which no instance can have two partners. */
  threshold?: number;
}

/** A reference and a predicted instance that belong together. */
export interface InstancePair {
  reference: number;
  prediction: number;
  iou: number;
}

/** Result of {@link matchInstances}: every instance once, by rising label of the reference or else the prediction. */
export interface InstanceMatching {
  matches: InstancePair[];
  unmatchedReferences: number[];
  unmatchedPredictions: number[];
}

/**
 * Pairs the instances of two label images one to one by their intersection over union.
 *
 * Under a threshold of 0.5 partners are not unique: then the pairs with the largest sum of IoU are taken before those at or below
 * the threshold are dropped, as MONAI does (O(n³) in the number of instances that overlap another).
 *
 * @param reference labels of instances, integers ≥ 0, 0 being background; any shape
 * @param prediction the same shape; its labels need not be those of the reference
 * @throws ShapeError if the shapes differ; RangeArgumentError for another label or a threshold outside [0, 1)
 * @example `matchInstances([1, 1, 0, 2], [7, 7, 7, 0]).matches // [{ reference: 1, prediction: 7, iou: 2 / 3 }]`
 *
 * Source: Kirillov, He, Girshick, Rother and Dollár 2019 (`kirillov2019`), section 4.1.
 */
export function matchInstances(
  reference: ArrayInput,
  prediction: ArrayInput,
  options: MatchInstancesOptions = {},
): InstanceMatching {
  const { threshold = 0.5 } = expectOptions("matchInstances", options, ["threshold"]);
  expectThreshold("matchInstances", threshold);
  const { references, predictions, shared } = countOverlaps("matchInstances", reference, prediction);
  const pairs: InstancePair[] = [];
  for (const [r, row] of shared) {
    for (const [p, both] of row) {
      const iou = both / (references.get(r)! + predictions.get(p)! - both);
      if (r !== 0 && p !== 0) pairs.push({ reference: r, prediction: p, iou });
    }
  }
  const matches = oneToOne(pairs, threshold);
  const rest = (labels: Map<number, number>, side: "reference" | "prediction"): number[] => {
    const taken = new Set(matches.map((match) => match[side]));
    return [...labels.keys()].filter((label) => label !== 0 && !taken.has(label)).sort((a, b) => a - b);
  };
  return {
    matches,
    unmatchedReferences: rest(references, "reference"),
    unmatchedPredictions: rest(predictions, "prediction"),
  };
}

/** Checks the threshold of a matching. @throws RangeArgumentError */
export function expectThreshold(functionName: string, threshold: number): void {
  expectNumber(functionName, "threshold", threshold, { min: 0, below: 1 });
}

/** The pairs above the threshold that match one to one, by rising label of the reference. */
export function oneToOne(pairs: InstancePair[], threshold: number): InstancePair[] {
  let chosen = pairs;
  if (threshold < 0.5) {
    const rows = [...new Set(pairs.map((pair) => pair.reference))];
    const columns = [...new Set(pairs.map((pair) => pair.prediction))];
    const found = new Map(pairs.map((pair) => [`${pair.reference} ${pair.prediction}`, pair]));
    const table = rows.map((r) => columns.map((p) => found.get(`${r} ${p}`)));
    const columnOf = assignment(rows.length, columns.length, (i, j) => table[i]![j]?.iou ?? 0);
    chosen = columnOf.flatMap((j, i) => table[i]![j] ?? []);
  }
  return chosen.filter((pair) => pair.iou > threshold).sort((a, b) => a.reference - b.reference);
}
