import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { ProbabilityOptions } from "./probability.js";

/** What one ratio or one average is formed over. */
export type Over = "sample-class" | "class" | "all";

/** How the values of a loss become its result. */
export type Reduction = "mean" | "sum" | "none";

/** Options about the target, of every loss. */
export interface TargetOptions {
  /**
   * Label (or value of a one-channel mask) of voxels that count for nothing. Not with one-hot targets of several channels.
   * Default: none.
   */
  ignoreIndex?: number;
  /**
   * Read both tensors back in every call and throw for labels out of range, targets or probabilities outside [0, 1], NaN and infinities.
   * Synchronous, so not on the backend `webgpu`. Default false: a label out of range then belongs to no class.
   */
  validate?: boolean;
}

/** Options about classes and the result. */
export interface ReductionOptions {
  /** A weight ≥ 0 for each channel of `yPred`. Default: none. */
  classWeights?: readonly number[];
  /** The mean or the sum of the values, or (`none`) a tensor of them. Default `mean`. */
  reduction?: Reduction;
}

/** Options of every region loss. */
export interface RegionOptions extends ProbabilityOptions, TargetOptions, ReductionOptions {
  /**
   * What one ratio is formed over: everything (`all`), batch and space of each class (`class`), or space of each sample and class
   * (`sample-class`).
   */
  over?: Over;
  /** Count channel 0; false drops it after the activation. Default true. */
  background?: boolean;
}

/** What the input is checked against: the resolved options of a loss. */
export interface TargetSettings {
  fromLogits?: boolean;
  ignoreIndex: number | undefined;
  validate: boolean;
  classWeights?: readonly number[] | undefined;
}

type Given<S> = { [K in keyof S]?: S[K] | undefined } & { reference?: string | undefined };

/**
 * The settings of a loss: its defaults, over them the preset that `reference` names, over that the options that are given; common
 * options are checked.
 * @throws ArgumentError, RangeArgumentError
 */
export function resolveOptions<S extends object>(
  functionName: string,
  options: Given<S>,
  defaults: S,
  presets: Record<string, Partial<S>> = {},
): S {
  const names = Object.keys(presets);
  const known = [...Object.keys(defaults), ...(names.length === 0 ? [] : ["reference"])];
  const { reference, ...given } = expectOptions(functionName, options, known as (keyof Given<S> & string)[]);
  if (reference !== undefined) expectOneOf(functionName, "reference", reference, names);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const settings = { ...defaults, ...presets[reference ?? ""], ...Object.fromEntries(set) };
  expectCommon(functionName, settings);
  return settings;
}

function expectCommon(functionName: string, settings: RegionOptions & { activation?: unknown }): void {
  const { activation, ignoreIndex, classWeights, over, reduction } = settings;
  for (const key of ["fromLogits", "validate", "background"] as const) {
    if (settings[key] !== undefined) expectBoolean(functionName, key, settings[key]);
  }
  if (activation !== undefined) expectOneOf(functionName, "activation", activation, ["sigmoid", "softmax"]);
  if (over !== undefined) expectOneOf(functionName, "over", over, ["all", "class", "sample-class"]);
  if (reduction !== undefined) expectOneOf(functionName, "reduction", reduction, ["mean", "sum", "none"]);
  if (ignoreIndex !== undefined) expectNumber(functionName, "ignoreIndex", ignoreIndex, { integer: true });
  if (classWeights === undefined) return;
  if (!Array.isArray(classWeights)) {
    const expected = "be an array of numbers, one a channel";
    throw new ArgumentError({ functionName, argument: "classWeights", expected, received: classWeights });
  }
  for (const weight of classWeights) expectNumber(functionName, "classWeights", weight, { min: 0 });
}
