import { expectBoolean, expectNumber, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  clipByValue,
  concat,
  div,
  log,
  mean,
  mul,
  reshape,
  scalar,
  slice,
  sub,
  sum,
  tidy,
} from "@tensorflow/tfjs-core";
import { logarithmElement } from "../distribution/categoricalElement.js";
import { inverse } from "../distribution/distributionInput.js";
import { elementLoss } from "../distribution/elementLoss.js";
import { softmaxFocalElement } from "../distribution/softmaxFocalElement.js";
import { channelVector } from "../input/channelVector.js";
import type { LossInput } from "../input/lossInput.js";
import { lossInput } from "../input/lossInput.js";
import type { TargetOptions } from "../input/lossOptions.js";
import { resolveOptions } from "../input/lossOptions.js";
import type { Activation, ProbabilityOptions } from "../input/probability.js";
import { probability } from "../input/probability.js";
import { clampedPower } from "../region/clampedPower.js";
import { overlapSums } from "../region/overlapSums.js";
import { given } from "../region/ratioLoss.js";

/** Options of {@link unifiedFocalLoss}. */
export interface UnifiedFocalLossOptions extends ProbabilityOptions, TargetOptions {
  /** Share λ of the focal Tversky part, in [0, 1]; MONAI's preset: of the focal part. Default 0.5. */
  lambda?: number;
  /** δ in [0, 1]: weight of false negatives and of the foreground's cross-entropy. Default 0.6. */
  delta?: number;
  /** γ in [0, 1]: enhances the rare class, suppresses the background. Default 0.5. */
  gamma?: number;
  /** Both powers in both classes. Default false, the asymmetric form. */
  symmetric?: boolean;
  /** MONAI's: δ 0.7, and λ on the focal part. The paper's: the defaults. */
  reference?: "monai" | "paper";
}

interface Settings {
  fromLogits: boolean;
  activation: Activation | undefined;
  ignoreIndex: number | undefined;
  validate: boolean;
  lambda: number;
  delta: number;
  gamma: number;
  symmetric: boolean;
}
const defaults: Settings = {
  fromLogits: false,
  activation: undefined,
  ignoreIndex: undefined,
  validate: false,
  lambda: 0.5,
  delta: 0.6,
  gamma: 0.5,
  symmetric: false,
};
const epsilon = 1e-7;

/**
 * Unified focal loss λ·FT + (1 − λ)·F of background (channel 0) and foreground (channel 1, or the only one): FT the mean over samples of
 * ½[(1 − TI₀) + (1 − TI₁)^(1−γ)], F that over voxels of (1 − δ)(1 − p₀)^γ·CE₀ + δ·CE₁. Probabilities are clipped to [1e-7, 1 − 1e-7];
 * powers of less than 1e-7 have no gradient.
 *
 * @param yTrue targets in [0, 1] in the shape of yPred, or labels 0 and 1 without the channel axis
 * @param yPred logits or probabilities, (batch, …, 1 or 2), at least three axes
 * @returns a scalar
 * @throws ShapeError, RangeArgumentError, ArgumentError
 * @example `unifiedFocalLoss(masks, logits, { fromLogits: true, delta: 0.6, gamma: 0.5 })`
 *
 * Source: Yeung et al. 2022 (`yeung2022`).
 */
export function unifiedFocalLoss(yTrue: Tensor, yPred: Tensor, options: UnifiedFocalLossOptions = {}): Scalar {
  const name = "unifiedFocalLoss";
  const settings = resolveOptions(name, options, defaults, { monai: { delta: 0.7 }, paper: {} });
  for (const key of ["lambda", "delta", "gamma"] as const) expectNumber(name, key, settings[key], { min: 0, max: 1 });
  expectBoolean(name, "symmetric", settings.symmetric);
  const lambda = options.reference === "monai" ? 1 - settings.lambda : settings.lambda;
  return tidy(() => {
    const input = lossInput(name, yTrue, yPred, settings, 3);
    const channels = yPred.shape.at(-1)!;
    if (channels > 2) {
      throw new ShapeError({
        functionName: name,
        argument: "yPred",
        expected: "have 1 or 2 channels",
        received: yPred.shape,
      });
    }
    // Voxels along one axis: `webgpu` has no gradient of clipping for five.
    const flat = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, -1, x.shape.at(-1)!]);
    const t = flat(input.t);
    const keep = input.keep && flat(input.keep);
    const one = clipByValue(probability(name, flat(yPred), given(settings)), epsilon, 1 - epsilon);
    const p = channels === 2 ? one : concat([sub(1, one), one], -1);
    const both = channels === 2 ? t : concat([sub(keep ?? 1, t), t], -1);
    const tversky = focalTversky(p, { t: both, keep }, settings);
    const focal = focalPart(p, { t: both, keep }, settings);
    return add(mul(tversky, lambda), mul(focal, 1 - lambda)) as Scalar;
  });
}

function focalTversky(p: Tensor, input: LossInput, { delta, gamma, symmetric }: Settings): Tensor {
  const { overlap, predicted, target } = overlapSums(p, input, {
    activation: "none",
    over: "sample-class",
    background: true,
  });
  const wrong = add(mul(sub(target, overlap), delta), mul(sub(predicted, overlap), 1 - delta));
  // 1 − TI without a difference of nearly equal numbers.
  const losses = div(wrong, add(add(overlap, wrong), epsilon));
  const column = (k: number) => slice(losses, [0, k], [-1, 1]);
  const background = symmetric ? clampedPower(column(0), 1 - gamma) : column(0);
  return mean(mul(add(background, clampedPower(column(1), 1 - gamma)), 0.5));
}

function focalPart(p: Tensor, { t, keep }: LossInput, { delta, gamma, symmetric }: Settings): Tensor {
  const logP = log(p);
  const scale = keep === undefined ? scalar(2 / p.size) : inverse(sum(keep));
  const focused = mul(t, channelVector([1 - delta, symmetric ? delta : 0]));
  const element = softmaxFocalElement({ gamma, threshold: undefined }, false);
  const focal = elementLoss(logP, [focused], element, scale);
  if (symmetric) return focal;
  return add(focal, elementLoss(logP, [mul(t, channelVector([0, delta]))], logarithmElement, scale));
}
