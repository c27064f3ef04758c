import { ArgumentError, expectNumber, expectOneOf, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, mul, scalar, tidy } from "@tensorflow/tfjs-core";
import { expectImage } from "../boundary/classes.js";
import { resizeTargets } from "./resizeTargets.js";

/** What a loss of this package is. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** Weights of the heads, the finest first: numbers ≥ 0, or a rule for any number of heads. */
export type HeadWeights = readonly number[] | "nnunet" | "exp" | "two" | "same";

/** A loss of all heads; see {@link deepSupervision}. */
export interface DeepSupervision {
  /** Σ weight · loss over the heads, the finest first. */
  (yTrue: Tensor, heads: readonly Tensor[]): Scalar;
  /** One loss for each output of a model, weighted, for `model.compile`, which adds them up. */
  outputs(count: number): ((yTrue: Tensor, yPred: Tensor) => Scalar)[];
}

/**
 * Weights of `count` heads, the finest first.
 *
 * `nnunet`: 2^−k, the coarsest 0, with sum 1. `exp`: max(2^−k, 1/16), `two`: 1, then ½, `same`: 1, none of these with sum 1 (MONAI).
 * A single head has weight 1.
 *
 * @throws ArgumentError for an unknown rule; RangeArgumentError for a count that is no integer ≥ 1, or a weight < 0; ShapeError for weights
 *   of another number, or all 0
 * @example `headWeights("nnunet", 5)` // 8/15, 4/15, 2/15, 1/15, 0
 */
export function headWeights(weights: HeadWeights, count: number): number[] {
  const name = "headWeights";
  expectNumber(name, "count", count, { integer: true, min: 1 });
  if (Array.isArray(weights)) {
    for (const weight of weights) expectNumber(name, "weights", weight, { min: 0 });
    if (weights.length !== count || !weights.some((weight) => weight > 0)) {
      const expected = `have ${count} entries, one a head, not all 0`;
      throw new ShapeError({ functionName: name, argument: "weights", expected, received: weights });
    }
    return [...weights];
  }
  const rule = expectOneOf(name, "weights", weights as string, ["nnunet", "exp", "two", "same"]);
  const heads = Array.from({ length: count }, (_, k) => k);
  if (rule === "nnunet") {
    if (count === 1) return [1];
    // 1 + ½ + … of all but the last.
    const total = 2 - 2 ** (2 - count);
    return heads.map((k) => (k === count - 1 ? 0 : 2 ** -k / total));
  }
  return heads.map((k) => (rule === "exp" ? Math.max(2 ** -k, 1 / 16) : rule === "two" && k > 0 ? 0.5 : 1));
}

/**
 * A loss of the several heads of a deeply supervised model: targets are resized to each head by {@link resizeTargets}, weighted, added.
 *
 * Heads of weight 0 are not computed.
 *
 * @param loss of one head
 * @param weights of the heads, the finest first, as {@link headWeights}
 * @throws ArgumentError if `loss` is no function, or the heads are no list of tensors; else as {@link headWeights} and the loss
 * @example
 * ```ts
 * const loss = deepSupervision((t, z) => diceLoss(t, z, { fromLogits: true }), "nnunet");
 * loss(masks, [full, half, quarter]);
 * model.compile({ optimizer: "adam", loss: loss.outputs(3) });
 * ```
 *
 * Source: Isensee et al. 2021 (`isensee2021`) for the weights `nnunet`.
 */
export function deepSupervision(loss: LossFunction, weights: HeadWeights): DeepSupervision {
  const functionName = "deepSupervision";
  if (typeof loss !== "function") {
    throw new ArgumentError({ functionName, argument: "loss", expected: "be a function", received: loss });
  }
  headWeights(weights, Array.isArray(weights) ? weights.length : 1);
  const weighted = (weight: number) => (yTrue: Tensor, yPred: Tensor) =>
    tidy(() => {
      if (weight === 0) return scalar(0);
      expectImage(functionName, "yTrue", yTrue);
      expectImage(functionName, "a head", yPred);
      return mul(loss(resizeTargets(yTrue, yPred.shape.slice(1, -1)), yPred), weight) as Scalar;
    });
  const outputs = (count: number) => headWeights(weights, count).map(weighted);
  const total = (yTrue: Tensor, heads: readonly Tensor[]): Scalar => {
    if (!Array.isArray(heads) || heads.length === 0) {
      throw new ArgumentError({ functionName, argument: "heads", expected: "be a list of tensors", received: heads });
    }
    const losses = outputs(heads.length);
    return tidy(() => losses.map((head, k) => head(yTrue, heads[k]!)).reduce((a, b) => add(a, b)));
  };
  return Object.assign(total, { outputs });
}
