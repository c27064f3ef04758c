import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { sub } from "@tensorflow/tfjs-core";
import { resolveOptions } from "../input/lossOptions.js";
import { clampedPower } from "./clampedPower.js";
import type { RatioOptions, RatioSettings } from "./ratioLoss.js";
import { monaiRatio, ratioDefaults, ratioLoss, smpRatio } from "./ratioLoss.js";

/** Options of {@link tverskyLoss}. */
export interface TverskyLossOptions extends RatioOptions {
  /** Weight of false positives, ≥ 0. Default 0.5. */
  alpha?: number;
  /** Weight of false negatives, ≥ 0. Default 0.5. */
  beta?: number;
  /**
   * The defaults of MONAI (`sample-class`, 1e-5 added), of smp (logits, `class`, nothing added, an absent class 0), or of Salehi's paper
   * (α 0.3, β 0.7, nothing added, over `all`).
   */
  reference?: "monai" | "smp" | "paper";
}

const defaults = { ...ratioDefaults, alpha: 0.5, beta: 0.5 };
const presets = { monai: monaiRatio, smp: smpRatio, paper: { alpha: 0.3, beta: 0.7, smooth: 0 } } as const;

/**
 * Tversky loss 1 − (tp + s) / (tp + α·fp + β·fn + s) with tp = Σpt, fp = Σp(1 − t), fn = Σ(1 − p)t.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar, in [0, 1] for probabilities; with reduction `none` a tensor as `diceLoss`'s
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `tverskyLoss(labels, logits, { fromLogits: true, alpha: 0.3, beta: 0.7 })`
 *
 * Source: Salehi, Erdogmus and Gholipour 2017 (`salehi2017`).
 */
export function tverskyLoss(yTrue: Tensor, yPred: Tensor, options: TverskyLossOptions = {}): Scalar {
  const settings = resolveOptions("tverskyLoss", options, defaults, presets);
  return ratioLoss("tverskyLoss", yTrue, yPred, settings, tverskyRatio("tverskyLoss", settings));
}

/** Options of {@link focalTverskyLoss}. */
export interface FocalTverskyLossOptions extends Omit<TverskyLossOptions, "reference"> {
  /** The loss of a class is (1 − TI)^(1/γ); > 0. Default 4/3. */
  gamma?: number;
  /** The settings of Abraham's paper: α 0.3, β 0.7 (whose letters are exchanged there), γ 4/3, 1 added, over `all`. */
  reference?: "paper";
}

/**
 * Focal Tversky loss (1 − TI)^(1/γ), TI the index of {@link tverskyLoss}.
 *
 * The power has an infinite slope at a perfect prediction: below 1 − TI = 1e-7 the gradient is 0.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar, in [0, 1] for probabilities; with reduction `none` a tensor as `diceLoss`'s
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `focalTverskyLoss(masks, logits, { fromLogits: true, alpha: 0.3, beta: 0.7 })`
 *
 * Source: Abraham and Khan 2019 (`abraham2019`).
 */
export function focalTverskyLoss(yTrue: Tensor, yPred: Tensor, options: FocalTverskyLossOptions = {}): Scalar {
  const paper = { alpha: 0.3, beta: 0.7 };
  const settings = resolveOptions("focalTverskyLoss", options, { ...defaults, gamma: 4 / 3 }, { paper });
  const exponent = 1 / expectNumber("focalTverskyLoss", "gamma", settings.gamma, { above: 0 });
  const ratio = tverskyRatio("focalTverskyLoss", settings);
  return ratioLoss("focalTverskyLoss", yTrue, yPred, settings, ratio, (index) => clampedPower(sub(1, index), exponent));
}

function tverskyRatio(functionName: string, { alpha, beta }: RatioSettings & { alpha: number; beta: number }) {
  expectNumber(functionName, "alpha", alpha, { min: 0 });
  expectNumber(functionName, "beta", beta, { min: 0 });
  return { numerator: 1, overlap: 1 - alpha - beta, predicted: alpha, target: beta };
}
