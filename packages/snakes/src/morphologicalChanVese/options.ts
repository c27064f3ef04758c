import type { AnyArray, Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Where an iteration of {@link morphologicalChanVese} stands. */
export interface MorphologicalChanVeseProgress {
  /** Iterations done. */
  iteration: number;
  /** Iterations to do. */
  iterations: number;
  /** Pixels that changed in the last one. */
  changed: number;
}

/** Options of {@link morphologicalChanVese}. */
export interface MorphologicalChanVeseOptions extends Cancellable {
  /** How many iterations to do, ≥ 0; there is no other stopping rule. */
  iterations: number;
  /** Initial set: an array of the image's shape, inside where > 0, or a name. Default `checkerboard`. */
  initial?: "checkerboard" | "disk" | NdArray<AnyArray>;
  /** Smoothing operators an iteration, ≥ 0; sensible are 1 to 4. Default 1. */
  smoothing?: number;
  /** Weight of the deviation inside, > 0: the larger, the more alike the inside. Default 1. */
  lambda1?: number;
  /** Weight of the deviation outside, > 0. Default 1. */
  lambda2?: number;
  /** Which of the two alternating smoothing operators comes first; give a result's `phase` to go on from it. Default 0. */
  phase?: 0 | 1;
  /** Called after each iteration. */
  onProgress?: (progress: MorphologicalChanVeseProgress) => void;
}

/** Result of {@link morphologicalChanVese}. */
export interface MorphologicalChanVeseResult {
  /** Of the image's shape, 1 inside. */
  mask: NdArray<Uint8Array>;
  /** The smoothing operator that would come next. */
  phase: 0 | 1;
  iterations: number;
}
