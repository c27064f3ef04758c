import type { AnyArray } from "@ddl/core";
import {
  borrowValues,
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  expectSpacing,
  toValues,
} from "@ddl/core";
import { percentile } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { descend } from "./descend.js";
import type { Front } from "./front.js";
import { emptyFront } from "./front.js";
import { growPacked } from "./growPacked.js";
import { morphologicalSolver, runMorphological } from "./morphologicalSolver.js";
import type { MorphologicalResult, MorphologicalRun, MorphologicalSolver, MorphologicalStart } from "./options.js";
import { packAbove } from "./packedSet.js";
import { expectSmoothing, startingSet } from "./startingSet.js";

/** Settings of {@link morphologicalGeodesicActiveContour} that may change while it runs. */
export interface MorphologicalGeodesicActiveContourSettings {
  /** Smoothing operators an iteration, ≥ 0; sensible are 1 to 4. Default 1. */
  smoothing?: number;
  /** The balloon pushes where the gradient image is above threshold / |balloon|; `auto` is its 40th percentile. Default `auto`. */
  threshold?: "auto" | number;
  /** Above 0 the set grows, below 0 it shrinks, one pixel an iteration; its size only divides the threshold. Default 0. */
  balloon?: number;
}

/** Options of {@link createMorphologicalGeodesicActiveContour}; the default initial set is the disk. */
export interface MorphologicalGeodesicActiveContourStart
  extends MorphologicalStart,
    MorphologicalGeodesicActiveContourSettings {
  /** Distance between pixels along each axis, > 0: slopes of image and set are taken per unit of length; operators count pixels. */
  spacing?: readonly number[];
}

/** Options of {@link morphologicalGeodesicActiveContour}. */
export interface MorphologicalGeodesicActiveContourOptions
  extends MorphologicalGeodesicActiveContourStart,
    MorphologicalRun {}

const settingNames = ["smoothing", "threshold", "balloon"] as const;
const startNames = ["initial", "phase", "regionOfInterest", "spacing", ...settingNames] as const;

/**
 * Geodesic active contour by morphological operators: the contour moves to the valleys of a gradient image.
 *
 * Equal to scikit-image's `morphological_geodesic_active_contour` after every iteration, except that its smoothing operators
 * alternate over all calls of a process; here they start at `phase`.
 *
 * @param gradientImage (rows, columns) or (planes, rows, columns), finite, small at edges: see {@link inverseGaussianGradient}; integers
 *   are taken as float64 (the reference raises)
 * @param iterations how many at most, ≥ 0
 * @throws ShapeError for another rank or an initial set of another shape; RangeArgumentError for values that are not finite or
 *   options out of range; the signal's reason
 * @example
 * ```ts
 * const edges = inverseGaussianGradient(image, { alpha: 1000, sigma: 2 });
 * const { mask } = morphologicalGeodesicActiveContour(edges, 100, { balloon: -1 });
 * ```
 *
 * Cost: an iteration is a few operations for each 32 pixels, and a pass over the front; working memory some bits a pixel.
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`).
 */
export function morphologicalGeodesicActiveContour(
  gradientImage: NdArray<AnyArray>,
  iterations: number,
  options: MorphologicalGeodesicActiveContourOptions = {},
): MorphologicalResult {
  const name = "morphologicalGeodesicActiveContour";
  const all = expectOptions(name, options, [...startNames, "stopWhenStable", "onProgress", "signal"]);
  const { stopWhenStable, onProgress, signal, ...start } = all;
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  if (stopWhenStable !== undefined) expectBoolean(name, "stopWhenStable", stopWhenStable);
  return runMorphological(create(name, gradientImage, start, false), iterations, {
    stopWhenStable,
    onProgress,
    signal,
  });
}

/**
 * {@link morphologicalGeodesicActiveContour} to be stepped, looked at and changed while it runs.
 *
 * @throws as {@link morphologicalGeodesicActiveContour}
 * @example
 * ```ts
 * const solver = createMorphologicalGeodesicActiveContour(edges, { balloon: 1 });
 * solver.step(5);
 * solver.change({ balloon: -1 });
 * ```
 */
export function createMorphologicalGeodesicActiveContour(
  gradientImage: NdArray<AnyArray>,
  options: MorphologicalGeodesicActiveContourStart = {},
): MorphologicalSolver<MorphologicalGeodesicActiveContourSettings> {
  const name = "createMorphologicalGeodesicActiveContour";
  return create(name, gradientImage, expectOptions(name, options, [...startNames]), true);
}

function create(
  name: string,
  image: NdArray<AnyArray>,
  { initial = "disk", phase = 0, regionOfInterest, spacing, ...rest }: MorphologicalGeodesicActiveContourStart,
  outlivesCall: boolean,
): MorphologicalSolver<MorphologicalGeodesicActiveContourSettings> {
  expectRank(name, "gradientImage", image, [2, 3]);
  let settings = checked(name, { smoothing: 1, threshold: "auto", balloon: 0, ...rest });
  const { shape } = image;
  const steps = expectSpacing(name, spacing, shape.length);
  const asked = { initial, phase, ...(regionOfInterest && { regionOfInterest }) };
  const begin = startingSet(name, shape, asked, "gradientImage");
  expectFiniteValues(name, "gradientImage", image);
  const values = outlivesCall ? toValues(image, Float64Array) : borrowValues(image);
  const wide = ndarray(values, [...shape]) as NdArray<Float64Array>;
  let automatic: number | undefined;
  const volumeSteps = [1, ...steps].slice(-3) as [number, number, number];
  let pushed: Int32Array | undefined;
  let front: Front | undefined;
  return morphologicalSolver<MorphologicalGeodesicActiveContourSettings>(begin.start, begin.region, {
    phase,
    smoothing: () => settings.smoothing,
    change(options) {
      const known = expectOptions(`${name}.change`, options, [...settingNames]);
      settings = checked(`${name}.change`, { ...settings, ...known });
      pushed = undefined;
    },
    move(set) {
      const { balloon, threshold } = settings;
      if (balloon !== 0) {
        if (threshold === "auto") automatic ??= percentile(wide, 40);
        pushed ??= packAbove(set, values, (threshold === "auto" ? automatic! : threshold) / Math.abs(balloon));
        growPacked(set, balloon > 0, pushed);
      }
      front ??= emptyFront(set);
      descend(set, front, values, volumeSteps);
    },
  });
}

function checked(name: string, settings: Required<MorphologicalGeodesicActiveContourSettings>) {
  expectSmoothing(name, settings.smoothing);
  expectNumber(name, "balloon", settings.balloon);
  if (settings.threshold !== "auto") expectNumber(name, "threshold", settings.threshold);
  return settings;
}
