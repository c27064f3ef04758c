import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, mul, pow, sqrt, square, sub, sum, tidy } from "@tensorflow/tfjs-core";
import type { Reduction } from "../boundary/classes.js";
import { channelsFrom, expectImages, expectReduction } from "../boundary/classes.js";
import { neighboursAlong } from "../boundary/slices.js";
import type { ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { expectLengths } from "./differences.js";
import { regionTerm } from "./regionTerm.js";

/** Options of {@link activeContourElasticaLoss}. */
export interface ActiveContourElasticaLossOptions extends ProbabilityOptions {
  /** Weight a of the length, ≥ 0. Default 1. */
  a?: number;
  /** Weight b of the squared curvature, ≥ 0. Default 1. */
  b?: number;
  /** Weight μ of the region term's inside, ≥ 0. Default 1. */
  mu?: number;
  /**
   * `published`, the default: the curvature of the level line, with ε in numerator and denominator as in the authors' program. `mean`: the
   * mean curvature of the surface (i, j, u), which the paper speaks of and which stays small where u is nearly flat.
   */
  curvature?: "published" | "mean";
  /** The mixed derivative as the authors' program has it, which does not halve the central difference; or halved. Default `published`. */
  mixed?: "published" | "halved";
  /**
   * ε > 0. Default 1e-8, the published one, with which the curvature of nearly flat noise dominates the gradient and float32 loses digits:
   * take 1e-3 or more for training. With `mean` it is in the length alone.
   */
  epsilon?: number;
  /** Sum over samples, classes and pixels, or their mean. Default `sum`, as published. */
  reduction?: Reduction;
}

const known = ["a", "b", "mu", "curvature", "mixed", "epsilon", "reduction", "fromLogits", "activation"] as const;

/**
 * Active contour loss with Euler's elastica: Σ [μ·u(v − 1)² + (1 − u)·v²] + Σ (a + b·κ²)·√(ε + |∇u|²), with the curvature κ of u.
 *
 * Derivatives are central, with replicated edges.
 *
 * @param yTrue targets in [0, 1], (batch, rows, columns, classes)
 * @param yPred logits or probabilities, the same shape, at least 2 pixels along each axis
 * @returns a scalar ≥ 0
 * @throws ShapeError for other ranks, differing or too small shapes; RangeArgumentError for numbers out of range; ArgumentError for unknown
 *   options
 * @example `activeContourElasticaLoss(masks, logits, { fromLogits: true, reduction: "mean", epsilon: 1e-3 })`
 *
 * Source: Chen et al. 2020 (`chen2020`).
 */
export function activeContourElasticaLoss(
  yTrue: Tensor,
  yPred: Tensor,
  options: ActiveContourElasticaLossOptions = {},
): Scalar {
  const name = "activeContourElasticaLoss";
  const {
    a = 1,
    b = 1,
    mu = 1,
    curvature = "published",
    mixed = "published",
    epsilon = 1e-8,
    reduction = "sum",
  } = expectOptions(name, options, known);
  for (const [argument, value] of Object.entries({ a, b, mu })) expectNumber(name, argument, value, { min: 0 });
  expectNumber(name, "epsilon", epsilon, { above: 0 });
  expectOneOf(name, "curvature", curvature, ["published", "mean"]);
  expectOneOf(name, "mixed", mixed, ["published", "halved"]);
  expectReduction(name, reduction);
  expectImages(name, yTrue, yPred, [4]);
  expectLengths(name, yPred, 2);
  return tidy(() => {
    const u = probability(name, yPred, options);
    const scale = reduction === "mean" ? 1 / u.size : 1;
    const region = regionTerm(channelsFrom(yTrue, 0), u, mu, scale);
    const first = [halfCentral(u, 1), halfCentral(u, 2)] as const;
    const steepness = add(square(first[0]), square(first[1]));
    const length = sqrt(add(steepness, epsilon));
    if (b === 0) return add(region, mul(sum(length), a * scale)) as Scalar;
    const squared = squaredCurvature(u, first, steepness, curvature === "mean" ? "mean" : epsilon, mixed === "halved");
    return add(region, mul(sum(mul(add(mul(squared, b), a), length)), scale)) as Scalar;
  });
}

function squaredCurvature(
  u: Tensor,
  [ui, uj]: readonly [Tensor, Tensor],
  steepness: Tensor,
  epsilon: number | "mean",
  halved: boolean,
): Tensor {
  const inner = epsilon === "mean" ? 1 : epsilon;
  const [before, after] = neighboursAlong(ui, 2);
  const uij = mul(sub(after, before), halved ? 0.5 : 1);
  const bent = add(mul(add(square(ui), inner), second(u, 2)), mul(add(square(uj), inner), second(u, 1)));
  const numerator = sub(bent, mul(mul(mul(ui, uj), uij), 2));
  // pow, for the root's slope at 0 is infinite, and 0 · ∞ is NaN.
  const denominator = epsilon === "mean" ? mul(pow(add(steepness, 1), 1.5), 2) : add(pow(steepness, 1.5), epsilon);
  return square(div(numerator, denominator));
}

function halfCentral(x: Tensor, axis: number): Tensor {
  const [before, after] = neighboursAlong(x, axis);
  return mul(sub(after, before), 0.5);
}

function second(x: Tensor, axis: number): Tensor {
  const [before, after] = neighboursAlong(x, axis);
  return sub(add(before, after), mul(x, 2));
}
