import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { reshape, tidy } from "@tensorflow/tfjs-core";
import { logOdds } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import type { Over, Reduction, TargetOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import { reduceLosses } from "../input/reduceLosses.js";
import { lovaszExtension } from "./lovaszExtension.js";

/** Options of {@link lovaszHingeLoss}. */
export interface LovaszHingeLossOptions extends TargetOptions {
  /** `yPred` holds logits, not probabilities. Default false: logits are made of them, with p clipped to [1e-7, 1 − 1e-7]. */
  fromLogits?: boolean;
  /** What is sorted together: each sample and class (default, the paper's), each class over the batch, or everything. */
  over?: Over;
  /** The mean or the sum over samples and classes, or (`none`) a tensor of them. Default `mean`. */
  reduction?: Reduction;
  /** smp's: over `all`. */
  reference?: "smp";
}

interface Settings {
  fromLogits: boolean;
  over: Over;
  reduction: Reduction;
  ignoreIndex: number | undefined;
  validate: boolean;
}
const defaults: Settings = {
  fromLogits: false,
  over: "sample-class",
  reduction: "mean",
  ignoreIndex: undefined,
  validate: false,
};

/**
 * Lovász hinge: the convex extension of the Jaccard loss to the errors 1 − z·(2t − 1) of logits, each channel by itself.
 *
 * The errors are read back and sorted on the host, so not on the backend `webgpu`.
 *
 * @param yTrue targets 0 and 1 in the shape of yPred, or labels without the channel axis
 * @param yPred probabilities or logits, (batch, …, classes), at least three axes
 * @returns a scalar ≥ 0; with reduction `none` (samples, classes), (classes) or a scalar, as `over` says
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `model.compile({ optimizer: "adam", loss: (t, z) => lovaszHingeLoss(t, z, { fromLogits: true }) })`
 *
 * Source: Berman, Rannen Triki and Blaschko 2018 (`berman2018`).
 */
export function lovaszHingeLoss(yTrue: Tensor, yPred: Tensor, options: LovaszHingeLossOptions = {}): Scalar {
  const settings = resolveOptions("lovaszHingeLoss", options, defaults, { smp: { over: "all" } });
  const { fromLogits, over, reduction } = settings;
  return tidy(() => {
    const input = lossInput("lovaszHingeLoss", yTrue, yPred, settings, 3);
    const { values } = lovaszExtension(fromLogits ? yPred : logOdds(yPred), input, over, "hinge");
    const shape = over === "all" ? [] : over === "class" ? values.shape.slice(1) : values.shape;
    return reduceLosses(reduction === "none" ? reshape(values, shape) : values, reduction);
  });
}
