import { expectBoolean, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, mean, mul, sigmoid, sub, sum, tidy } from "@tensorflow/tfjs-core";
import { expectPair } from "./input/expectPair.js";

/** Options of {@link diceLoss}. */
export interface DiceLossOptions {
  /** `yPred` holds logits, of which the sigmoid is taken; otherwise probabilities. Default false. */
  fromLogits?: boolean;
  /** Added to numerator and denominator, ≥ 0: the loss of an empty target with an empty prediction is then 0. Default 1. */
  smooth?: number;
  /**
   * What one ratio is formed over, before the mean of the ratios: everything (`all`, default, Buda), batch and space of each class
   * (`class`), or space of each sample and class (`sample-class`, MONAI).
   */
  over?: "all" | "class" | "sample-class";
}

/**
 * Soft Dice loss 1 − (2·Σpt + s) / (Σp + Σt + s).
 *
 * @param yTrue targets in [0, 1], (batch, …, classes), at least three axes
 * @param yPred logits or probabilities, the same shape
 * @returns a scalar in [0, 1] for probabilities
 * @throws ShapeError for fewer than three axes or differing shapes; RangeArgumentError for a negative `smooth`
 * @example `diceLoss(masks, logits, { fromLogits: true, over: "sample-class" })`
 *
 * Source: Milletari, Navab and Ahmadi 2016 (`milletari2016`), without the squares, as Buda et al. 2019 (`buda2019`).
 */
export function diceLoss(yTrue: Tensor, yPred: Tensor, options: DiceLossOptions = {}): Scalar {
  const {
    fromLogits = false,
    smooth = 1,
    over = "all",
  } = expectOptions("diceLoss", options, ["fromLogits", "smooth", "over"]);
  expectBoolean("diceLoss", "fromLogits", fromLogits);
  expectNumber("diceLoss", "smooth", smooth, { min: 0 });
  expectOneOf("diceLoss", "over", over, ["all", "class", "sample-class"]);
  expectPair("diceLoss", yTrue, yPred, 3);
  return tidy(() => {
    const p = fromLogits ? sigmoid(yPred) : yPred;
    const axes = summedAxes(yTrue.shape.length, over);
    const overlap = sum(mul(p, yTrue), axes);
    const sizes = add(sum(p, axes), sum(yTrue, axes));
    const dice = div(add(mul(2, overlap), smooth), add(sizes, smooth));
    return sub(1, mean(dice)) as Scalar;
  });
}

function summedAxes(rank: number, over: "all" | "class" | "sample-class"): number[] {
  const space = Array.from({ length: rank - 2 }, (_, k) => k + 1);
  if (over === "sample-class") return space;
  return over === "class" ? [0, ...space] : [0, ...space, rank - 1];
}
