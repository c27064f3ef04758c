import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { div, maximum, mul, scalar, sum, tidy } from "@tensorflow/tfjs-core";
import { channelVector } from "../input/channelVector.js";
import type { Reduction, ReductionOptions, TargetOptions } from "../input/lossOptions.js";

/** Options of every distribution loss. */
export interface DistributionOptions extends TargetOptions, ReductionOptions {
  /** `yPred` holds logits; otherwise probabilities, clipped to [1e-7, 1 − 1e-7]. Default false. */
  fromLogits?: boolean;
}

export interface DistributionSettings {
  fromLogits: boolean;
  classWeights: readonly number[] | undefined;
  ignoreIndex: number | undefined;
  reduction: Reduction;
  validate: boolean;
}

export const distributionDefaults: DistributionSettings = {
  fromLogits: false,
  classWeights: undefined,
  ignoreIndex: undefined,
  reduction: "mean",
  validate: false,
};

/** The weight of each element: class weight, 0 where ignored; undefined if all weigh 1. It broadcasts to the prediction's shape. */
export function elementWeights(
  keep: Tensor | undefined,
  classWeights: readonly number[] | undefined,
): Tensor | undefined {
  if (classWeights === undefined) return keep;
  const weights = channelVector(classWeights);
  return keep === undefined ? weights : mul(keep, weights);
}

/** One over a sum, or 0 where nothing is left to average. */
export function inverse(total: Tensor): Scalar {
  return div(1, maximum(total, 1e-12)) as Scalar;
}

/**
 * What the sum of a loss is multiplied with for a reduction; undefined for `none`. With `divideByAll` the mean is over every element,
 * whatever it weighs.
 */
export function elementScale(
  { size }: Tensor,
  weights: Tensor | undefined,
  reduction: Reduction,
  divideByAll = false,
): Scalar | undefined {
  if (reduction === "none") return undefined;
  if (reduction === "sum") return scalar(1);
  if (weights === undefined || divideByAll) return scalar(1 / size);
  // Broadcasting multiplies the sum: [.., 1] by the channels, [channels] by the voxels.
  return tidy(() => inverse(mul(sum(weights), size / weights.size)));
}
