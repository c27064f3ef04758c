import type { AnyArray } from "@ddl/core";
import {
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  RangeArgumentError,
  ShapeError,
  throwIfAborted,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { difference } from "./difference.js";
import type { DrlseParameters } from "./drlseStep.js";
import { drlseStep } from "./drlseStep.js";

/** Options of {@link drlse}. */
export interface DrlseOptions extends Partial<DrlseParameters> {
  /** Length of a pixel along each axis, > 0. Default 1 each. */
  spacing?: readonly number[];
  /** Number of steps, an integer ≥ 0. Default 200. */
  iterations?: number;
  /** Called after each step. */
  onProgress?: (progress: { iteration: number; iterations: number }) => void;
  /** Stops the run: the call throws the signal's reason. */
  signal?: AbortSignal;
}

/** Result of {@link drlse}. */
export interface DrlseResult {
  /** 1 where φ > 0. */
  mask: NdArray<Uint8Array>;
  /** The level set, positive inside. */
  phi: NdArray<Float64Array>;
}

/**
 * Distance-regularised level set evolution: an edge-based contour that needs no reinitialisation, in two or three dimensions.
 *
 * φ is positive inside; Li's is negative, so `alpha` > 0 grows here and shrinks there.
 *
 * @param edges edge indicator g, (rows, columns) or (planes, rows, columns), each length ≥ 3, finite
 * @param initial level set of the same shape, positive inside, finite; Li starts from ±2
 * @param options mu ≥ 0 (default 0.2 in 2-D, 0.133 in 3-D, with dt 1 and unit spacing), lambda ≥ 0 (5), alpha (1.5), epsilon > 0
 *   (1.5), dt > 0 (1), potential "double well" (default) or "single well"
 * @throws ShapeError for another rank, a length below 3 or an initial set of another shape; RangeArgumentError for values that
 *   are not finite, options out of range or an unstable mu·dt; the signal's reason
 * @example `const { mask } = drlse(edges, initial, { alpha: -1.5, iterations: 300 });`
 *
 * Working memory beside the result: eleven arrays of the image's size in two dimensions, thirteen in three.
 * Source: Li, Xu, Gui and Fox 2010 (`li2010`).
 */
export function drlse(edges: NdArray<AnyArray>, initial: NdArray<AnyArray>, options: DrlseOptions = {}): DrlseResult {
  const name = "drlse";
  const known = [
    "mu",
    "lambda",
    "alpha",
    "epsilon",
    "dt",
    "potential",
    "spacing",
    "iterations",
    "onProgress",
    "signal",
  ] as const;
  const { lambda = 5, alpha = 1.5, epsilon = 1.5, dt = 1, ...rest } = expectOptions(name, options, known);
  const { potential = "double well", iterations = 200, onProgress, signal } = rest;
  expectRank(name, "edges", edges, [2, 3]);
  if (edges.shape.some((n) => n < 3)) {
    const expected = "have at least 3 pixels along each axis";
    throw new ShapeError({ functionName: name, argument: "edges", expected, received: edges.shape });
  }
  expectShape(name, "initial", initial, edges.shape);
  const spacing = expectSpacing(name, rest.spacing, edges.shape.length);
  expectNumber(name, "dt", dt, { above: 0 });
  const limit = 1 / (2 * dt * spacing.reduce((sum, h) => sum + 1 / (h * h), 0));
  const mu = rest.mu ?? 0.8 * limit;
  expectNumber(name, "mu", mu, { min: 0 });
  if (mu >= limit) {
    const expected = `be below ${limit}, where dt ${dt} is stable`;
    throw new RangeArgumentError({ functionName: name, argument: "mu", expected, received: mu });
  }
  expectNumber(name, "lambda", lambda, { min: 0 });
  expectNumber(name, "alpha", alpha);
  expectNumber(name, "epsilon", epsilon, { above: 0 });
  expectOneOf(name, "potential", potential, ["double well", "single well"]);
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  expectFiniteValues(name, "edges", edges);
  expectFiniteValues(name, "initial", initial);

  const g = toContiguous(edges, Float64Array);
  const phi = toContiguous(initial, Float64Array);
  const edgeGradient = spacing.map((h, axis) => {
    const slope = new Float64Array(g.data.length);
    difference(g.data, g.shape, axis, h, slope);
    return slope;
  });
  const parameters = { mu, lambda, alpha, epsilon, dt, potential };
  for (let iteration = 1; iteration <= iterations; iteration++) {
    throwIfAborted(signal);
    drlseStep(phi.data, phi.shape, spacing, g.data, edgeGradient, parameters);
    onProgress?.({ iteration, iterations });
  }
  const mask = zeros(Uint8Array, phi.shape);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = phi.data[i]! > 0 ? 1 : 0;
  return { mask, phi };
}
