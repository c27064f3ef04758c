import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { mul, scalar, sub, tidy } from "@tensorflow/tfjs-core";
import { unevenBinaryElement } from "../distribution/binaryElement.js";
import { elementScale } from "../distribution/distributionInput.js";
import { elementLoss } from "../distribution/elementLoss.js";
import { logOdds } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import type { RegionOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import { probability } from "../input/probability.js";
import type { Smooth } from "../region/ratioLoss.js";
import { given, ratioDefaults, ratioLoss } from "../region/ratioLoss.js";

/** Options of {@link comboLoss}. */
export interface ComboLossOptions extends Omit<RegionOptions, "classWeights" | "reduction"> {
  /** Share α of the cross-entropy, in [0, 1]; Dice has 1 − α. Default 0.5. */
  alpha?: number;
  /** Share β of positives in the cross-entropy, in [0, 1]: above ½ it punishes false negatives. Default 0.5. */
  beta?: number;
  /** Added to both parts of the Dice ratio, or [to the numerator, to the denominator], ≥ 0. Default 1. */
  smooth?: Smooth;
  /** The paper's: nothing added. */
  reference?: "paper";
}

const { classWeights, reduction, absent, ...own } = ratioDefaults;
const defaults = { ...own, alpha: 0.5, beta: 0.5 };

/**
 * Combo loss −α·mean(β·t·ln p + (1 − β)·(1 − t)·ln(1 − p)) − (1 − α)·Dice. Its values may be negative. The cross-entropy counts the
 * background in any case.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `comboLoss(masks, logits, { fromLogits: true, alpha: 0.5, beta: 0.7 })`
 *
 * Source: Taghanaki et al. 2019 (`taghanaki2019`), whose formula prints t − ln p for t·ln p.
 */
export function comboLoss(yTrue: Tensor, yPred: Tensor, options: ComboLossOptions = {}): Scalar {
  const name = "comboLoss";
  const settings = resolveOptions(name, options, defaults, { paper: { smooth: 0 } });
  const { alpha, beta, fromLogits, activation = yPred?.shape?.at(-1) === 1 ? "sigmoid" : "softmax" } = settings;
  expectNumber(name, "alpha", alpha, { min: 0, max: 1 });
  expectNumber(name, "beta", beta, { min: 0, max: 1 });
  return tidy(() => {
    const { t, keep } = lossInput(name, yTrue, yPred, settings, 3);
    const isBinary = fromLogits && activation === "sigmoid";
    const p = isBinary ? yPred : probability(name, yPred, given(settings));
    const weights = keep === undefined ? [] : [keep];
    const scale = elementScale(yPred, keep, "mean");
    const constants = [t, scalar(beta), scalar(1 - beta), ...weights];
    const entropy = elementLoss(isBinary ? p : logOdds(p), constants, unevenBinaryElement, scale);
    const dice = { ...settings, classWeights, reduction, absent, validate: false, fromLogits: isBinary, activation };
    const ratio = { numerator: 2, overlap: 0, predicted: 1, target: 1 };
    const score = ratioLoss(name, yTrue, p, dice, ratio, (value) => value);
    return sub(mul(entropy, alpha), mul(score, 1 - alpha)) as Scalar;
  });
}
