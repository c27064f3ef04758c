import type { Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { NarrowBandState } from "../band/narrowBand.js";
import type { LevelSetSolver, LevelSetState } from "../solver.js";

/** Options of a moving front that may change while it runs. */
export interface FrontParameters {
  /** Weight of the growth; negative shrinks. Default 1. */
  propagation: number;
  /** Weight of the curvature term, ≥ 0. Default 1. */
  curvature: number;
  /** Converged when φ at the front changes by no more than this in a step (root mean square), ≥ 0. Default 1e-3. */
  tolerance: number;
  /** Time step, > 0. Default: in each step ITK's limit, by which no pixel of the band or the image moves further than is stable. */
  dt?: number | undefined;
}

/** Options of a moving front that are fixed when it starts. */
export interface FrontSettings {
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
  /** Move only pixels at most this many steps from the front, an integer ≥ 4; 8 is a good choice. Default: all pixels. */
  narrowBand?: number;
}

/** Options of the loop over a moving front. */
export interface FrontLoopOptions extends Cancellable {
  /** Stop after this many steps, an integer ≥ 0. Default 200. */
  maxIterations?: number | undefined;
  /** Called after each step. */
  onProgress?: ((progress: FrontProgress) => void) | undefined;
}

/** Where a moving front stands. */
export interface FrontProgress {
  /** Steps done. */
  iteration: number;
  maxIterations: number;
  /** Root mean square change of φ at the front in the last step. */
  change: number;
  /** Time the last step advanced. */
  dt: number;
}

/** Result of the models that move a front. */
export interface FrontResult {
  /** 1 where φ > 0. */
  mask: NdArray<Uint8Array>;
  /** The level set, positive inside. */
  phi: NdArray<Float64Array>;
  iterations: number;
  /** The change fell to the tolerance, or no front is left. */
  converged: boolean;
}

/** State of a {@link FrontSolver}, safe in JSON. */
export interface FrontSolverState extends LevelSetState {
  /** The narrow band; null if there is none. */
  band: NarrowBandState | null;
}

/** A moving front in steps. */
export interface FrontSolver<Options> extends LevelSetSolver<Options, FrontSolverState> {
  /** Root mean square change of φ at the front in the last step; Infinity before the first, 0 without a front. */
  readonly change: number;
  /** Time the last step advanced. */
  readonly dt: number;
}
