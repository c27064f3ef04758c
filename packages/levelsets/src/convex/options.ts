import type { AnyArray } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { LevelSetLoopOptions } from "../runSolver.js";

/** What may be changed between the steps of a {@link ConvexChanVeseSolver}. */
export interface ConvexChanVeseParameters {
  /** Weight of the length of the contour, > 0, for an image in [0, 1]. Default 0.25. */
  mu: number;
  /** Weight of the deviation inside, > 0. Default 1. */
  lambda1: number;
  /** Weight of the deviation outside, > 0. Default 1. */
  lambda2: number;
  /** Converged when in the last sweep of an iteration no pixel of u changes, nor its split variable differs, by more, ≥ 0. Default 1e-3. */
  tolerance: number;
}

/** Options of {@link createConvexChanVese}. */
export interface ConvexChanVeseSolverOptions extends Partial<ConvexChanVeseParameters> {
  /** Means inside and outside, in the image's units: held. Default: those of the set u > ½, renewed after each iteration. */
  means?: readonly [inside: number, outside: number];
  /** Weight of the length at each pixel, in [0, 1]: an edge indicator of the image's shape. Default 1 everywhere. */
  edges?: NdArray<AnyArray>;
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
  /** u to begin with, values in [0, 1]. Default: 1 where the image is above its mean. */
  initial?: NdArray<AnyArray>;
}

/** Options of {@link convexChanVese}. */
export interface ConvexChanVeseOptions extends ConvexChanVeseSolverOptions, LevelSetLoopOptions {}

/** Result of {@link convexChanVese}. */
export interface ConvexChanVeseResult {
  /** 1 where u > ½. */
  mask: NdArray<Uint8Array>;
  /** The relaxed set, values in [0, 1]. */
  u: NdArray<Float64Array>;
  /** Means inside and outside, in the image's units. */
  means: [inside: number, outside: number];
  /** μ Σ g|∇u| + Σ u(λ₁(f − c₁)² − λ₂(f − c₂)²) of u, for the image in [0, 1]. */
  energy: number;
  iterations: number;
  converged: boolean;
}

/** State of a {@link ConvexChanVeseSolver}, safe in JSON. */
export interface ConvexChanVeseState {
  /** Values of u, row by row. */
  u: number[];
  shape: number[];
  /** The split variable of each axis, row by row. */
  split: number[][];
  /** Means of the image in [0, 1]. */
  means: [inside: number, outside: number];
  iterations: number;
  /** Change of the last iteration; null before the first. */
  change: number | null;
}

/** The convex model in steps. */
export interface ConvexChanVeseSolver {
  /** Read anew, and checked, by each step. */
  readonly options: ConvexChanVeseParameters;
  readonly iterations: number;
  /** What `tolerance` is compared with; Infinity before the first iteration. */
  readonly change: number;
  readonly converged: boolean;
  /** The relaxed set, values in [0, 1]; the next step overwrites its values. */
  readonly u: NdArray<Float64Array>;
  /** Run exactly this many iterations, converged or not. */
  step(iterations?: number): void;
  /** A new array, 1 where u > ½. */
  mask(): NdArray<Uint8Array>;
  /** Means inside and outside, in the image's units. */
  means(): [inside: number, outside: number];
  /** As of {@link ConvexChanVeseResult}. */
  energy(): number;
  /** What a new solver of the same image and options goes on from. */
  state(): ConvexChanVeseState;
}
