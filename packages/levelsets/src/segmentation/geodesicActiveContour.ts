import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOptions, expectSpacing, toContiguous, toValues } from "@ddl/core";
import { gaussianFilter } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import { expectFeatureImage } from "./expectFeatureImage.js";
import { createFrontSolver, frontSettings } from "./frontSolver.js";
import type {
  FrontLoopOptions,
  FrontParameters,
  FrontResult,
  FrontSettings,
  FrontSolver,
  FrontSolverState,
} from "./options.js";
import { runFront } from "./runFront.js";

/** Options of {@link createGeodesicActiveContour} that may change while it runs. */
export interface GeodesicActiveContourParameters extends FrontParameters {
  /** Weight of the pull towards edges, ≥ 0. Default 1. */
  advection: number;
}

/** Options of {@link createGeodesicActiveContour}. */
export interface GeodesicActiveContourSolverOptions extends Partial<GeodesicActiveContourParameters>, FrontSettings {
  /**
   * Standard deviation of the Gaussian derivative that ∇g in the pull towards edges is taken with, in the unit of `spacing`: how far edges
   * are felt; at least half the largest spacing, below which its taps are no derivative, or 0 (default): central differences. ITK's is 1.
   */
  derivativeSigma?: number;
}

/** Options of {@link geodesicActiveContour}. */
export interface GeodesicActiveContourOptions extends GeodesicActiveContourSolverOptions, FrontLoopOptions {}

const settings = [...frontSettings, "advection", "derivativeSigma"] as const;

/**
 * Geodesic active contour with ITK's equations: a front that grows at speed g, smooths and is drawn to edges.
 *
 * φ_t = curvature·g·κ|∇φ| + propagation·g|∇φ| + advection·∇g·∇φ, upwind, by default with the largest time step ITK allows. ITK
 * solves a sparse field, from which this differs away from the front, and approximates the Gaussian of `derivativeSigma` recursively.
 *
 * @param edges edge indicator g, (rows, columns) or (planes, rows, columns), each length ≥ 2, finite
 * @param initial level set of the same shape, positive inside, finite; with `narrowBand`, only its values at the front count
 * @throws ShapeError for another rank, a length below 2 or an initial set of another shape; RangeArgumentError for values that
 *   are not finite or options out of range; the signal's reason
 * @example `const { mask, converged } = geodesicActiveContour(edges, initial, { propagation: 2, narrowBand: 8 });`
 *
 * Working memory beside the result: two arrays of the image's size; with `narrowBand` one, a byte a pixel, and 16 bytes a pixel of
 * the band; with `derivativeSigma` one an axis more. Nothing is allocated in a step, but when the band is laid anew, every `narrowBand` − 2
 * steps.
 * Source: Caselles, Kimmel and Sapiro 1997 (`caselles1997`).
 */
export function geodesicActiveContour(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: GeodesicActiveContourOptions = {},
): FrontResult {
  const name = "geodesicActiveContour";
  const known = [...settings, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations, onProgress, signal, ...rest } = expectOptions(name, options, known);
  return runFront(name, { maxIterations, onProgress, signal }, () => createSolver(name, edges, initial, rest));
}

/**
 * {@link geodesicActiveContour} as an object that is stepped: its options may be changed between steps, its state kept as JSON.
 *
 * @param edges as of `geodesicActiveContour`; copied
 * @param initial as of `geodesicActiveContour`; copied
 * @param options as of `geodesicActiveContour`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `geodesicActiveContour`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createGeodesicActiveContour(edges, initial, { narrowBand: 8 });
 * solver.step(20);
 * solver.options.propagation = -1;
 * solver.step(20);
 * ```
 */
export function createGeodesicActiveContour(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: GeodesicActiveContourSolverOptions = {},
  state?: FrontSolverState,
): FrontSolver<GeodesicActiveContourParameters> {
  const name = "createGeodesicActiveContour";
  return createSolver(name, edges, initial, expectOptions(name, options, settings), state);
}

function createSolver(
  name: string,
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: GeodesicActiveContourSolverOptions,
  state?: FrontSolverState,
): FrontSolver<GeodesicActiveContourParameters> {
  const { derivativeSigma = 0, ...rest } = options;
  expectFeatureImage(name, "edges", edges, 2);
  const spacing = expectSpacing(name, rest.spacing, edges.shape.length);
  if (derivativeSigma !== 0) expectNumber(name, "derivativeSigma", derivativeSigma, { min: Math.max(...spacing) / 2 });
  const g = toValues(edges, Float64Array);
  const pull = derivativeSigma === 0 ? { edges: g } : { slopes: gaussianSlopes(edges, derivativeSigma, spacing) };
  const model = { speed: g, smoothing: g, ...pull };
  const { advection = 1 } = rest;
  const setting = { name, shape: edges.shape, initial, state, model, options: rest };
  return createFrontSolver(setting, { advection }, (caller, now) =>
    expectNumber(caller, "advection", now.advection, { min: 0 }),
  );
}

/** Gaussian derivatives along each axis, per unit of length, borders replicated. */
function gaussianSlopes(edges: NdArray<AnyArray>, sigma: number, spacing: readonly number[]): Float64Array[] {
  const sigmas = spacing.map((h) => sigma / h);
  return spacing.map((h, axis) => {
    const order = spacing.map((_, k) => (k === axis ? 1 : 0));
    const values = toValues(gaussianFilter(toContiguous(edges, Float64Array), sigmas, { order }), Float64Array);
    for (let i = 0; i < values.length; i++) values[i]! /= h;
    return values;
  });
}
