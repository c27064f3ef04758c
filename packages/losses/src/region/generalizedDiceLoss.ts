import { expectBoolean, expectOneOf } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  div,
  greater,
  max,
  maximum,
  mul,
  onesLike,
  reshape,
  square,
  sub,
  sum,
  tidy,
  where,
} from "@tensorflow/tfjs-core";
import type { RegionOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import { reduceLosses } from "../input/reduceLosses.js";
import type { RegionSettings, Smooth } from "./ratioLoss.js";
import { expectSmooth, regionDefaults, regionSums } from "./ratioLoss.js";

/** Options of {@link generalizedDiceLoss}. */
export interface GeneralizedDiceLossOptions extends Omit<RegionOptions, "over" | "classWeights"> {
  /** One ratio for each sample (`sample-class`, default) or one for the batch (`class`). */
  over?: "sample-class" | "class";
  /** A class weighs 1/T² (`square`, default), 1/T (`simple`) or 1 (`uniform`), T = Σt. */
  weighting?: "square" | "simple" | "uniform";
  /**
   * Divide the weights by the largest of the group; without it `smooth` decides the loss of big volumes, whose 1/T² is smaller.
   * Default true.
   */
  normalizeWeights?: boolean;
  /** Added to numerator and denominator, or [to the one, to the other], ≥ 0. Default 1e-5. */
  smooth?: Smooth;
  /** MONAI's defaults (weights not divided) or the paper's (nothing added, over the batch). */
  reference?: "monai" | "paper";
}

interface Settings extends RegionSettings {
  weighting: "square" | "simple" | "uniform";
  normalizeWeights: boolean;
  smooth: Smooth;
}

const { classWeights: _, ...common } = regionDefaults;
const defaults: Omit<Settings, "classWeights"> = {
  ...common,
  over: "sample-class",
  weighting: "square",
  normalizeWeights: true,
  smooth: 1e-5,
};
const presets = { monai: { normalizeWeights: false }, paper: { over: "class", smooth: 0 } } as const;

/**
 * Generalised Dice loss 1 − (2·Σ w·tp + s) / (Σ w·(P + T) + s): sums over classes with weights from the size of each in the target. A
 * class that is absent weighs as much as the heaviest that is there; without any the loss is 0. The weights carry no gradient.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar, in [0, 1] for probabilities; with reduction `none` one value a sample, or a scalar over the batch
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `generalizedDiceLoss(labels, logits, { fromLogits: true })`
 *
 * Source: Sudre et al. 2017 (`sudre2017`).
 */
export function generalizedDiceLoss(yTrue: Tensor, yPred: Tensor, options: GeneralizedDiceLossOptions = {}): Scalar {
  const name = "generalizedDiceLoss";
  const settings = resolveOptions(name, options, defaults, presets);
  const { over, reduction, weighting, normalizeWeights } = settings;
  expectOneOf(name, "over", over, ["sample-class", "class"]);
  expectOneOf(name, "weighting", weighting, ["square", "simple", "uniform"]);
  expectBoolean(name, "normalizeWeights", normalizeWeights);
  const [above, below] = expectSmooth(name, settings.smooth);
  return tidy(() => {
    const { overlap, predicted, target } = regionSums(name, yTrue, yPred, { ...settings, classWeights: undefined });
    const weights = classWeights(target, weighting, normalizeWeights);
    const numerator = add(mul(2, sum(mul(weights, overlap), 1)), above);
    const denominator = add(sum(mul(weights, add(predicted, target)), 1), below);
    // No class at all: weights and both sums are 0, and so is the loss, whatever is added.
    const isEmpty = sub(1, greaterZero(max(weights, 1)));
    const ratio = div(add(numerator, isEmpty), maximum(add(denominator, isEmpty), 1e-30));
    const losses = sub(1, ratio);
    return reduceLosses(over === "class" ? reshape(losses, []) : losses, reduction);
  });
}

function greaterZero(x: Tensor): Tensor {
  return where(greater(x, 0), onesLike(x), mul(x, 0));
}

function classWeights(size: Tensor, weighting: Settings["weighting"], normalize: boolean): Tensor {
  if (weighting === "uniform") return onesLike(size);
  const isThere = greaterZero(size);
  // 1/T first: T² of a volume leaves the range of half precision.
  const simple = div(isThere, maximum(size, 1e-30));
  const finite = weighting === "square" ? square(simple) : simple;
  const most = max(finite, 1, true);
  const filled = add(finite, mul(sub(1, isThere), most));
  return normalize ? div(filled, maximum(most, 1e-30)) : filled;
}
