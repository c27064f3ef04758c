import { expectNumber, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, mul, scalar, tidy } from "@tensorflow/tfjs-core";
import { channelVector } from "../input/channelVector.js";
import { logOdds } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import { resolveOptions } from "../input/lossOptions.js";
import { binaryElement, unevenBinaryElement } from "./binaryElement.js";
import type { DistributionOptions } from "./distributionInput.js";
import { distributionDefaults, elementScale, elementWeights } from "./distributionInput.js";
import { elementLoss } from "./elementLoss.js";

/** Options of {@link binaryCrossEntropy}. */
export interface BinaryCrossEntropyOptions extends DistributionOptions {
  /** Factor ≥ 0 of the loss where t is 1, one for all channels or one each; the mean is not divided by it. Default 1. */
  positiveWeight?: number | readonly number[];
  /** s in [0, 1): targets become t·(1 − s) + s/2. Default 0. */
  labelSmoothing?: number;
  /** smp's mean, over every voxel, the ignored ones too. Default: Σ w·ℓ / Σ w over those that count. */
  reference?: "smp";
}

const defaults = {
  ...distributionDefaults,
  positiveWeight: 1 as number | readonly number[],
  labelSmoothing: 0,
};

/**
 * Binary cross-entropy −(w₊·t·ln p + (1 − t)·ln(1 − p)), by default averaged over every element; each channel is a class of its own.
 *
 * From logits it is exact and its gradient finite for any finite logit; clipped probabilities have gradient 0 beyond the clip. One
 * fused operation: between forward and backward pass it holds the logits and the targets and nothing else of their size.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (…, classes)
 * @returns a scalar; with reduction `none` the loss of each element
 * @throws ShapeError if the shapes differ; RangeArgumentError, ArgumentError
 * @example `model.compile({ optimizer: "adam", loss: (t, z) => binaryCrossEntropy(t, z, { fromLogits: true }) })`
 */
export function binaryCrossEntropy(yTrue: Tensor, yPred: Tensor, options: BinaryCrossEntropyOptions = {}): Scalar {
  const name = "binaryCrossEntropy";
  const settings = resolveOptions(name, options, defaults, { smp: {} });
  const { positiveWeight, labelSmoothing, classWeights, reduction, fromLogits } = settings;
  expectNumber(name, "labelSmoothing", labelSmoothing, { min: 0, below: 1 });
  for (const weight of [positiveWeight].flat()) expectNumber(name, "positiveWeight", weight, { min: 0 });
  return tidy(() => {
    const { t, keep } = lossInput(name, yTrue, yPred, settings, 0);
    const channels = yPred.shape.at(-1) ?? 1;
    if (Array.isArray(positiveWeight) && positiveWeight.length !== channels) {
      const expected = `be a number or have ${channels} ${channels === 1 ? "entry" : "entries"}, one a channel of yPred`;
      throw new ShapeError({
        functionName: name,
        argument: "positiveWeight",
        expected,
        received: positiveWeight.length,
      });
    }
    const target = labelSmoothing === 0 ? t : add(mul(t, 1 - labelSmoothing), labelSmoothing / 2);
    const weights = elementWeights(keep, classWeights);
    const scale = elementScale(yPred, weights, reduction, options.reference === "smp");
    const z = fromLogits ? yPred : logOdds(yPred);
    const extra = weights === undefined ? [] : [weights];
    if (positiveWeight === 1) return elementLoss(z, [target, ...extra], binaryElement, scale) as Scalar;
    const positive = Array.isArray(positiveWeight) ? channelVector(positiveWeight) : scalar(positiveWeight as number);
    return elementLoss(z, [target, positive, scalar(1), ...extra], unevenBinaryElement, scale) as Scalar;
  });
}
