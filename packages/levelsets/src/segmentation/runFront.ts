import { expectNumber, throwIfAborted } from "@ddl/core";
import type { FrontLoopOptions, FrontResult, FrontSolver } from "./options.js";

/** Steps a solver until it has converged or done its iterations. */
export function runFront(
  name: string,
  { maxIterations = 200, onProgress, signal }: FrontLoopOptions,
  create: () => FrontSolver<object>,
): FrontResult {
  expectNumber(name, "maxIterations", maxIterations, { integer: true, min: 0 });
  const solver = create();
  while (!solver.converged && solver.iterations < maxIterations) {
    throwIfAborted(signal);
    solver.step();
    onProgress?.({ iteration: solver.iterations, maxIterations, change: solver.change, dt: solver.dt });
  }
  const { phi, iterations, converged } = solver;
  return { mask: solver.mask(), phi, iterations, converged };
}
