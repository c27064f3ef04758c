import type { AnyArray } from "@ddl/core";
import { expectOptions, toValues } from "@ddl/core";
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

/** Options of {@link createShapeDetection}. */
export interface ShapeDetectionSolverOptions extends Partial<FrontParameters>, FrontSettings {}

/** Options of {@link shapeDetection}. */
export interface ShapeDetectionOptions extends ShapeDetectionSolverOptions, FrontLoopOptions {}

/**
 * Shape detection with ITK's equations: a front that grows at speed g and smooths; it slows at edges and is not drawn to them.
 *
 * φ_t = curvature·g·κ|∇φ| + propagation·g|∇φ|: {@link geodesicActiveContour} without advection, whose notes hold here.
 *
 * @param edges edge indicator g, (rows, columns) or (planes, rows, columns), each length ≥ 2, finite
 * @param initial level set of the same shape, positive inside, finite
 * @throws as `geodesicActiveContour`
 * @example `const { mask } = shapeDetection(edges, initial, { curvature: 0.2, narrowBand: 8 });`
 *
 * Working memory: as `geodesicActiveContour`.
 * Source: Malladi, Sethian and Vemuri 1995 (`malladi1995`).
 */
export function shapeDetection(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ShapeDetectionOptions = {},
): FrontResult {
  const name = "shapeDetection";
  const known = [...frontSettings, "maxIterations", "onProgress", "signal"] as const;
  const { maxIterations, onProgress, signal, ...rest } = expectOptions(name, options, known);
  return runFront(name, { maxIterations, onProgress, signal }, () => createSolver(name, edges, initial, rest));
}

/**
 * {@link shapeDetection} as an object that is stepped: its options may be changed between steps, its state kept as JSON.
 *
 * @param edges as of `shapeDetection`; copied
 * @param initial as of `shapeDetection`; copied
 * @param options as of `shapeDetection`, without its loop's
 * @param state of another solver of the same image, to go on from in place of `initial`
 * @throws as `shapeDetection`; ShapeError for a state of another size
 * @example
 * ```ts
 * const solver = createShapeDetection(edges, initial);
 * solver.step(20);
 * ```
 */
export function createShapeDetection(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ShapeDetectionSolverOptions = {},
  state?: FrontSolverState,
): FrontSolver<FrontParameters> {
  const name = "createShapeDetection";
  return createSolver(name, edges, initial, expectOptions(name, options, frontSettings), state);
}

function createSolver(
  name: string,
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: ShapeDetectionSolverOptions,
  state?: FrontSolverState,
): FrontSolver<FrontParameters> {
  expectFeatureImage(name, "edges", edges, 2);
  const g = toValues(edges, Float64Array);
  const model = { speed: g, smoothing: g };
  return createFrontSolver({ name, shape: edges.shape, initial, state, model, options }, {}, () => 0);
}
