import { expectNumber, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, atan, div, maximum, mean, mul, square, sub, sum, tidy } from "@tensorflow/tfjs-core";
import type { Reduction } from "../boundary/classes.js";
import { channelsFrom, expectImages, expectReduction } from "../boundary/classes.js";
import type { Terms } from "../boundary/weightedSum.js";
import { weightedSum } from "../boundary/weightedSum.js";
import type { ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { expectLengths, gradientLength, spatialAxes } from "./differences.js";

/** Options of {@link levelSetLoss}. */
export interface LevelSetLossOptions extends ProbabilityOptions {
  /** Weight of the length, ≥ 0. Default 0.1. */
  mu?: number;
  /** Weight of the area, ≥ 0. Default 0. */
  nu?: number;
  /** Weight of the inside's deviation from its mean, ≥ 0. Default 1. */
  lambda1?: number;
  /** Weight of the outside's deviation from its mean, ≥ 0. Default 1. */
  lambda2?: number;
  /** Width of the smooth step, > 0. Default 0.05. */
  epsilon?: number;
  /** Means over samples, classes and pixels, or the sums of the paper. Default `mean`. */
  reduction?: Reduction;
}

const known = ["mu", "nu", "lambda1", "lambda2", "epsilon", "reduction", "fromLogits", "activation"] as const;

/**
 * Level set loss (deep Chan–Vese): μ·length + ν·area + λ1·(v − c1)²·H + λ2·(v − c2)²·(1 − H), with H = ½ + atan(φ/ε)/π and φ = p − ½.
 *
 * c1 and c2 are the means of v weighted by H and 1 − H, for each sample and class; they are minimisers, so that no gradient goes through
 * them. The length is √(|∇H|² + 1e-8), with forward differences. H never reaches 0 or 1 (0.968 at p = 1): a perfect prediction leaves a
 * rest. A target without two values says nothing: which side is inside is not said either, so add a region loss.
 *
 * @param yTrue what is to be split in two: targets or images, (batch, rows, columns, classes) or with planes, (batch, planes, …)
 * @param yPred logits or probabilities, the same shape, at least 2 pixels along each axis
 * @returns a scalar ≥ 0
 * @throws ShapeError for other ranks, differing or too small shapes; RangeArgumentError for numbers out of range; ArgumentError for unknown
 *   options
 * @example `levelSetLoss(masks, logits, { fromLogits: true, mu: 0.2 })`
 *
 * Source: Hu et al. 2017 (`hu2017`), with means for its sums.
 */
export function levelSetLoss(yTrue: Tensor, yPred: Tensor, options: LevelSetLossOptions = {}): Scalar {
  const name = "levelSetLoss";
  const {
    mu = 0.1,
    nu = 0,
    lambda1 = 1,
    lambda2 = 1,
    epsilon = 0.05,
    reduction = "mean",
  } = expectOptions(name, options, known);
  const weights = { mu, nu, lambda1, lambda2 };
  for (const [argument, value] of Object.entries(weights)) expectNumber(name, argument, value, { min: 0 });
  expectNumber(name, "epsilon", epsilon, { above: 0 });
  expectReduction(name, reduction);
  expectImages(name, yTrue, yPred, [4, 5]);
  expectLengths(name, yPred, 2);
  return tidy(() => {
    const phi = sub(probability(name, yPred, options), 0.5);
    const inside = add(mul(atan(mul(phi, 1 / epsilon)), 1 / Math.PI), 0.5);
    const scale = reduction === "mean" ? 1 / inside.size : 1;
    const v = channelsFrom(yTrue, 0);
    const region = weightedSum(inside, (h) => dataTerms(v, h, weights), scale);
    if (mu === 0) return region;
    const lengths = gradientLength(inside, 1e-8);
    return add(region, mul(reduction === "mean" ? mean(lengths) : sum(lengths), mu)) as Scalar;
  });
}

/** The terms linear in H. */
function dataTerms(
  v: Tensor,
  inside: Tensor,
  { nu, lambda1, lambda2 }: { nu: number; lambda1: number; lambda2: number },
): Terms {
  const axes = spatialAxes(v);
  const deviation = (weights: Tensor, lambda: number) => {
    const means = div(sum(mul(v, weights), axes, true), maximum(sum(weights, axes, true), 1e-10));
    return mul(square(sub(v, means)), lambda);
  };
  const outer = deviation(sub(1, inside), lambda2);
  return { weights: add(sub(deviation(inside, lambda1), outer), nu), constant: sum(outer) };
}
