import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, maximum, mul, sqrt, sub, tidy } from "@tensorflow/tfjs-core";
import type { RegionOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import { ratioDefaults, reduceClasses, regionSums } from "./ratioLoss.js";

/** Options of {@link matthewsLoss}. */
export interface MatthewsLossOptions extends RegionOptions {
  /** Added to each of the four counts, ≥ 0. Default 1e-5. */
  smooth?: number;
  /** smp's settings, which are the defaults: probabilities, over `all`, 1e-5. */
  reference?: "smp";
}

const defaults = { ...ratioDefaults, smooth: 1e-5 };

/**
 * Matthews correlation loss 1 − (tp·tn − fp·fn) / √((tp+fp)(tp+fn)(tn+fp)(tn+fn)) of soft counts.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels without the channel axis
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar in [0, 2] for probabilities; with reduction `none` a tensor as `diceLoss`'s
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `matthewsLoss(masks, logits, { fromLogits: true })`
 *
 * Source: Abhishek and Hamarneh 2021 (`abhishek2021`); counts smoothed as in segmentation_models.pytorch.
 */
export function matthewsLoss(yTrue: Tensor, yPred: Tensor, options: MatthewsLossOptions = {}): Scalar {
  const { absent: _, ...own } = defaults;
  const settings = { ...resolveOptions("matthewsLoss", options, own, { smp: {} }), absent: "count" as const };
  const smooth = expectNumber("matthewsLoss", "smooth", settings.smooth, { min: 0 });
  return tidy(() => {
    const { overlap, predicted, target, count } = regionSums("matthewsLoss", yTrue, yPred, settings);
    const tp = add(overlap, smooth);
    const fp = add(sub(predicted, overlap), smooth);
    const fn = add(sub(target, overlap), smooth);
    const tn = add(add(sub(sub(count, predicted), target), overlap), smooth);
    // Roots of the factors: their product leaves the range of float32 for big volumes.
    const root = (a: Tensor, b: Tensor) => sqrt(maximum(add(a, b), 1e-7));
    const denominator = mul(mul(root(tp, fp), root(tp, fn)), mul(root(tn, fp), root(tn, fn)));
    const correlation = div(sub(mul(tp, tn), mul(fp, fn)), denominator);
    return reduceClasses(sub(1, correlation), target, settings);
  });
}
