import type { AnyArray, Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Where a morphological snake stands after an iteration. */
export interface MorphologicalProgress {
  /** Iterations done. */
  iteration: number;
  /** Iterations to do at most. */
  iterations: number;
  /** Pixels that changed in the last one. */
  changed: number;
}

/** Result of {@link morphologicalChanVese} and {@link morphologicalGeodesicActiveContour}. */
export interface MorphologicalResult {
  /** Of the image's shape, 1 inside. */
  mask: NdArray<Uint8Array>;
  /** The smoothing operator that would come next. */
  phase: 0 | 1;
  /** Iterations done. */
  iterations: number;
  /** Whether the set repeats for ever: it is that of one or of two iterations before, with the same operator to come. */
  converged: boolean;
}

/** A morphological snake that is stepped by hand; mask and phase are its whole state: give them to a new one to go on. */
export interface MorphologicalSolver<Change extends object> extends Readonly<MorphologicalResult> {
  /** Pixels that changed in the last iteration. */
  readonly changed: number;
  /** Does so many iterations, default 1. */
  step(count?: number): void;
  /** Other settings for the iterations to come. */
  change(options: Change): void;
}

/** What every morphological snake starts from. */
export interface MorphologicalStart {
  /** Initial set: an array of the image's shape, inside where > 0, or a name. */
  initial?: "checkerboard" | "disk" | NdArray<AnyArray>;
  /** Which of the two alternating smoothing operators comes first; give a result's `phase` to go on from it. Default 0. */
  phase?: 0 | 1;
  /** Of the image's shape: what is 0 here is outside the set for ever, and no part of a mean. Default: everything. */
  regionOfInterest?: NdArray<AnyArray>;
}

/** How the functions run their solver. */
export interface MorphologicalRun extends Cancellable {
  /** Whether to end before `iterations` when the set repeats. Default false. */
  stopWhenStable?: boolean;
  /** Called after each iteration. */
  onProgress?: (progress: MorphologicalProgress) => void;
}
