import { diceScore, hausdorffDistance, jaccardIndex, precision, recall } from "@ddl/metrics";
import type { NdArray } from "ndarray";
import type { MetricName } from "./config/schema.js";

/**
 * Every metric of a study for one patient: volumes against volumes, on the original grid.
 *
 * The set publishes no slice thickness, so that the Hausdorff distance is in voxels, with the distance of neighbouring slices
 * taken as one voxel. A missed or invented lesion gets the worst value, never none (`oneEmpty: "worst"`).
 */
export function evaluatePatient(
  reference: NdArray<Uint8Array>,
  prediction: NdArray<Uint8Array>,
): Record<MetricName, number> {
  return {
    dice: diceScore(reference, prediction),
    iou: jaccardIndex(reference, prediction),
    precision: precision(reference, prediction),
    recall: recall(reference, prediction),
    hd95: hausdorffDistance(reference, prediction, { percentile: 95 }),
  };
}
