import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, expectSpacing, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";
import { laplacian } from "../laplacian.js";
import { anisotropicDiffusion } from "./anisotropicDiffusion.js";
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
  /** Weight of the edges: of the Laplacian of the smoothed image in T, finite; ITK's "edge weight". Default 0. */
  edgeWeight: number;
}

/** Options of {@link createThresholdLevelSet}; the thresholds have no default. */
export interface ThresholdLevelSetSolverOptions
  extends Partial<FrontParameters>,
    Pick<ThresholdLevelSetParameters, "lower" | "upper">,
    FrontSettings {
  /** As of {@link ThresholdLevelSetParameters}. */
  edgeWeight?: number;
  /** Steps of the anisotropic diffusion before the Laplacian, an integer ≥ 0. Default 5. */
  smoothingIterations?: number;
  /** Conductance of the diffusion: slopes above so many times the root mean square slope are kept; > 0. Default 0.8. */
  smoothingConductance?: number;
  /** Time step of the diffusion, > 0, at most 1/(2 Σ 1/spacing), where it is stable. Default 0.1, or that bound if it is smaller. */
  smoothingTimeStep?: number;
}

/** Options of {@link thresholdLevelSet}; the thresholds have no default. */
export interface ThresholdLevelSetOptions extends ThresholdLevelSetSolverOptions, FrontLoopOptions {}

/**
 * Threshold level set with ITK's equations: a front that grows through values between two thresholds, shrinks from others, and
 * smooths.
 *
 * φ_t = curvature·κ|∇φ| + propagation·T|∇φ|, T the distance of the pixel's value to the nearer threshold, negative outside them, in
 * the image's units: scale the image or the weights to balance the terms. With `edgeWeight` T has edgeWeight·ΔI added, of the image after
 * ITK's gradient anisotropic diffusion: edges between the thresholds hold the front. ITK's propagation weight has the other sign. The notes of
 * {@link geodesicActiveContour} hold here.
 *
 * @param image (rows, columns) or (planes, rows, columns), each length ≥ 2, finite
 * @param initial level set of the same shape, positive inside, finite
 * @throws as `geodesicActiveContour`; RangeArgumentError for `upper` not above `lower`
 * @example `const { mask } = thresholdLevelSet(image, initial, { lower: 0.4, upper: 0.8, curvature: 0.1 });`
 *
 * Working memory: one array more than `geodesicActiveContour`, two with `edgeWeight`.
 * Source: the equations are ITK's (ThresholdSegmentationLevelSetFunction), after Sethian's scheme (`malladi1995`); diffusion: Perona and
 * Malik 1990 (`perona1990`).
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

const settings = [
  ...frontSettings,
  "lower",
  "upper",
  "edgeWeight",
  "smoothingIterations",
  "smoothingConductance",
  "smoothingTimeStep",
] as const;

function createSolver(
  name: string,
  image: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ThresholdLevelSetSolverOptions,
  state?: FrontSolverState,
): FrontSolver<ThresholdLevelSetParameters> {
  const { lower, upper, edgeWeight = 0, ...others } = options;
  const { smoothingIterations = 5, smoothingConductance = 0.8, smoothingTimeStep, ...rest } = others;
  expectFeatureImage(name, "image", image, 2);
  const spacing = expectSpacing(name, rest.spacing, image.shape.length);
  expectNumber(name, "smoothingIterations", smoothingIterations, { integer: true, min: 0 });
  expectNumber(name, "smoothingConductance", smoothingConductance, { above: 0 });
  const limit = 1 / (2 * spacing.reduce((sum, h) => sum + 1 / h, 0));
  const timeStep = smoothingTimeStep ?? Math.min(0.1, limit);
  expectNumber(name, "smoothingTimeStep", timeStep, { above: 0, max: limit });
  const diffusion = { iterations: smoothingIterations, conductance: smoothingConductance, timeStep };
  const values = toValues(image, Float64Array);
  const speed = new Float64Array(values.length);
  let bend: Float64Array | undefined;
  let laid: readonly number[] = [];
  const laySpeed = (now: ThresholdLevelSetParameters): void => {
    const middle = (now.upper - now.lower) / 2 + now.lower;
    for (let i = 0; i < speed.length; i++) {
      const value = values[i]!;
      speed[i] = value < middle ? value - now.lower : now.upper - value;
    }
    if (now.edgeWeight === 0) return;
    if (bend === undefined) {
      bend = new Float64Array(values.length);
      laplacian(anisotropicDiffusion(values, image.shape, spacing, diffusion), image.shape, spacing, bend);
    }
    for (let i = 0; i < speed.length; i++) speed[i]! += now.edgeWeight * bend[i]!;
  };
  return createFrontSolver(
    { name, shape: image.shape, initial, state, model: { speed }, options: rest },
    { lower, upper, edgeWeight },
    (functionName, now) => {
      expectNumber(functionName, "lower", now.lower);
      expectNumber(functionName, "upper", now.upper, { above: now.lower });
      expectNumber(functionName, "edgeWeight", now.edgeWeight);
      const wanted = [now.lower, now.upper, now.edgeWeight];
      if (wanted.some((value, k) => value !== laid[k])) laySpeed(now);
      laid = wanted;
      return 0;
    },
  );
}
