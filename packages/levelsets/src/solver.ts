import type { NdArray } from "ndarray";

/** A level-set solver that is stepped by its caller. `Options` may be changed between steps; `State` survives JSON. */
export interface LevelSetSolver<Options, State, Values extends Float32Array | Float64Array = Float64Array> {
  /** Read anew, and checked, by each step. */
  readonly options: Options;
  /** Iterations done. */
  readonly iterations: number;
  /** The last iteration changed φ by no more than the tolerance. */
  readonly converged: boolean;
  /** The level set, positive inside; the next step may overwrite its values. */
  readonly phi: NdArray<Values>;
  /** Run exactly this many iterations, converged or not. */
  step(iterations?: number): void;
  /** A new array, 1 where φ > 0. */
  mask(): NdArray<Uint8Array>;
  /** What a new solver of the same image and options goes on from. */
  state(): State;
}
