import { expectBoolean, expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, maximum, mul, reshape, scalar, sum, tidy } from "@tensorflow/tfjs-core";
import { channelVector } from "../input/channelVector.js";
import { expectClasses } from "../input/expectClasses.js";
import { expectForeground } from "../input/expectForeground.js";
import { logOdds, logProbability } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import { resolveOptions } from "../input/lossOptions.js";
import type { Activation } from "../input/probability.js";
import type { DistributionOptions } from "./distributionInput.js";
import { distributionDefaults, elementScale, elementWeights, inverse } from "./distributionInput.js";
import { elementLoss } from "./elementLoss.js";
import { binaryFactorElement, binaryFocalElement } from "./focalElement.js";
import { softmaxFocalElement } from "./softmaxFocalElement.js";

/** Options of {@link focalLoss}. */
export interface FocalLossOptions extends DistributionOptions {
  /** `sigmoid`: each channel by itself; `softmax`: classes that exclude each other. Default: `sigmoid` for one channel. */
  activation?: Activation;
  /** Exponent γ ≥ 0; 0 is the cross-entropy, to the bit. Default 2. */
  gamma?: number;
  /** Factor α in [0, 1] where t = 1 and 1 − α where t = 0 (softmax: for classes above 0, and for class 0). Default: none. */
  alpha?: number;
  /** Count channel 0; false drops it. Default true. */
  background?: boolean;
  /** Divide by the sum of the factors in place of the number of elements. Default false. */
  normalized?: boolean;
  /** r in (0, 1): the factor is ((1 − p_t)/r)^γ where p_t ≥ r, and 1 below. Default: none. */
  reducedThreshold?: number;
  /**
   * MONAI's reductions (softmax: the mean is also over classes; `sum` adds means over space; weights multiply only), smp's (logits, sigmoid
   * form, the sum over channels of their means, also after `normalized`), or α 0.25 as the paper's best. Default: Σ w·ℓ / Σ w, the softmax
   * form over voxels.
   */
  reference?: "monai" | "smp" | "paper";
}

interface FocalDefaults {
  activation: Activation | undefined;
  alpha: number | undefined;
  reducedThreshold: number | undefined;
}
const focalDefaults: FocalDefaults = { activation: undefined, alpha: undefined, reducedThreshold: undefined };
const defaults = { ...distributionDefaults, ...focalDefaults, background: true, gamma: 2, normalized: false };
const presets = {
  monai: { activation: "sigmoid" },
  smp: { fromLogits: true, activation: "sigmoid" },
  paper: { alpha: 0.25 },
} as const;

/**
 * Focal loss (1 − p_t)^γ·(−ln p_t), p_t the probability of what is true, by default averaged.
 *
 * One fused operation: between forward and backward pass it holds logits and targets and nothing else of their size.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar; with reduction `none` the loss of each element (softmax: of each voxel, without the channel axis)
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `focalLoss(masks, logits, { fromLogits: true, gamma: 2, alpha: 0.25 })`
 *
 * Source: Lin et al. 2017 (`lin2017`).
 */
export function focalLoss(yTrue: Tensor, yPred: Tensor, options: FocalLossOptions = {}): Scalar {
  const name = "focalLoss";
  const settings = resolveOptions(name, options, defaults, presets);
  const { gamma, alpha, normalized, reducedThreshold: threshold, fromLogits, background, reduction } = settings;
  const { reference } = options;
  expectNumber(name, "gamma", gamma, { min: 0 });
  if (alpha !== undefined) expectNumber(name, "alpha", alpha, { min: 0, max: 1 });
  if (threshold !== undefined) expectNumber(name, "reducedThreshold", threshold, { above: 0, below: 1 });
  expectBoolean(name, "normalized", normalized);
  return tidy(() => {
    const { t, keep } = lossInput(name, yTrue, yPred, settings, 3);
    const channels = yPred.shape.at(-1)!;
    const { activation = channels === 1 ? "sigmoid" : "softmax" } = settings;
    const isSoftmax = activation === "softmax";
    if (isSoftmax) expectClasses(name, yPred);
    const z = fromLogits ? yPred : isSoftmax ? logProbability(yPred) : logOdds(yPred);
    expectForeground(name, yPred, background);
    const { classWeights } = background ? settings : { classWeights: withoutFirst(settings.classWeights, channels) };
    const weights = elementWeights(keep, classWeights);
    const wanted = weights === undefined ? t : mul(t, weights);
    const balance = alpha === undefined ? undefined : isSoftmax ? ofClasses(alpha, channels) : ofTarget(alpha, t);
    const weight = product(weights, balance);
    const constants = isSoftmax ? [product(wanted, balance)!] : weight === undefined ? [t] : [t, weight];
    const focal = { gamma, threshold };
    const element = isSoftmax ? softmaxFocalElement(focal, fromLogits) : binaryFocalElement(focal);
    const squeeze = (x: Tensor) => (isSoftmax ? reshape(x, yPred.shape.slice(0, -1)) : x);
    const scale = (): Tensor => {
      const { size } = yPred;
      if (reduction === "sum") return scalar(reference === "monai" ? (yPred.shape[0]! * channels) / size : 1);
      if (reference === "monai") return scalar(1 / (background ? size : size - size / channels));
      if (reference === "smp") return keep === undefined ? scalar(channels / size) : inverse(sum(keep));
      if (isSoftmax) return weights === undefined ? scalar(channels / size) : inverse(sum(wanted));
      return elementScale(yPred, weights, "mean")!;
    };
    if (!normalized) {
      if (reduction === "none") return squeeze(elementLoss(z, constants, element)) as Scalar;
      return elementLoss(z, constants, element, scale() as Scalar) as Scalar;
    }
    const factor = isSoftmax ? softmaxFocalElement(focal, fromLogits, true) : binaryFactorElement(focal);
    const factorConstants = isSoftmax ? [wanted] : weights === undefined ? [t] : [t, weights];
    // smp normalises each channel by itself.
    const total = (x: Tensor) => (reference === "smp" ? sum(reshape(x, [-1, channels]), 0) : sum(x));
    const losses = elementLoss(z, constants, element);
    const norm = maximum(total(elementLoss(z, factorConstants, factor)), 1e-6);
    if (reduction === "none") return squeeze(div(losses, norm)) as Scalar;
    const ratio = sum(div(total(losses), norm));
    return (reference === "smp" && reduction === "mean" ? mul(ratio, scale()) : ratio) as Scalar;
  });
}

function withoutFirst(weights: readonly number[] | undefined, channels: number): number[] {
  return Array.from({ length: channels }, (_, k) => (k === 0 ? 0 : (weights?.[k] ?? 1)));
}

function product(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a === undefined || b === undefined ? (a ?? b) : mul(a, b);
}

/** α where t = 1, 1 − α where t = 0. */
function ofTarget(alpha: number, t: Tensor): Tensor {
  return add(mul(t, 2 * alpha - 1), 1 - alpha);
}

/** 1 − α for class 0, α for the others. */
function ofClasses(alpha: number, channels: number): Tensor {
  return channelVector(Array.from({ length: channels }, (_, k) => (k === 0 ? 1 - alpha : alpha)));
}
