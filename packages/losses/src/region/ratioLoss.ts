import { ArgumentError, expectNumber, ShapeError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import { add, div, greater, log, maximum, mul, neg, reshape, sub, sum, tensor1d, tidy } from "@tensorflow/tfjs-core";
import { expectForeground } from "../input/expectForeground.js";
import { lossInput } from "../input/lossInput.js";
import type { RegionOptions } from "../input/lossOptions.js";
import type { Activation } from "../input/probability.js";
import { resolveActivation } from "../input/probability.js";
import { reduceLosses } from "../input/reduceLosses.js";
import { toFloats } from "../input/toFloats.js";
import type { OverlapSums } from "./overlapSums.js";
import { overlapSums } from "./overlapSums.js";

/** What is added to a ratio: one number to both parts, or [to the numerator, to the denominator]. */
export type Smooth = number | readonly [numerator: number, denominator: number];

/**
 * What a class counts for that is absent from the target: its loss (`count`), 0 but one of the mean (`zero`, smp), or nothing, so that
 * the mean is of the others (`skip`).
 */
export type Absent = "count" | "zero" | "skip";

/** Options of the losses that are one overlap ratio for each group and class. */
export interface RatioOptions extends RegionOptions {
  /** Added to numerator and denominator, ≥ 0. Below 1e-7 the denominator counts as 1e-7. */
  smooth?: Smooth;
  /** What a class counts for that is absent from the target. Default `count`. */
  absent?: Absent;
}

/** Checked {@link RegionOptions}, every one there. */
export interface RegionSettings {
  fromLogits: boolean;
  activation: Activation | undefined;
  over: "sample-class" | "class" | "all";
  background: boolean;
  classWeights: readonly number[] | undefined;
  ignoreIndex: number | undefined;
  reduction: "mean" | "sum" | "none";
  validate: boolean;
}

export interface RatioSettings extends RegionSettings {
  smooth: Smooth;
  absent: Absent;
}

export const regionDefaults: RegionSettings = {
  fromLogits: false,
  activation: undefined,
  over: "all",
  background: true,
  classWeights: undefined,
  ignoreIndex: undefined,
  reduction: "mean",
  validate: false,
};

export const ratioDefaults: RatioSettings = { ...regionDefaults, smooth: 1, absent: "count" };

/** What smp's losses have in common. */
export const smpRatio = { fromLogits: true, over: "class", smooth: 0, absent: "zero" } as const;

/** What MONAI's losses have in common. */
export const monaiRatio = { over: "sample-class", smooth: [1e-5, 1e-5] } as const;

/** The smallest denominator. */
const floor = 1e-7;

/** A ratio (n·Σpt + s) / (a·Σpt + b·Σp + c·Σt + s). */
export interface Ratio {
  numerator: number;
  overlap: number;
  predicted: number;
  target: number;
  squared?: boolean;
}

/** The sums of a region loss, its options checked against the tensors. Inside a `tidy`. */
export function regionSums(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  settings: RegionSettings,
  squared = false,
): OverlapSums {
  const input = lossInput(functionName, yTrue, yPred, settings, 3);
  const { over, background, classWeights } = settings;
  expectForeground(functionName, yPred, background);
  if (over === "all" && classWeights !== undefined) {
    const expected = `be left out when over is "all"`;
    throw new ArgumentError({ functionName, argument: "classWeights", expected, received: classWeights });
  }
  const activation = resolveActivation(functionName, yPred, given(settings));
  return overlapSums(yPred, input, { activation, over, background, squared });
}

/** Without the options that are not given. */
export function given({ fromLogits, activation }: { fromLogits: boolean; activation: Activation | undefined }): {
  fromLogits: boolean;
  activation?: Activation;
} {
  return activation === undefined ? { fromLogits } : { fromLogits, activation };
}

/** [numerator, denominator] of a {@link Smooth}, checked. */
export function expectSmooth(functionName: string, smooth: Smooth): readonly [number, number] {
  if (!Array.isArray(smooth)) {
    const both = expectNumber(functionName, "smooth", smooth, { min: 0 });
    return [both, both];
  }
  if (smooth.length !== 2) {
    const expected = "have 2 entries, for numerator and denominator";
    throw new ShapeError({ functionName, argument: "smooth", expected, received: smooth.length });
  }
  for (const value of smooth) expectNumber(functionName, "smooth", value, { min: 0 });
  return smooth as [number, number];
}

/** 1 − ratio, or what `loss` makes of the ratio, for each group and class; then weighed and reduced. */
export function ratioLoss(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  settings: RatioSettings,
  ratio: Ratio,
  loss: (ratio: Tensor) => Tensor = (value) => sub(1, value),
): Scalar {
  const [above, below] = expectSmooth(functionName, settings.smooth);
  return tidy(() => {
    const sums = regionSums(functionName, yTrue, yPred, settings, ratio.squared);
    const numerator = add(mul(sums.overlap, ratio.numerator), above);
    const sizes = add(mul(sums.predicted, ratio.predicted), mul(sums.target, ratio.target));
    const denominator = add(add(mul(sums.overlap, ratio.overlap), sizes), below);
    return reduceClasses(loss(div(numerator, maximum(denominator, floor))), sums.target, settings);
  });
}

/** Weighs losses of shape (groups, classes) and reduces them; absent classes are dealt with as `absent` says. */
export function reduceClasses(losses: Tensor, target: Tensor, settings: RatioSettings): Scalar {
  const { absent, background, classWeights, over, reduction } = settings;
  const present = absent === "count" ? undefined : toFloats(greater(target, 0));
  let weighed = present === undefined ? losses : mul(losses, present);
  if (classWeights !== undefined) weighed = mul(weighed, tensor1d(classWeights.slice(background ? 0 : 1)));
  if (absent === "skip" && reduction === "mean") {
    return div(sum(weighed), maximum(sum(present!), 1)) as Scalar;
  }
  return reduceLosses(reduction === "none" ? reshape(weighed, groupShape(weighed, over)) : weighed, reduction);
}

/** What `none` returns: (samples, classes), (classes) or a scalar. */
function groupShape(losses: Tensor, over: RegionSettings["over"]): number[] {
  return over === "sample-class" ? losses.shape : over === "class" ? losses.shape.slice(1) : [];
}

/** −ln of a ratio, which counts as at least 1e-7. */
export function negativeLog(ratio: Tensor): Tensor {
  return neg(log(maximum(ratio, floor)));
}
