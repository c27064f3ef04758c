import { expectNumber } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, mul, reshape, scalar, sum, tidy } from "@tensorflow/tfjs-core";
import { expectClasses } from "../input/expectClasses.js";
import { logProbability } from "../input/logOdds.js";
import { lossInput } from "../input/lossInput.js";
import { resolveOptions } from "../input/lossOptions.js";
import { categoricalElement, logarithmElement } from "./categoricalElement.js";
import type { DistributionOptions } from "./distributionInput.js";
import { distributionDefaults, elementWeights, inverse } from "./distributionInput.js";
import { elementLoss } from "./elementLoss.js";

/** Options of {@link categoricalCrossEntropy}. */
export interface CategoricalCrossEntropyOptions extends DistributionOptions {
  /** s in [0, 1): the loss is (1 − s)·nll + s·(mean of −ln p over the classes). Default 0. */
  labelSmoothing?: number;
  /** smp's mean, over every voxel, the ignored ones too. Default: Σ w·ℓ / Σ w over those that count, as torch. */
  reference?: "smp";
}

const defaults = { ...distributionDefaults, labelSmoothing: 0 };

/**
 * Cross-entropy of classes that exclude each other: −ln p of the voxel's class, p the softmax of the logits.
 *
 * @param yTrue labels (without the channel axis, or with one channel), or class probabilities in the shape of yPred
 * @param yPred logits, or probabilities, (…, classes), at least two classes
 * @returns a scalar; with reduction `none` the loss of each voxel, without the channel axis
 * @throws ShapeError for one channel or shapes that do not fit; RangeArgumentError, ArgumentError
 * @example `categoricalCrossEntropy(labels, logits, { fromLogits: true, classWeights: [0.2, 1, 1], ignoreIndex: 255 })`
 */
export function categoricalCrossEntropy(
  yTrue: Tensor,
  yPred: Tensor,
  options: CategoricalCrossEntropyOptions = {},
): Scalar {
  const name = "categoricalCrossEntropy";
  const settings = resolveOptions(name, options, defaults, { smp: {} });
  expectNumber(name, "labelSmoothing", settings.labelSmoothing, { min: 0, below: 1 });
  return tidy(() => {
    const { t, keep } = lossInput(name, yTrue, yPred, settings, 1);
    expectClasses(name, yPred);
    const { labelSmoothing: s, classWeights, fromLogits, reduction } = settings;
    const channels = yPred.shape.at(-1)!;
    const weights = elementWeights(undefined, classWeights);
    const wanted = weights === undefined ? t : mul(t, weights);
    const everywhere = s === 0 ? undefined : mul(elementWeights(keep, classWeights) ?? scalar(1), s / channels);
    const q = everywhere === undefined ? wanted : add(mul(wanted, 1 - s), everywhere);
    const z = fromLogits ? yPred : logProbability(yPred);
    const element = fromLogits ? categoricalElement : logarithmElement;
    if (reduction === "none") return reshape(elementLoss(z, [q], element), yPred.shape.slice(0, -1)) as Scalar;
    const isPlain = options.reference === "smp" || (weights === undefined && keep === undefined);
    const mean = isPlain ? scalar(channels / yPred.size) : inverse(sum(wanted));
    return elementLoss(z, [q], element, reduction === "sum" ? scalar(1) : mean) as Scalar;
  });
}
