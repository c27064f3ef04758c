import { ArgumentError, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, mean, sqrt, square, sum, tidy } from "@tensorflow/tfjs-core";
import type { Reduction } from "../boundary/classes.js";
import { channelsFrom, expectImages, expectReduction } from "../boundary/classes.js";
import { sliceAlong } from "../boundary/slices.js";
import type { ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { expectLengths, forwardDifference, gradientLength } from "./differences.js";
import { regionTerm } from "./regionTerm.js";

/** Options of {@link activeContourLoss}. */
export interface ActiveContourLossOptions extends ProbabilityOptions {
  /** Weight λ of the region term, ≥ 0. Default 1. */
  lambda?: number;
  /** Weight μ of the region term's inside, ≥ 0. Default 1. */
  mu?: number;
  /** Added inside the root, > 0. Default 1e-8. */
  epsilon?: number;
  /** Means of both terms, or the sums of the paper. Default `mean`, as the published program. */
  reduction?: Reduction;
  /**
   * `paper`, the default: forward differences of one pixel, all channels in both terms. `published`, two-dimensional: the authors' program,
   * which pairs the row difference at (i + 1, j) with the column difference at (i, j + 1) and takes the region from channel 0 alone.
   */
  reference?: "paper" | "published";
}

const known = ["lambda", "mu", "epsilon", "reduction", "reference", "fromLogits", "activation"] as const;

/**
 * Active contour loss: length √(|∇u|² + ε) plus λ·[μ·u(v − 1)² + (1 − u)·v²], for a probability u and a target v.
 *
 * @param yTrue targets in [0, 1], (batch, rows, columns, classes) or (batch, planes, rows, columns, classes)
 * @param yPred logits or probabilities, the same shape, at least 2 pixels along each axis (3 for `published`)
 * @returns a scalar ≥ 0
 * @throws ShapeError for other ranks, differing or too small shapes; RangeArgumentError for numbers out of range; ArgumentError for unknown
 *   options, and for `published` in three dimensions
 * @example `activeContourLoss(masks, logits, { fromLogits: true, lambda: 5 })`
 *
 * Source: Chen et al. 2019 (`chen2019`).
 */
export function activeContourLoss(yTrue: Tensor, yPred: Tensor, options: ActiveContourLossOptions = {}): Scalar {
  const name = "activeContourLoss";
  const {
    lambda = 1,
    mu = 1,
    epsilon = 1e-8,
    reduction = "mean",
    reference = "paper",
  } = expectOptions(name, options, known);
  expectNumber(name, "lambda", lambda, { min: 0 });
  expectNumber(name, "mu", mu, { min: 0 });
  expectNumber(name, "epsilon", epsilon, { above: 0 });
  expectReduction(name, reduction);
  expectOneOf(name, "reference", reference, ["paper", "published"]);
  expectImages(name, yTrue, yPred, [4, 5]);
  const published = reference === "published";
  if (published && yPred.shape.length === 5) {
    const expected = 'be "paper" in three dimensions';
    throw new ArgumentError({ functionName: name, argument: "reference", expected, received: reference });
  }
  expectLengths(name, yPred, published ? 3 : 2);
  return tidy(() => {
    const u = probability(name, yPred, options);
    const v = channelsFrom(yTrue, 0);
    const lengths = published ? publishedLength(u, epsilon) : gradientLength(u, epsilon);
    const [uRegion, vRegion] = published ? [sliceAlong(u, 3, 0, 1), sliceAlong(v, 3, 0, 1)] : [u, v];
    const scale = reduction === "mean" ? lambda / uRegion.size : lambda;
    return add(reduction === "mean" ? mean(lengths) : sum(lengths), regionTerm(vRegion, uRegion, mu, scale)) as Scalar;
  });
}

/** The root of the squared differences that the authors' program pairs, (rows − 2) × (columns − 2) of them. */
function publishedLength(u: Tensor, epsilon: number): Tensor {
  const rows = u.shape[1]! - 2;
  const columns = u.shape[2]! - 2;
  const down = forwardDifference(sliceAlong(sliceAlong(u, 2, 0, columns), 1, 1, rows + 1), 1);
  const across = forwardDifference(sliceAlong(sliceAlong(u, 1, 0, rows), 2, 1, columns + 1), 2);
  return sqrt(add(add(square(down), square(across)), epsilon));
}
