import type { AnyArray, Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { LevelSetSolver } from "../solver.js";

/** Where an iteration of {@link chanVese} stands. */
export interface ChanVeseProgress {
  /** Iterations done. */
  iteration: number;
  maxIterations: number;
  /** Root mean square change of φ in the last one: it stops at `tolerance`. */
  change: number;
}

/** Options of {@link chanVese}. */
export interface ChanVeseOptions extends Cancellable {
  /** Weight of the length of the contour, ≥ 0. Default 0.25. */
  mu?: number;
  /** Weight of the deviation inside, > 0. Default 1. */
  lambda1?: number;
  /** Weight of the deviation outside, > 0. Default 1. */
  lambda2?: number;
  /** Stop when the root mean square change of φ is not above this, ≥ 0. Default 1e-3. */
  tolerance?: number;
  /** Stop after this many iterations, ≥ 0. Default 500. */
  maxIterations?: number;
  /** Size of the time step, > 0. Default 0.5. */
  dt?: number;
  /** Initial level set: an array of the image's size, positive inside, or a name. Default `checkerboard`. */
  initial?: "checkerboard" | "disk" | "small disk" | NdArray<AnyArray>;
  /** Compute the energy before each iteration; takes about as long as the iteration. Default true. */
  energies?: boolean;
  /** Called after each iteration. */
  onProgress?: (progress: ChanVeseProgress) => void;
}

/** Result of {@link chanVese}. */
export interface ChanVeseResult {
  /** (rows, columns), 1 where φ > 0. */
  mask: NdArray<Uint8Array>;
  /** (rows, columns), the level set. */
  phi: NdArray<Float64Array>;
  /** The energy before each iteration; empty with `energies: false`. */
  energies: number[];
  iterations: number;
  /** The change fell to the tolerance. */
  converged: boolean;
}

/** Options of {@link createChanVese}. */
export type ChanVeseSolverOptions = Omit<ChanVeseOptions, "maxIterations" | "onProgress" | "signal">;

/** State of a {@link ChanVeseSolver}, safe in JSON. */
export interface ChanVeseState {
  /** Values of φ, row by row. */
  phi: number[];
  shape: number[];
  iterations: number;
  /** Root mean square change of the last iteration; null before the first. */
  change: number | null;
  energies: number[];
}

/** A Chan–Vese run in steps. */
export interface ChanVeseSolver
  extends LevelSetSolver<Required<Omit<ChanVeseSolverOptions, "initial">>, ChanVeseState> {
  /** Root mean square change of φ in the last iteration; Infinity before the first. */
  readonly change: number;
  /** The energy before each iteration that ran with `energies`. */
  readonly energies: readonly number[];
}
