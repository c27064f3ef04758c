import type { AnyArray, Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";

/** What holds the ends of a snake, first the start, then the end; one word alone is meant for both. */
export type BoundaryCondition =
  | "periodic"
  | "free"
  | "fixed"
  | "free-fixed"
  | "fixed-free"
  | "fixed-fixed"
  | "free-free";

/** Settings of {@link activeContour} that may change while it runs. */
export interface ActiveContourSettings {
  /** Resistance to length, ≥ 0: the larger, the faster the snake contracts. Default 0.01. */
  alpha?: number;
  /** Resistance to bending, ≥ 0: the larger, the smoother the snake. Default 0.1. */
  beta?: number;
  /** Attraction to brightness; negative: to darkness. Default 0. */
  wLine?: number;
  /** Attraction to edges; negative: away from them. Default 1, and 0 with a `forceField`, which takes the place of the edges. */
  wEdge?: number;
  /** Viscosity, > 0: the larger, the slower the snake moves. Default 0.01. */
  gamma?: number;
  /** A coordinate moves by less than this in an iteration, > 0; with `spacing` in its unit. Default 1. */
  maxPixelMove?: number;
  /** The snake has converged when it is nearer than this to one of ten earlier ones, ≥ 0; 0 never is. Default 0.1. */
  convergence?: number;
  /**
   * `periodic` (default) joins the ends; `fixed` holds an end where it is, `free` lets it move, and the two can be combined:
   * `fixed-free` holds the first point.
   */
  boundaryCondition?: BoundaryCondition;
  /**
   * A force for every pixel, shape (rows, columns, 2), its components along rows and along columns, added to the image's:
   * {@link gradientVectorFlow}'s result, for instance. Between pixels it is linear, outside the image as at its border.
   */
  forceField?: NdArray<AnyArray>;
  /** Length of a force along the outward normal: > 0 inflates, < 0 deflates. Only for `periodic` snakes. Default 0. */
  balloon?: number;
}

/** Options of {@link createActiveContour}. */
export interface ActiveContourStart extends ActiveContourSettings {
  /**
   * Pixel size [row, column], > 0. Lengths, moves and slopes are then in its unit; the points of the snake are pixels all the same.
   * Default [1, 1].
   */
  spacing?: readonly number[];
}

/** Where a snake stands after an iteration. */
export interface ActiveContourProgress {
  /** Iterations done. */
  iteration: number;
  /** Iterations to do at most. */
  maxIterations: number;
  /** How far the fastest point moved in the last one: |Δrow| + |Δcolumn|, in the unit of `spacing`. */
  moved: number;
}

/** Options of {@link activeContour}. */
export interface ActiveContourOptions extends ActiveContourStart, Cancellable {
  /** Iterations at most, ≥ 0. Default 2500. */
  maxIterations?: number;
  /** Called after each iteration. */
  onProgress?: (progress: ActiveContourProgress) => void;
}

/** Result of {@link activeContour}. */
export interface ActiveContourResult {
  /** Shape (points, 2): [row, column] of each point, in pixels. */
  snake: NdArray<Float64Array>;
  /** Iterations done. */
  iterations: number;
  /** Whether the snake came near one of ten earlier ones; looked at after every 11th iteration. */
  converged: boolean;
}

/** A snake that is stepped by hand. */
export interface ActiveContourSolver extends Readonly<ActiveContourResult> {
  /** How far the fastest point moved in the last iteration. */
  readonly moved: number;
  /** Does so many iterations, default 1, whether converged or not. */
  step(count?: number): void;
  /** Other settings for the iterations to come; convergence is then looked for anew. */
  change(options: ActiveContourSettings): void;
}
