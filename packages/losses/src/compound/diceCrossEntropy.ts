import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { binaryCrossEntropy } from "../distribution/binaryCrossEntropy.js";
import { categoricalCrossEntropy } from "../distribution/categoricalCrossEntropy.js";
import type { DiceLossOptions } from "../region/diceLoss.js";
import { diceLoss } from "../region/diceLoss.js";
import { combine } from "./combine.js";
import { chosenActivation, definedOnly, diceKeys, dicePart } from "./dicePart.js";

/** Options of {@link diceCrossEntropy}: those of the Dice part, and: */
export interface DiceCrossEntropyOptions extends Omit<DiceLossOptions, "reference" | "reduction"> {
  /** Weight of the Dice loss, ≥ 0. Default 1. */
  diceWeight?: number;
  /** Weight of the cross-entropy, ≥ 0. Default 1. */
  crossEntropyWeight?: number;
  /** MONAI's Dice, softmax cross-entropy for several channels whatever the activation is, and class weights as its `weight`. */
  reference?: "monai";
}

/**
 * Dice loss plus cross-entropy: binary for the activation `sigmoid`, categorical for `softmax`. The cross-entropy counts the background in
 * any case. `classWeights` weigh both parts, Dice only where it has classes (not over `all`); with one channel and MONAI's preset the
 * weight is that of positives.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `diceCrossEntropy(labels, logits, { fromLogits: true, over: "class" })`
 *
 * Source: Isensee et al. 2021 (`isensee2021`); the preset as MONAI (`cardoso2022`).
 */
export function diceCrossEntropy(yTrue: Tensor, yPred: Tensor, options: DiceCrossEntropyOptions = {}): Scalar {
  const name = "diceCrossEntropy";
  const keys = [...diceKeys, "reference", "diceWeight", "crossEntropyWeight"] as const;
  const { diceWeight = 1, crossEntropyWeight = 1, ...dice } = expectOptions(name, options, keys);
  expectNumber(name, "diceWeight", diceWeight, { min: 0 });
  expectNumber(name, "crossEntropyWeight", crossEntropyWeight, { min: 0 });
  const { reference, fromLogits, ignoreIndex, classWeights } = dice;
  if (reference !== undefined) expectOneOf(name, "reference", reference, ["monai"]);
  const entropy = definedOnly({ fromLogits, ignoreIndex });
  const crossEntropy = (t: Tensor, z: Tensor): Scalar => {
    const channels = z.shape.at(-1);
    const isSoftmax = reference === "monai" ? channels !== 1 : chosenActivation(z, dice) === "softmax";
    if (isSoftmax) return categoricalCrossEntropy(t, z, { ...entropy, ...definedOnly({ classWeights }) });
    const weight = reference === "monai" && channels === 1 ? { positiveWeight: classWeights } : { classWeights };
    return binaryCrossEntropy(t, z, { ...entropy, ...definedOnly(weight) });
  };
  return combine([
    [(t, z) => diceLoss(t, z, dicePart(dice, z)), diceWeight],
    [crossEntropy, crossEntropyWeight],
  ])(yTrue, yPred);
}
