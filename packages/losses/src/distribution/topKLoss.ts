import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import { resolveOptions } from "../input/lossOptions.js";
import { hardestMean } from "./hardestMean.js";
import type { VoxelOptions } from "./voxelEntropy.js";
import { voxelDefaults, voxelEntropy } from "./voxelEntropy.js";

/** Options of {@link topKLoss}. */
export interface TopKLossOptions extends VoxelOptions {
  /** Percentage of the voxels, in (0, 100]. Default 10. */
  k?: number;
}

/**
 * Cross-entropy of the hardest k percent of the voxels of the batch: the mean of the ⌊n·k/100⌋ largest, at least one.
 *
 * The losses are read back and ordered on the host, so not on the backend `webgpu`; which voxels are chosen carries no gradient.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `topKLoss(labels, logits, { fromLogits: true, k: 10 })`
 *
 * Source: as in nnU-Net (`isensee2021`), after Wu, Shen and van den Hengel 2016 (`wu2016`).
 */
export function topKLoss(yTrue: Tensor, yPred: Tensor, options: TopKLossOptions = {}): Scalar {
  const settings = resolveOptions("topKLoss", options, { ...voxelDefaults, k: 10 });
  const percent = expectNumber("topKLoss", "k", settings.k, { above: 0, max: 100 });
  return tidy(() => {
    const { losses, keep } = voxelEntropy("topKLoss", yTrue, yPred, settings);
    return hardestMean(losses, keep, (_values, _order, kept) =>
      Math.min(kept, Math.max(1, Math.floor((kept * percent) / 100))),
    );
  });
}
