import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";
import { expectFeatureImage } from "./expectFeatureImage.js";
import { createFrontSolver, frontSettings } from "./frontSolver.js";
import type {
  FrontLoopOptions,
  FrontParameters,
  FrontResult,
  FrontSettings,
  FrontSolver,
  FrontSolverState,
} from "./options.js";
import { runFront } from "./runFront.js";

/** Options of {@link createThresholdLevelSet} that may change while it runs. */
export interface ThresholdLevelSetParameters extends FrontParameters {
  /** Values from here on belong to the object, finite. */
  lower: number;
  /** Values up to here belong to the object, > lower. */
  upper: number;
}

/** Options of {@link createThresholdLevelSet}; the thresholds have no default. */
export interface ThresholdLevelSetSolverOptions
  extends Partial<FrontParameters>,
    Pick<ThresholdLevelSetParameters, "lower" | "upper">,
    FrontSettings {}

/** Options of {@link thresholdLevelSet}; the thresholds have no default. */
export interface ThresholdLevelSetOptions extends ThresholdLevelSetSolverOptions, FrontLoopOptions {}

/**
 * Threshold level set with ITK's equations: a front that grows through values between two thresholds, shrinks from others, and
 * smooths.
 *
 * φ_t = curvature·κ|∇φ| + propagation·T|∇φ|, T the distance of the pixel's value to the nearer threshold, negative outside them, in
 * the image's units: scale the image or the weights to balance the terms. ITK's weight has the other sign; its edge term (edge
 * weight, 0 there by default) is not offered. The notes of {@link geodesicActiveContour} hold here.
 *
 * @param image (rows, columns) or (planes, rows, columns), each length ≥ 2, finite
 * @param initial level set of the same shape, positive inside, finite
 * @throws as `geodesicActiveContour`; RangeArgumentError for `upper` not above `lower`
 * @example `const { mask } = thresholdLevelSet(image, initial, { lower: 0.4, upper: 0.8, curvature: 0.1 });`
 *
 * Working memory: one array more than `geodesicActiveContour`.
 * Source: the equations are ITK's (ThresholdSegmentationLevelSetFunction), after Sethian's scheme (`malladi1995`).
 */
export function thresholdLevelSet(
  image: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ThresholdLevelSetOptions,
): FrontResult {
  const name = "thresholdLevelSet";
  const known = [...settings, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations, onProgress, signal, ...rest } = expectOptions(name, options, known);
  return runFront(name, { maxIterations, onProgress, signal }, () => createSolver(name, image, initial, rest));
}

/**
 * {@link thresholdLevelSet} as an object that is stepped: its options, the thresholds too, may be changed between steps, its state
 * kept as JSON.
 *
 * @param image as of `thresholdLevelSet`; copied
 * @param initial as of `thresholdLevelSet`; copied
 * @param options as of `thresholdLevelSet`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `thresholdLevelSet`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createThresholdLevelSet(image, initial, { lower: 0.4, upper: 0.8 });
 * solver.step(20);
 * solver.options.upper = 0.9;
 * solver.step(20);
 * ```
 */
export function createThresholdLevelSet(
  image: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ThresholdLevelSetSolverOptions,
  state?: FrontSolverState,
): FrontSolver<ThresholdLevelSetParameters> {
  const name = "createThresholdLevelSet";
  return createSolver(name, image, initial, expectOptions(name, options, settings), state);
}

const settings = [...frontSettings, "lower", "upper"] as const;

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ThresholdLevelSetSolverOptions,
  state?: FrontSolverState,
): FrontSolver<ThresholdLevelSetParameters> {
  expectFeatureImage(name, "image", image, 2);
  const { lower, upper } = options;
  const values = toValues(image, Float64Array);
  const speed = new Float64Array(values.length);
  let [laidLower, laidUpper] = [Number.NaN, Number.NaN];
  return createFrontSolver(
    { name, shape: image.shape, initial, state, model: { speed }, options },
    { lower, upper },
    (functionName, now) => {
      expectNumber(functionName, "lower", now.lower);
      expectNumber(functionName, "upper", now.upper, { above: now.lower });
      if (now.lower === laidLower && now.upper === laidUpper) return 0;
      const middle = (now.upper - now.lower) / 2 + now.lower;
      for (let i = 0; i < speed.length; i++) {
        const value = values[i]!;
        speed[i] = value < middle ? value - now.lower : now.upper - value;
      }
      [laidLower, laidUpper] = [now.lower, now.upper];
      return 0;
    },
  );
}
