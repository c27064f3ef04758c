import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { focalLoss } from "../distribution/focalLoss.js";
import type { DiceLossOptions } from "../region/diceLoss.js";
import { diceLoss } from "../region/diceLoss.js";
import { combine } from "./combine.js";
import { definedOnly, diceKeys, dicePart } from "./dicePart.js";

/** Options of {@link diceFocal}: those of the Dice part, and: */
export interface DiceFocalOptions extends Omit<DiceLossOptions, "reference" | "reduction"> {
  /** Weight of the Dice loss, ≥ 0. Default 1. */
  diceWeight?: number;
  /** Weight of the focal loss, ≥ 0. Default 1. */
  focalWeight?: number;
  /** Exponent γ ≥ 0 of the focal loss. Default 2. */
  gamma?: number;
  /** Balance α in [0, 1] of the focal loss. Default: none. */
  alpha?: number;
  /** MONAI's Dice, and the sigmoid form of its focal loss whatever the activation is. */
  reference?: "monai";
}

/**
 * Dice loss plus focal loss, both with the background or both without it. `classWeights` weigh both, Dice only where it has classes (not
 * over `all`).
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities (MONAI's preset: logits), (batch, …, classes), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `diceFocal(labels, logits, { fromLogits: true, gamma: 2 })`
 *
 * Source: Zhu et al. 2019 (`zhu2019`); the preset as MONAI (`cardoso2022`).
 */
export function diceFocal(yTrue: Tensor, yPred: Tensor, options: DiceFocalOptions = {}): Scalar {
  const name = "diceFocal";
  const keys = [...diceKeys, "reference", "diceWeight", "focalWeight", "gamma", "alpha"] as const;
  const { diceWeight = 1, focalWeight = 1, gamma, alpha, ...dice } = expectOptions(name, options, keys);
  expectNumber(name, "diceWeight", diceWeight, { min: 0 });
  expectNumber(name, "focalWeight", focalWeight, { min: 0 });
  const { reference, fromLogits, ignoreIndex, classWeights, background, activation } = dice;
  if (reference !== undefined) expectOneOf(name, "reference", reference, ["monai"]);
  const common = definedOnly({ reference, fromLogits, ignoreIndex, classWeights, background, gamma, alpha });
  const focal = { ...common, ...(reference === "monai" ? {} : definedOnly({ activation })) };
  return combine([
    [(t, z) => diceLoss(t, z, dicePart(dice, z)), diceWeight],
    [(t, z) => focalLoss(t, z, focal), focalWeight],
  ])(yTrue, yPred);
}
