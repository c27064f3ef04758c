import { expectNumber, zeros } from "@ddl/core";
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

/** State of a level-set solver, safe in JSON. */
export interface LevelSetState {
  /** Values of φ in C order. */
  phi: number[];
  shape: number[];
  iterations: number;
  /** Change of the last iteration, as the solver's `tolerance` measures it; null before the first. */
  change: number | null;
}

/** A model that moves φ in place. */
interface MovingLevelSet<Options> {
  options: Options;
  phi: NdArray<Float64Array>;
  /** To go on from; its φ is already in `phi`. */
  state: Pick<LevelSetState, "iterations" | "change"> | undefined;
  /** Checks options that may have been changed. */
  check: (functionName: string) => void;
  /** One iteration. @returns the change that `tolerance` is compared with */
  iterate: () => number;
  /** Whether a tolerance of 0 is never reached, though nothing changes. Default false. */
  goesOnAtZero?: boolean;
}

/** The part that all solvers of float64 level sets have in common. */
export function createLevelSetSolver<Options extends { tolerance: number }>({
  options,
  phi,
  state,
  check,
  iterate,
  goesOnAtZero = false,
}: MovingLevelSet<Options>): LevelSetSolver<Options, LevelSetState> & { readonly change: number } {
  let iterations = state?.iterations ?? 0;
  let change = state?.change ?? Number.POSITIVE_INFINITY;
  return {
    options,
    phi,
    get iterations() {
      return iterations;
    },
    get change() {
      return change;
    },
    get converged() {
      return change <= options.tolerance && !(goesOnAtZero && options.tolerance === 0);
    },
    step(count = 1) {
      expectNumber("step", "iterations", count, { integer: true, min: 0 });
      check("step");
      for (let k = 0; k < count; k++, iterations++) change = iterate();
    },
    mask() {
      const mask = zeros(Uint8Array, phi.shape);
      for (let i = 0; i < mask.data.length; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
      return mask;
    },
    state: () => ({
      phi: Array.from(phi.data),
      shape: [...phi.shape],
      iterations,
      change: Number.isFinite(change) ? change : null,
    }),
  };
}
