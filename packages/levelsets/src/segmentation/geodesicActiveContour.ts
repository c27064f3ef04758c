import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  ShapeError,
  throwIfAborted,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { difference } from "../drlse/difference.js";
import { frontStep } from "./frontStep.js";

/** Options of {@link geodesicActiveContour}. */
export interface GeodesicActiveContourOptions {
  /** Weight of the growth at speed g; negative shrinks. Default 1. */
  propagation?: number;
  /** Weight of the curvature term, ≥ 0. Default 1. */
  curvature?: number;
  /** Weight of the pull towards edges, ≥ 0; with 0 this is ITK's shape detection. Default 1. */
  advection?: number;
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
  /** Number of steps, an integer ≥ 0. Default 200. */
  iterations?: number;
  /** Called after each step, with the time it advanced. */
  onProgress?: (progress: { iteration: number; iterations: number; dt: number }) => void;
  /** Stops the run: the call throws the signal's reason. */
  signal?: AbortSignal;
}

/** Result of {@link geodesicActiveContour}. */
export interface GeodesicActiveContourResult {
  /** 1 where φ > 0. */
  mask: NdArray<Uint8Array>;
  /** The level set, positive inside. */
  phi: NdArray<Float64Array>;
}

/**
 * Geodesic active contour with ITK's equations on every pixel: a front that grows at speed g, smooths and is drawn to edges.
 *
 * φ_t = curvature·g·κ|∇φ| + propagation·g|∇φ| + advection·∇g·∇φ, upwind, with the largest stable time step. ITK solves a sparse
 * field, from which this differs away from the front. ∇g is by central differences (ITK's derivative sigma 0).
 *
 * @param edges edge indicator g, (rows, columns) or (planes, rows, columns), each length ≥ 2, finite
 * @param initial level set of the same shape, positive inside, finite
 * @throws ShapeError for another rank, a length below 2 or an initial set of another shape; RangeArgumentError for values that
 *   are not finite or options out of range; the signal's reason
 * @example `const { mask } = geodesicActiveContour(edges, initial, { propagation: 2 });`
 *
 * Working memory beside the result: six arrays of the image's size in two dimensions, seven in three.
 * Source: Caselles, Kimmel and Sapiro 1997 (`caselles1997`).
 */
export function geodesicActiveContour(
  edges: NdArray<AnyArray>,
  initial: NdArray<AnyArray>,
  options: GeodesicActiveContourOptions = {},
): GeodesicActiveContourResult {
  const name = "geodesicActiveContour";
  const known = ["propagation", "curvature", "advection", "spacing", "iterations", "onProgress", "signal"] as const;
  const { propagation = 1, curvature = 1, advection = 1, ...rest } = expectOptions(name, options, known);
  const { iterations = 200, onProgress, signal } = rest;
  expectRank(name, "edges", edges, [2, 3]);
  if (edges.shape.some((n) => n < 2)) {
    const expected = "have at least 2 pixels along each axis";
    throw new ShapeError({ functionName: name, argument: "edges", expected, received: edges.shape });
  }
  expectShape(name, "initial", initial, edges.shape);
  const spacing = expectSpacing(name, rest.spacing, edges.shape.length);
  expectNumber(name, "propagation", propagation);
  expectNumber(name, "curvature", curvature, { min: 0 });
  expectNumber(name, "advection", advection, { min: 0 });
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  expectFiniteValues(name, "edges", edges);
  expectFiniteValues(name, "initial", initial);

  const g = toContiguous(edges, Float64Array);
  const velocity = spacing.map((h, axis) => {
    const slope = new Float64Array(g.data.length);
    difference(g.data, g.shape, axis, h, slope);
    return slope.map((value) => -advection * value);
  });
  const forces = { speed: g.data.map((v) => propagation * v), smoothing: g.data.map((v) => curvature * v), velocity };
  let phi: NdArray<Float64Array> = toContiguous(initial, Float64Array);
  let next: NdArray<Float64Array> = zeros(Float64Array, phi.shape);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    throwIfAborted(signal);
    const dt = frontStep(phi.data, next.data, phi.shape, spacing, forces);
    [phi, next] = [next, phi];
    onProgress?.({ iteration, iterations, dt });
  }
  const mask = zeros(Uint8Array, phi.shape);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
  return { mask, phi };
}
