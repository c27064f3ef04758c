import type { FrontLoopOptions } from "../segmentation/options.js";

/** Options of {@link createDrlse} that may change while it runs. */
export interface DrlseParameters {
  /** Weight of the distance regularisation, ≥ 0. Default: 0.8 of where `dt` becomes unstable, 0.2 for dt 1 in 2-D, 0.133 in 3-D. */
  mu?: number | undefined;
  /** Weight of the contour's length, weighted by g, ≥ 0. Default 5. */
  lambda: number;
  /** Weight of the growth; negative shrinks. Default 1.5. */
  alpha: number;
  /** Half the width of the delta function in units of φ, > 0: forces act where |φ| ≤ epsilon. Default 1.5. */
  epsilon: number;
  /** Time step, > 0. Default 1. */
  dt: number;
  /** "double well" (default) holds φ flat or at slope 1, "single well" everywhere at slope 1. */
  potential: "double well" | "single well";
  /**
   * Converged when φ at the front (next to the other sign, or |φ| ≤ epsilon) changes by no more than this in a step (root mean
   * square), ≥ 0. Default 1e-3; 0: never, all of `maxIterations` are done.
   */
  tolerance: number;
}

/** Options of {@link createDrlse}. */
export interface DrlseSolverOptions extends Partial<DrlseParameters> {
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
  /**
   * Move only pixels at most this many steps from the front, an integer ≥ 4; 8 is a good choice for epsilon 1.5. Pixels further out
   * keep their values. Default: all pixels.
   */
  narrowBand?: number;
}

/** Options of {@link drlse}. */
export interface DrlseOptions extends DrlseSolverOptions, FrontLoopOptions {}
