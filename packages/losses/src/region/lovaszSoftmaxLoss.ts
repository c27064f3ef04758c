import { expectOneOf } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { div, maximum, mul, onesLike, reshape, slice, sum, tidy } from "@tensorflow/tfjs-core";
import { expectForeground } from "../input/expectForeground.js";
import { lossInput } from "../input/lossInput.js";
import type { Reduction, TargetOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import type { Activation, ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { reduceLosses } from "../input/reduceLosses.js";
import { lovaszExtension } from "./lovaszExtension.js";
import { given } from "./ratioLoss.js";

/** Options of {@link lovaszSoftmaxLoss}. */
export interface LovaszSoftmaxLossOptions extends ProbabilityOptions, TargetOptions {
  /** What is sorted together: each class over the batch (default), or over each sample. */
  over?: "class" | "sample-class";
  /** The classes of the mean: those that the target has (default), or all. */
  classes?: "present" | "all";
  /** Count channel 0. Default true. */
  background?: boolean;
  /** The mean or the sum over samples, or (`none`) one value each; over the batch there is one value. Default `mean`. */
  reduction?: Reduction;
  /** smp's: logits. */
  reference?: "smp";
}

interface Settings {
  fromLogits: boolean;
  activation: Activation | undefined;
  over: "class" | "sample-class";
  classes: "present" | "all";
  background: boolean;
  reduction: Reduction;
  ignoreIndex: number | undefined;
  validate: boolean;
}
const defaults: Settings = {
  fromLogits: false,
  activation: undefined,
  over: "class",
  classes: "present",
  background: true,
  reduction: "mean",
  ignoreIndex: undefined,
  validate: false,
};

/**
 * Lovász softmax: the extension of the Jaccard loss to the errors |t − p| of each class, the mean over the classes that are present.
 *
 * The errors are read back and sorted on the host, so not on the backend `webgpu`. Where errors tie the gradient depends on the order, which
 * is that of the voxels.
 *
 * @param yTrue labels without the channel axis, or targets 0 and 1 in the shape of yPred
 * @param yPred logits or probabilities, (batch, …, classes), at least three axes
 * @returns a scalar ≥ 0; 0 if no class is present
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `lovaszSoftmaxLoss(labels, logits, { fromLogits: true, ignoreIndex: 255 })`
 *
 * Source: Berman, Rannen Triki and Blaschko 2018 (`berman2018`).
 */
export function lovaszSoftmaxLoss(yTrue: Tensor, yPred: Tensor, options: LovaszSoftmaxLossOptions = {}): Scalar {
  const name = "lovaszSoftmaxLoss";
  const settings = resolveOptions(name, options, defaults, { smp: { fromLogits: true } });
  const { over, classes, background, reduction } = settings;
  expectOneOf(name, "over", over, ["class", "sample-class"]);
  expectOneOf(name, "classes", classes, ["present", "all"]);
  return tidy(() => {
    const input = lossInput(name, yTrue, yPred, settings, 3);
    expectForeground(name, yPred, background);
    const p = probability(name, yPred, given(settings));
    const { values, present } = lovaszExtension(p, input, over, "absolute");
    const chosen = (x: Tensor) => (background ? x : slice(x, [0, 1], [x.shape[0]!, x.shape[1]! - 1]));
    const weights = chosen(classes === "all" ? onesLike(present) : present);
    const losses = div(sum(mul(chosen(values), weights), 1), maximum(sum(weights, 1), 1));
    return reduceLosses(reduction === "none" && over === "class" ? reshape(losses, []) : losses, reduction);
  });
}
