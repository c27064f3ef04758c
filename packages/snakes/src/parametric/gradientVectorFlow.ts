import type { AnyArray, Cancellable } from "@ddl/core";
import {
  elementCount,
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  expectSpacing,
  ShapeError,
  throwIfAborted,
  toValues,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link gradientVectorFlow}. */
export interface GradientVectorFlowOptions extends Cancellable {
  /** Weight of smoothness, > 0 and at most 1/(2·Σ 1/spacing²): ¼ in images, 1/6 in volumes. Default 0.2, in volumes 0.15. */
  mu?: number;
  /** How often the field is spread, by about a pixel each time, ≥ 0. Default 80. */
  iterations?: number;
  /** Pixel size along each axis, > 0; only the ratios count: lengths are in units of the smallest. Default 1 along each. */
  spacing?: readonly number[];
  /** Whether to divide each vector by its length (+ 1e-10), so that far edges pull as near ones. Default false. */
  normalize?: boolean;
  /** Called after each iteration. */
  onProgress?: (progress: { iteration: number; iterations: number }) => void;
}

/**
 * Gradient vector flow: the gradient of an edge map, spread over places where there is none, as a force that draws snakes to edges
 * from afar and into concavities.
 *
 * The edge map is scaled to [0, 1] and mirrored at its border pixels; of a constant one, or along an axis of one pixel, the force is 0.
 * An explicit scheme with time step 1: with mu near its limit, it may swing beside the sharpest edges.
 *
 * @param edgeMap (rows, columns) or (planes, rows, columns), large at edges, finite values
 * @returns the edge map's shape and a last axis for the components, in the order of the axes: of an image a `forceField` of
 *   {@link activeContour}
 * @throws ShapeError for another rank or an empty edge map; RangeArgumentError for values that are not finite or options out of
 *   range; the signal's reason
 * @example
 * ```ts
 * const forceField = gradientVectorFlow(sobel(image), { mu: 0.2, iterations: 80, normalize: true });
 * ```
 *
 * Cost: an iteration is a pass over the field. Working memory: three arrays of the field's size beside the result.
 * Source: Xu and Prince 1998 (`xu1998`).
 */
export function gradientVectorFlow(
  edgeMap: NdArray<AnyArray>,
  options: GradientVectorFlowOptions = {},
): NdArray<Float64Array> {
  const name = "gradientVectorFlow";
  const known = ["mu", "iterations", "spacing", "normalize", "onProgress", "signal"] as const;
  const { iterations = 80, normalize = false, onProgress, signal, ...rest } = expectOptions(name, options, known);
  expectRank(name, "edgeMap", edgeMap, [2, 3]);
  const { shape } = edgeMap;
  const rank = shape.length;
  if (shape.includes(0)) {
    throw new ShapeError({ functionName: name, argument: "edgeMap", expected: "not be empty", received: shape });
  }
  const pixelSize = expectSpacing(name, rest.spacing, rank);
  const spacing = pixelSize.map((size) => size / Math.min(...pixelSize));
  const limit = 1 / (2 * spacing.reduce((sum, size) => sum + 1 / size ** 2, 0));
  const { mu = rank === 2 ? 0.2 : 0.15 } = rest;
  expectNumber(name, "mu", mu, { above: 0, max: limit });
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  expectBoolean(name, "normalize", normalize);
  expectFiniteValues(name, "edgeMap", edgeMap);
  throwIfAborted(signal);

  const pixels = elementCount(shape);
  const edges = scaled(toValues(edgeMap, Float64Array));
  const gradients = spacing.map((size, axis) => {
    const gradient = new Float64Array(pixels);
    forEachNeighbours(shape, axis, (i, before, after) => {
      gradient[i] = (edges[after]! - edges[before]!) / (2 * size);
    });
    return gradient;
  });
  const squares = new Float64Array(pixels);
  for (const gradient of gradients) for (let i = 0; i < pixels; i++) squares[i]! += gradient[i]! ** 2;
  let field = gradients.map((gradient) => gradient.slice());
  let next = gradients.map(() => new Float64Array(pixels));
  for (let iteration = 1; iteration <= iterations; iteration++) {
    for (const [k, gradient] of gradients.entries()) {
      const [from, to] = [field[k]!, next[k]!];
      for (let i = 0; i < pixels; i++) to[i] = from[i]! - squares[i]! * (from[i]! - gradient[i]!);
      for (const [axis, size] of spacing.entries()) {
        const weight = mu / size ** 2;
        forEachNeighbours(shape, axis, (i, before, after) => {
          to[i]! += weight * (from[before]! + from[after]! - 2 * from[i]!);
        });
      }
    }
    [field, next] = [next, field];
    onProgress?.({ iteration, iterations });
    throwIfAborted(signal);
  }
  const result = zeros(Float64Array, [...shape, rank]);
  for (let i = 0; i < pixels; i++) {
    const length = normalize ? Math.hypot(...field.map((component) => component[i]!)) + 1e-10 : 1;
    for (let k = 0; k < rank; k++) result.data[i * rank + k] = field[k]![i]! / length;
  }
  return result;
}

/** To [0, 1]; a constant map becomes 0. */
function scaled(values: Float64Array): Float64Array {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low;
  return range === 0 ? values.fill(0) : values.map((value) => (value - low) / range);
}

/** Visits each pixel with its neighbours along an axis; beyond the border pixel comes its inner neighbour again. */
function forEachNeighbours(
  shape: readonly number[],
  axis: number,
  visit: (pixel: number, before: number, after: number) => void,
): void {
  const n = shape[axis]!;
  const stride = elementCount(shape.slice(axis + 1));
  const blocks = elementCount(shape.slice(0, axis));
  for (let block = 0; block < blocks; block++) {
    for (let j = 0; j < n; j++) {
      const before = n === 1 ? 0 : j === 0 ? stride : -stride;
      const after = n === 1 ? 0 : j === n - 1 ? -stride : stride;
      const start = (block * n + j) * stride;
      for (let i = start; i < start + stride; i++) visit(i, i + before, i + after);
    }
  }
}
