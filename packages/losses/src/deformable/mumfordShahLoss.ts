import { expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, maximum, mul, square, sub, sum, tidy } from "@tensorflow/tfjs-core";
import type { Reduction } from "../boundary/classes.js";
import { channelsFrom, expectImage, expectReduction } from "../boundary/classes.js";
import { sliceAlong } from "../boundary/slices.js";
import { weightedSum } from "../boundary/weightedSum.js";
import type { ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { absoluteSum, expectLengths, forwardDifference, spatialAxes } from "./differences.js";

/** Options of {@link mumfordShahLoss}. */
export interface MumfordShahLossOptions extends ProbabilityOptions {
  /** Weight λ of the total variation, ≥ 0. Default 0.001. */
  lambda?: number;
  /** |difference| (`l1`, the default) or its square (`l2`). */
  norm?: "l1" | "l2";
  /** Sum over samples, classes, channels and pixels, or the sum divided by samples × pixels. Default `sum`, as published. */
  reduction?: Reduction;
}

const known = ["lambda", "norm", "reduction", "fromLogits", "activation"] as const;

/**
 * Mumford–Shah loss, without labels: Σ (x − c_n)²·y_n over channels of the image x and classes n, plus λ times the total variation of y.
 *
 * c_n is the mean of x weighted by y_n, for each sample. It is the minimiser, so that no gradient goes through it: that of the data term is
 * (x − c_n)².
 *
 * @param yTrue the image, (batch, rows, columns, channels) or (batch, planes, rows, columns, channels)
 * @param yPred logits or probabilities of the classes, the same shape up to the last axis, at least 2 pixels along each axis
 * @returns a scalar ≥ 0
 * @throws ShapeError for other ranks, differing or too small shapes; RangeArgumentError for numbers out of range; ArgumentError for unknown
 *   options
 * @example `mumfordShahLoss(images, logits, { fromLogits: true, reduction: "mean" })`
 *
 * Source: Kim and Ye 2020 (`kim2020`), whose program multiplies it by 10 and adds cross-entropy where there are labels.
 */
export function mumfordShahLoss(yTrue: Tensor, yPred: Tensor, options: MumfordShahLossOptions = {}): Scalar {
  const name = "mumfordShahLoss";
  const { lambda = 0.001, norm = "l1", reduction = "sum" } = expectOptions(name, options, known);
  expectNumber(name, "lambda", lambda, { min: 0 });
  expectOneOf(name, "norm", norm, ["l1", "l2"]);
  expectReduction(name, reduction);
  expectImage(name, "yTrue", yTrue, [4, 5]);
  expectImage(name, "yPred", yPred, [4, 5]);
  const space = yTrue.shape.slice(0, -1);
  if (space.join() !== yPred.shape.slice(0, -1).join()) {
    const expected = `have the shape of yTrue up to the last axis, [${space.join(", ")}, classes]`;
    throw new ShapeError({ functionName: name, argument: "yPred", expected, received: yPred.shape });
  }
  expectLengths(name, yPred, 2);
  return tidy(() => {
    const y = probability(name, yPred, options);
    const scale = reduction === "mean" ? y.shape.at(-1)! / y.size : 1;
    const image = channelsFrom(yTrue, 0);
    const data = weightedSum(y, (classes) => ({ weights: residuals(image, classes) }), scale);
    if (lambda === 0) return data;
    const variations = spatialAxes(y).map((axis) => {
      const difference = forwardDifference(y, axis);
      return norm === "l1" ? absoluteSum(difference) : sum(square(difference));
    });
    return add(
      data,
      mul(
        variations.reduce((a, b) => add(a, b)),
        lambda * scale,
      ),
    ) as Scalar;
  });
}

/** Σ over channels of (x − c_n)², of the shape of y. */
function residuals(x: Tensor, y: Tensor): Tensor {
  const axes = spatialAxes(y);
  const sizes = maximum(sum(y, axes, true), 1e-10);
  const channels = Array.from({ length: x.shape.at(-1)! }, (_, channel) => {
    const one = sliceAlong(x, x.shape.length - 1, channel, 1);
    const means = div(sum(mul(one, y), axes, true), sizes);
    return square(sub(one, means));
  });
  return channels.reduce((a, b) => add(a, b));
}
