import { expectBoolean } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { resolveOptions } from "../input/lossOptions.js";
import type { RatioOptions } from "./ratioLoss.js";
import { monaiRatio, negativeLog, ratioDefaults, ratioLoss, smpRatio } from "./ratioLoss.js";

/** Options of {@link jaccardLoss}. */
export interface JaccardLossOptions extends RatioOptions {
  /** Σp² and Σt² in place of Σp and Σt (MONAI's `squared_pred`). Default false. */
  squared?: boolean;
  /** −ln(jaccard) in place of 1 − jaccard. Default false. */
  logLoss?: boolean;
  /**
   * The defaults of MONAI (`sample-class`, 1e-5 added to twice numerator and denominator) or of smp (logits, `class`, nothing added, an
   * absent class 0).
   */
  reference?: "monai" | "smp";
}

const defaults = { ...ratioDefaults, squared: false, logLoss: false };
const presets = { monai: monaiRatio, smp: smpRatio } as const;

/**
 * Soft Jaccard loss 1 − (Σpt + s) / (Σp + Σt − Σpt + s), the mean over groups and classes.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar, in [0, 1] for probabilities; with reduction `none` a tensor as `diceLoss`'s
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `jaccardLoss(labels, logits, { fromLogits: true, over: "class" })`
 *
 * Source: Rahman and Wang 2016 (`rahman2016`).
 */
export function jaccardLoss(yTrue: Tensor, yPred: Tensor, options: JaccardLossOptions = {}): Scalar {
  const settings = resolveOptions("jaccardLoss", options, defaults, presets);
  expectBoolean("jaccardLoss", "squared", settings.squared);
  expectBoolean("jaccardLoss", "logLoss", settings.logLoss);
  // MONAI doubles both parts before it adds.
  const k = options.reference === "monai" ? 2 : 1;
  const ratio = { numerator: k, overlap: -k, predicted: k, target: k, squared: settings.squared };
  return ratioLoss("jaccardLoss", yTrue, yPred, settings, ratio, settings.logLoss ? negativeLog : undefined);
}
