import type { AnyArray } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { LevelSetLoopOptions } from "../runSolver.js";
import type { LevelSetSolver, LevelSetState } from "../solver.js";

/** What may be changed between the steps of a {@link LocalBinaryFittingSolver}; weights are for an image in [0, 255]. */
export interface LocalBinaryFittingParameters {
  /** Weight of the length of the contour, ≥ 0. Default 0.001·255². */
  nu: number;
  /** Weight of the distance regularisation, ≥ 0, below 1/(2·axes·dt). Default 1. */
  mu: number;
  /** Weight of the fit inside, > 0. Default 1. */
  lambda1: number;
  /** Weight of the fit outside, > 0. Default 1. */
  lambda2: number;
  /** Width of the smooth Heaviside function in units of φ, > 0. Default 1. */
  epsilon: number;
  /** Time step, > 0. Default 0.1. */
  dt: number;
  /** Converged when the root mean square change of φ in an iteration is not above this, ≥ 0. Default 1e-3. */
  tolerance: number;
}

/** Options of {@link createLocalBinaryFitting}. */
export interface LocalBinaryFittingSolverOptions extends Partial<LocalBinaryFittingParameters> {
  /** Standard deviation in pixels of the Gaussian neighbourhood that is fitted, > 0 and at most 1000. Default 3. */
  sigma?: number;
  /** Level set to begin with, positive inside, Li's are ±2; or "box" (default): 2 in the middle half of each axis, else −2. */
  initial?: "box" | NdArray<AnyArray>;
}

/** Options of {@link localBinaryFitting}. */
export interface LocalBinaryFittingOptions extends LocalBinaryFittingSolverOptions, LevelSetLoopOptions {}

/** Result of {@link localBinaryFitting}. */
export interface LocalBinaryFittingResult {
  /** 1 where φ > 0. */
  mask: NdArray<Uint8Array>;
  /** The level set, positive inside. */
  phi: NdArray<Float64Array>;
  /** The fitted image, in the image's units: of either side its smooth local mean. */
  fit: NdArray<Float64Array>;
  iterations: number;
  converged: boolean;
}

/** State of a {@link LocalBinaryFittingSolver}, safe in JSON. */
export type LocalBinaryFittingState = LevelSetState;

/** Local binary fitting in steps. */
export interface LocalBinaryFittingSolver
  extends LevelSetSolver<LocalBinaryFittingParameters, LocalBinaryFittingState> {
  /** Root mean square change of φ in the last iteration; Infinity before the first. */
  readonly change: number;
  /** As of {@link LocalBinaryFittingResult}; a new array. */
  fit(): NdArray<Float64Array>;
}
