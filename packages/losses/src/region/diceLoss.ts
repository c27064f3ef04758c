import { expectBoolean } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { resolveOptions } from "../input/lossOptions.js";
import type { RatioOptions } from "./ratioLoss.js";
import { monaiRatio, negativeLog, ratioDefaults, ratioLoss, smpRatio } from "./ratioLoss.js";

/** Options of {@link diceLoss}. */
export interface DiceLossOptions extends RatioOptions {
  /** Σp² and Σt² in the denominator (V-Net, MONAI's `squared_pred`). Default false. */
  squared?: boolean;
  /** −ln(dice) in place of 1 − dice. Default false. */
  logLoss?: boolean;
  /**
   * The defaults of MONAI (`sample-class`, 1e-5 added to both parts), of smp (logits, `class`, nothing added, an absent class 0) or of
   * the V-Net paper (squared, `sample-class`, nothing added). Default: Buda's, 1 added to both, over `all`.
   */
  reference?: "monai" | "smp" | "paper";
}

const defaults = { ...ratioDefaults, squared: false, logLoss: false };
const presets = {
  monai: monaiRatio,
  smp: smpRatio,
  paper: { over: "sample-class", smooth: 0, squared: true },
} as const;

/**
 * Soft Dice loss 1 − (2·Σpt + s) / (Σp + Σt + s), the mean over groups and classes.
 *
 * One fused operation: between forward and backward pass it holds the probabilities and nothing else of their size.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar, in [0, 1] for probabilities; with reduction `none` (samples, classes), (classes) or a scalar, as `over` says
 * @throws ShapeError for fewer than three axes or differing shapes; RangeArgumentError for a negative `smooth`; ArgumentError
 * @example `diceLoss(masks, logits, { fromLogits: true, over: "sample-class" })`
 *
 * Source: Milletari, Navab and Ahmadi 2016 (`milletari2016`), without the squares, as Buda et al. 2019 (`buda2019`).
 */
export function diceLoss(yTrue: Tensor, yPred: Tensor, options: DiceLossOptions = {}): Scalar {
  const settings = resolveOptions("diceLoss", options, defaults, presets);
  expectBoolean("diceLoss", "squared", settings.squared);
  expectBoolean("diceLoss", "logLoss", settings.logLoss);
  const ratio = { numerator: 2, overlap: 0, predicted: 1, target: 1, squared: settings.squared };
  return ratioLoss("diceLoss", yTrue, yPred, settings, ratio, settings.logLoss ? negativeLog : undefined);
}
