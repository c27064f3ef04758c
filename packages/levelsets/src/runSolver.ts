import type { Cancellable } from "@ddl/core";
import { throwIfAborted } from "@ddl/core";

/** Where an iteration of a level-set function stands. */
export interface LevelSetProgress {
  /** Iterations done. */
  iteration: number;
  maxIterations: number;
  /** Change of the last one, as the function's `tolerance` measures it. */
  change: number;
}

/** Options of the loop over a solver. */
export interface LevelSetLoopOptions extends Cancellable {
  /** Stop after this many iterations, ≥ 0. */
  maxIterations?: number;
  /** Called after each iteration. */
  onProgress?: (progress: LevelSetProgress) => void;
}

/** Names of {@link LevelSetLoopOptions}. */
export const loopOptionNames = ["maxIterations", "onProgress", "signal"] as const;

/** What {@link runSolver} steps. */
interface Stepped {
  readonly iterations: number;
  readonly converged: boolean;
  readonly change: number;
  step(): void;
}

/** Steps a solver until it converged or did `maxIterations`. @throws the signal's reason */
export function runSolver(
  solver: Stepped,
  maxIterations: number,
  { onProgress, signal }: Omit<LevelSetLoopOptions, "maxIterations">,
): void {
  while (!solver.converged && solver.iterations < maxIterations) {
    throwIfAborted(signal);
    solver.step();
    onProgress?.({ iteration: solver.iterations, maxIterations, change: solver.change });
  }
}
