import type { AnyArray, Cancellable } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { LevelSetSolver } from "../solver.js";

/** Where an iteration of {@link chanVese} stands. */
export interface ChanVeseProgress {
  /** Iterations done. */
  iteration: number;
  maxIterations: number;
  /** Root mean square change of φ in the last one: it stops at `tolerance`. */
  change: number;
}

/** What may be changed between the steps of a {@link ChanVeseSolver}. */
export interface ChanVeseParameters {
  /** Weight of the length of the contour, ≥ 0. Default 0.25. */
  mu: number;
  /** Weight of the area inside, of any sign. Default 0. */
  nu: number;
  /** Weight of the deviation inside, > 0. Default 1. */
  lambda1: number;
  /** Weight of the deviation outside, > 0. Default 1. */
  lambda2: number;
  /** Stop when the root mean square change of φ is not above this, ≥ 0. Default 1e-3. */
  tolerance: number;
  /** Size of the time step, > 0. Default 0.5. */
  dt: number;
  /**
   * Energy to compute before each iteration, for about the time of the iteration; false for none. Default `curvature`, scikit-image's,
   * whose length term is the sum of curvature and which may rise; `length` has μ Σδ(φ)|∇φ|.
   */
  energies: "curvature" | "length" | false;
}

/** How the image is read and φ moved, for the whole of a run. */
export interface ChanVeseSetting {
  /**
   * `skimage`: all pixels from the old φ, the image scaled to [0, 1], deviations averaged over channels, inside is φ > 0. `ipol`: Getreuer's
   * code, pixels one after the other from the newest φ, the image taken as it is (meant for [0, 1]), deviations summed over channels,
   * δ with 1/π, inside is φ ≥ 0, at least two iterations. Default `skimage`.
   */
  scheme: "skimage" | "ipol";
  /** Distances of neighbours, one an axis of φ, > 0. Default 1. */
  spacing?: readonly number[];
  /** The axis of `image` that holds channels; −1 is the last one. Default: there are no channels. */
  channelAxis?: number;
}

/** Options of {@link createChanVese}. */
export interface ChanVeseSolverOptions extends Partial<ChanVeseParameters>, Partial<ChanVeseSetting> {
  /** Initial level set: an array of φ's shape, positive inside, or a name. Default `checkerboard`. */
  initial?: "checkerboard" | "disk" | "small disk" | NdArray<AnyArray>;
}

/** Options of {@link chanVese}. */
export interface ChanVeseOptions extends ChanVeseSolverOptions, Cancellable {
  /** Stop after this many iterations, ≥ 0. Default 500. */
  maxIterations?: number;
  /** Called after each iteration. */
  onProgress?: (progress: ChanVeseProgress) => void;
}

/** float32 for a float32 image, else float64. */
export type ChanVeseValues<Image extends AnyArray> = Image extends Float32Array ? Float32Array : Float64Array;

/** Result of {@link chanVese}. */
export interface ChanVeseResult<Values extends Float32Array | Float64Array = Float64Array> {
  /** The shape of φ, 1 inside. */
  mask: NdArray<Uint8Array>;
  /** The level set: the image's shape without channels; float32 for a float32 image. */
  phi: NdArray<Values>;
  /** The energy before each iteration; empty with `energies: false`. */
  energies: number[];
  iterations: number;
  /** The change fell to the tolerance. */
  converged: boolean;
}

/** State of a {@link ChanVeseSolver}, safe in JSON. */
export interface ChanVeseState {
  /** Values of φ, row by row. */
  phi: number[];
  shape: number[];
  iterations: number;
  /** Root mean square change of the last iteration; null before the first. */
  change: number | null;
  energies: number[];
}

/** A Chan–Vese run in steps. */
export interface ChanVeseSolver<Values extends Float32Array | Float64Array = Float64Array>
  extends LevelSetSolver<ChanVeseParameters & Readonly<ChanVeseSetting>, ChanVeseState, Values> {
  /** Root mean square change of φ in the last iteration; Infinity before the first. */
  readonly change: number;
  /** The energy before each iteration that ran with `energies`. */
  readonly energies: readonly number[];
}
