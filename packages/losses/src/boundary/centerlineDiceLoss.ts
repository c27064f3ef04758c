import { ArgumentError, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, mean, mul, sub, sum, tidy } from "@tensorflow/tfjs-core";
import { probability } from "../input/probability.js";
import type { ClassOptions } from "./classes.js";
import { channelsFrom, expectImages, firstClass } from "./classes.js";
import { skeleton } from "./softSkeleton.js";
import { constantOf } from "./weightedSum.js";

/** Options of {@link centerlineDiceLoss}. */
export interface CenterlineDiceLossOptions extends ClassOptions {
  /** Erosions of the soft skeleton, ≥ 0: at least half of the largest width. Default 3; `published` has 10 and nothing else. */
  iterations?: number;
  /** Added to numerator and denominator of both ratios, > 0. Default 1. */
  smooth?: number;
  /** What one value is formed over, before their mean: everything (`all`, the default), each class, or each sample and class. */
  over?: "all" | "class" | "sample-class";
  /**
   * `paper`, the default. `monai` leaves channel 0 out even if it is the only one, and is then 0, as is its gradient. `published` does
   * 10 iterations whatever its argument says, over all channels.
   */
  reference?: "paper" | "monai" | "published";
}

const known = ["iterations", "smooth", "over", "reference", "includeBackground", "fromLogits", "activation"] as const;

/**
 * Soft clDice loss 1 − 2·Tp·Ts / (Tp + Ts): Tp is the share of the prediction's skeleton inside the target, Ts that of the target's skeleton
 * inside the prediction.
 *
 * It looks at connection, not at width: add it to a region loss, in the paper ½·dice + ½·clDice.
 *
 * @param yTrue targets in [0, 1], (batch, rows, columns, classes) or (batch, planes, rows, columns, classes)
 * @param yPred logits or probabilities, the same shape
 * @returns a scalar in [0, 1]
 * @throws ShapeError for other ranks, differing shapes or no element; RangeArgumentError for numbers out of range; ArgumentError for
 *   unknown options, and for those that the reference does not have
 * @example `centerlineDiceLoss(vessels, logits, { fromLogits: true, iterations: 5 })`
 *
 * Source: Shit et al. 2021 (`shit2021`).
 */
export function centerlineDiceLoss(yTrue: Tensor, yPred: Tensor, options: CenterlineDiceLossOptions = {}): Scalar {
  const name = "centerlineDiceLoss";
  const { smooth = 1, over = "all", reference = "paper" } = expectOptions(name, options, known);
  expectNumber(name, "smooth", smooth, { above: 0 });
  expectOneOf(name, "over", over, ["all", "class", "sample-class"]);
  expectOneOf(name, "reference", reference, ["paper", "monai", "published"]);
  expectImages(name, yTrue, yPred, [4, 5]);
  const { iterations, first } = resolve(name, yTrue.shape.at(-1)!, options);
  return tidy(() => {
    const p = probability(name, yPred, options);
    if (first === p.shape.at(-1)) return mul(mean(p), 0) as Scalar;
    const prediction = channelsFrom(p, first);
    const target = channelsFrom(yTrue, first);
    const space = target.shape.slice(1, -1).map((_, axis) => axis + 1);
    const axes = over === "all" ? undefined : over === "class" ? [0, ...space] : space;
    const share = (thin: Tensor, whole: Tensor) =>
      div(add(sum(mul(thin, whole), axes), smooth), add(sum(thin, axes), smooth));
    const precision = share(skeleton(prediction, iterations), target);
    const sensitivity = share(
      constantOf(target, (t) => skeleton(t, iterations)),
      prediction,
    );
    const dice = div(mul(2, mul(precision, sensitivity)), add(precision, sensitivity));
    return sub(1, mean(dice)) as Scalar;
  });
}

/** Iterations and first channel, as the reference has them. */
function resolve(name: string, classes: number, options: CenterlineDiceLossOptions) {
  const { reference = "paper", iterations, includeBackground } = options;
  const refuse = (option: string): never => {
    const expected = `have no ${option} with reference "${reference}"`;
    throw new ArgumentError({ functionName: name, argument: "options", expected, received: options });
  };
  if (reference === "published") {
    if (iterations !== undefined) refuse("iterations");
    return { iterations: 10, first: firstClass(name, classes, includeBackground ?? true) };
  }
  const count = expectNumber(name, "iterations", iterations ?? 3, { integer: true, min: 0 });
  if (reference === "monai") {
    if (includeBackground !== undefined) refuse("includeBackground");
    return { iterations: count, first: 1 };
  }
  return { iterations: count, first: firstClass(name, classes, includeBackground) };
}
