import type { AnyArray } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { LevelSetLoopOptions } from "../runSolver.js";
import type { LevelSetSolver, LevelSetState } from "../solver.js";

/** Options of {@link createChanVeseMultiphase}. */
export interface ChanVeseMultiphaseSolverOptions {
  /** Weight of the contours' length, ≥ 0. Default 0.01. */
  mu?: number;
  /** Size of the time step, > 0. Default 20. */
  dt?: number;
  /** Converged when the root mean square change of both level sets is not above this, ≥ 0. Default 0.01. */
  tolerance?: number;
  /** Distances of neighbours along the axes, > 0. Default 1 each. */
  spacing?: readonly number[];
  /** Axis of the channels, negative counted from the last. Default: none. */
  channelAxis?: number;
  /** Two initial level sets, (2, …axes of the image but its channels), positive inside; default `seeds`: balls on two grids, shifted, in pixels. */
  initial?: "seeds" | NdArray<AnyArray>;
}

/** Options of {@link chanVeseMultiphase}. */
export interface ChanVeseMultiphaseOptions extends ChanVeseMultiphaseSolverOptions, LevelSetLoopOptions {
  /** Stop after this many iterations, ≥ 0. Default 500. */
  maxIterations?: number;
}

/** Result of {@link chanVeseMultiphase}. */
export interface ChanVeseMultiphaseResult {
  /** The image's shape without channels: 2·[φ₁ > 0] + [φ₂ > 0], hence 0 to 3. */
  labels: NdArray<Uint8Array>;
  /** (2, …image): φ₁ and φ₂. */
  phi: NdArray<Float64Array>;
  /**
   * Means of the four phases, in the order of the labels, each with one number a channel, or one number for an image without; of a phase
   * without weight the image's minimum.
   */
  means: number[][];
  iterations: number;
  /** The change fell to the tolerance. */
  converged: boolean;
}

/** State of a {@link ChanVeseMultiphaseSolver}, safe in JSON: values of φ₁, then of φ₂, shape (2, …). */
export type ChanVeseMultiphaseState = LevelSetState;

/** A Vese–Chan run in steps. Its `phi` and `mask()` have shape (2, …image). */
export interface ChanVeseMultiphaseSolver
  extends LevelSetSolver<
    Required<Omit<ChanVeseMultiphaseSolverOptions, "initial" | "spacing" | "channelAxis">>,
    ChanVeseMultiphaseState
  > {
  /** Root mean square change of both level sets in the last iteration; Infinity before the first. */
  readonly change: number;
  /** A new array of the image's shape: 2·[φ₁ > 0] + [φ₂ > 0]. */
  labels(): NdArray<Uint8Array>;
  /** As of {@link ChanVeseMultiphaseResult}. */
  means(): number[][];
}
