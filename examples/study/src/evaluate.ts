import { confusionMatrix, diceScore, jaccardIndex, precision, recall, surfaceMetrics } from "@ddl/metrics";
import type { NdArray } from "ndarray";
import type { MetricName } from "./metrics.js";

/**
 * Every metric of a study for one patient: volumes against volumes, on the original grid.
 *
 * The set publishes no slice thickness, so that distances are in voxels, with the distance of neighbouring slices taken as one voxel.
 * A missed or invented lesion gets the worst value, never none (`oneEmpty: "worst"`).
 */
export function evaluatePatient(
  reference: NdArray<Uint8Array>,
  prediction: NdArray<Uint8Array>,
): Record<MetricName, number> {
  const counts = confusionMatrix(reference, prediction, { classes: 2 });
  const surfaces = surfaceMetrics(reference, prediction, { tolerance: 1 });
  return {
    dice: diceScore(counts),
    iou: jaccardIndex(counts),
    precision: precision(counts),
    recall: recall(counts),
    nsd: surfaces.normalizedSurfaceDice,
    hd95: surfaces.robustHausdorffDistance,
    assd: surfaces.averageSymmetricSurfaceDistance,
  };
}
