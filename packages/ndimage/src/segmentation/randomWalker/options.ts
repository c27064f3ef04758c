import type { Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Where {@link randomWalker} stands. */
export interface RandomWalkerProgress {
  /** The label that is solved for, from 1 on. */
  label: number;
  /** How many labels there are. */
  labels: number;
  /** Iterations done for this label. */
  iteration: number;
  /** Size of the residual relative to the right side: it stops at `tolerance`. */
  residual: number;
}

/** Options of {@link randomWalker}. */
export interface RandomWalkerOptions extends Cancellable {
  /** How much a difference of values hinders the walk, ≥ 0. Default 130. */
  beta?: number;
  /** Solve until the residual is not above this part of the right side, > 0. Default 1e-3. */
  tolerance?: number;
  /** Size of a pixel along each axis of `labels`, > 0. Default 1 everywhere. */
  spacing?: readonly number[];
  /** The axis of `data` that holds channels; −1 is the last one. Default: there are no channels. */
  channelAxis?: number;
  /** Give the probability of every label at every pixel as well. Default false. */
  returnProbability?: boolean;
  /**
   * `multigrid` (default): at least as close to the solution as `jacobi`, in a tenth of the time and less on large images. `jacobi`: the
   * iteration of scikit-image's `cg_j`, digit for digit up to rounding, with its labels where two are as likely within `tolerance`.
   */
  preconditioner?: "jacobi" | "multigrid";
  /** Called after each iteration. */
  onProgress?: (progress: RandomWalkerProgress) => void;
}

/** Result of {@link randomWalker}. */
export interface RandomWalkerResult {
  /** The most likely label of each pixel, 1 … k in the order of the values given; 0 undetermined; negative ones −m … −1. */
  labels: NdArray<Int32Array>;
  /** The value that stood in the labels given for each label 1 … k. */
  values: number[];
  /** (k, …shape): the probability that a walk from the pixel reaches that label first. With `returnProbability` only. */
  probabilities?: NdArray<Float64Array>;
  /** Iterations for each label. */
  iterations: number[];
  /** The tolerance was reached for every label, within ten iterations a pixel. */
  converged: boolean;
}
