import type { AnyArray } from "@ddl/core";
import {
  borrowValues,
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  toValues,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { attach } from "./attach.js";
import { channelsLast } from "./channelsLast.js";
import type { Front } from "./front.js";
import { emptyFront } from "./front.js";
import { morphologicalSolver, runMorphological } from "./morphologicalSolver.js";
import type { MorphologicalResult, MorphologicalRun, MorphologicalSolver, MorphologicalStart } from "./options.js";
import { RegionMeans } from "./regionMeans.js";
import { expectSmoothing, startingSet } from "./startingSet.js";

/** Settings of {@link morphologicalChanVese} that may change while it runs. */
export interface MorphologicalChanVeseSettings {
  /** Smoothing operators an iteration, ≥ 0; sensible are 1 to 4. Default 1. */
  smoothing?: number;
  /** Weight of the deviation inside, > 0: the larger, the more alike the inside. Default 1. */
  lambda1?: number;
  /** Weight of the deviation outside, > 0. Default 1. */
  lambda2?: number;
}

/** Options of {@link createMorphologicalChanVese}; the default initial set is the checkerboard. */
export interface MorphologicalChanVeseStart extends MorphologicalStart, MorphologicalChanVeseSettings {
  /** The axis of `image` that holds channels, whose squared deviations are added; −1 is the last one. Default: there are none. */
  channelAxis?: number;
}

/** Options of {@link morphologicalChanVese}. */
export interface MorphologicalChanVeseOptions extends MorphologicalChanVeseStart, MorphologicalRun {}

const settingNames = ["smoothing", "lambda1", "lambda2"] as const;
const startNames = ["initial", "phase", "regionOfInterest", "channelAxis", ...settingNames] as const;

/**
 * Chan–Vese segmentation by morphological operators: no level set, no time step, only sets and their erosions and dilations.
 *
 * Equal to scikit-image's `morphological_chan_vese` after every iteration, except that its smoothing operators alternate over all
 * calls of a process; here they start at `phase`. The image is taken as it is, not rescaled. Spacing has no part in the model: the
 * force is a sign, and the operators count pixels.
 *
 * @param image (rows, columns) or (planes, rows, columns), with one more axis if `channelAxis` is given; finite values
 * @param iterations how many at most, ≥ 0
 * @returns of a constant image, the smoothed initial set
 * @throws ShapeError for another rank or an initial set of another shape; RangeArgumentError for values that are not finite or
 *   options out of range; the signal's reason
 * @example
 * ```ts
 * const { mask } = morphologicalChanVese(image, 35, { smoothing: 3 });
 * ```
 *
 * Cost: an iteration is a few operations for each 32 pixels, and a pass over the front; working memory a float64 and a byte a pixel.
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`).
 */
export function morphologicalChanVese(
  image: NdArray<AnyArray>,
  iterations: number,
  options: MorphologicalChanVeseOptions = {},
): MorphologicalResult {
  const name = "morphologicalChanVese";
  const all = expectOptions(name, options, [...startNames, "stopWhenStable", "onProgress", "signal"]);
  const { stopWhenStable, onProgress, signal, ...start } = all;
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  if (stopWhenStable !== undefined) expectBoolean(name, "stopWhenStable", stopWhenStable);
  return runMorphological(create(name, image, start, false), iterations, { stopWhenStable, onProgress, signal });
}

/**
 * {@link morphologicalChanVese} to be stepped, looked at and changed while it runs.
 *
 * @throws as {@link morphologicalChanVese}
 * @example
 * ```ts
 * const solver = createMorphologicalChanVese(image, { initial: "disk" });
 * solver.step(5);
 * solver.change({ smoothing: 3 });
 * ```
 */
export function createMorphologicalChanVese(
  image: NdArray<AnyArray>,
  options: MorphologicalChanVeseStart = {},
): MorphologicalSolver<MorphologicalChanVeseSettings> {
  const name = "createMorphologicalChanVese";
  return create(name, image, expectOptions(name, options, [...startNames]), true);
}

function create(
  name: string,
  given: NdArray<AnyArray>,
  { initial = "checkerboard", phase = 0, regionOfInterest, channelAxis, ...rest }: MorphologicalChanVeseStart,
  outlivesCall: boolean,
): MorphologicalSolver<MorphologicalChanVeseSettings> {
  const many = channelAxis !== undefined;
  expectRank(name, "image", given, many ? [3, 4] : [2, 3]);
  const image = many ? channelsLast(name, given, channelAxis) : given;
  let settings = checked(name, { smoothing: 1, lambda1: 1, lambda2: 1, ...rest });
  const shape = many ? image.shape.slice(0, -1) : image.shape;
  const channels = many ? image.shape.at(-1)! : 1;
  expectNumber(name, "channels of image", channels, { min: 1 });
  const begin = startingSet(name, shape, { initial, phase, ...(regionOfInterest && { regionOfInterest }) });
  expectFiniteValues(name, "image", image);
  const values = outlivesCall ? toValues(image, Float64Array) : borrowValues(image);
  let means: RegionMeans | undefined;
  let front: Front | undefined;
  return morphologicalSolver<MorphologicalChanVeseSettings>(begin.start, begin.region, {
    phase,
    smoothing: () => settings.smoothing,
    change(options) {
      const known = expectOptions(`${name}.change`, options, [...settingNames]);
      settings = checked(`${name}.change`, { ...settings, ...known });
    },
    move(set) {
      means ??= new RegionMeans(values, channels, set);
      front ??= emptyFront(set);
      means.update(set);
      const { inside, outside } = means;
      attach(set, front, { values, channels, inside, outside, ...settings });
    },
  });
}

function checked(name: string, settings: Required<MorphologicalChanVeseSettings>) {
  expectSmoothing(name, settings.smoothing);
  expectNumber(name, "lambda1", settings.lambda1, { above: 0 });
  expectNumber(name, "lambda2", settings.lambda2, { above: 0 });
  return settings;
}
