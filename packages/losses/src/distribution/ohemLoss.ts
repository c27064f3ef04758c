import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import { resolveOptions } from "../input/lossOptions.js";
import { hardestMean } from "./hardestMean.js";
import type { VoxelOptions } from "./voxelEntropy.js";
import { voxelDefaults, voxelEntropy } from "./voxelEntropy.js";

/** Options of {@link ohemLoss}. */
export interface OhemLossOptions extends VoxelOptions {
  /** Voxels are hard whose true class has a probability below this, in (0, 1]. Default 0.7. */
  threshold?: number;
  /** The threshold is raised to the probability at this place (from 0) of the ascending order. An integer ≥ 0; default 100,000. */
  minKept?: number;
}

/**
 * Online hard example mining: the mean cross-entropy of voxels whose true class has a probability below θ, the larger of `threshold`
 * and the probability at place `minKept` of the ascending order. No voxel below θ: 0.
 *
 * The losses are read back and ordered on the host, so not on the backend `webgpu`; which voxels are chosen carries no gradient.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `ohemLoss(labels, logits, { fromLogits: true, threshold: 0.7, minKept: 5000 })`
 *
 * Source: Shrivastava, Gupta and Girshick 2016 (`shrivastava2016`), in the form of HRNet's segmentation.
 */
export function ohemLoss(yTrue: Tensor, yPred: Tensor, options: OhemLossOptions = {}): Scalar {
  const settings = resolveOptions("ohemLoss", options, { ...voxelDefaults, threshold: 0.7, minKept: 100_000 });
  const threshold = expectNumber("ohemLoss", "threshold", settings.threshold, { above: 0, max: 1 });
  const minKept = expectNumber("ohemLoss", "minKept", settings.minKept, { min: 0, integer: true });
  return tidy(() => {
    const { losses, keep } = voxelEntropy("ohemLoss", yTrue, yPred, settings);
    return hardestMean(losses, keep, (values, order, kept) => {
      if (kept === 0) return 0;
      // p < θ is ℓ > −ln θ.
      const limit = Math.min(-Math.log(threshold), values[order[Math.min(minKept, kept - 1)]!]!);
      let count = 0;
      while (count < kept && values[order[count]!]! > limit) count++;
      return count;
    });
  });
}
