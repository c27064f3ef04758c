import type { AnyArray, FloatArray } from "@ddl/core";
import {
  elementCount,
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { gaussianFilter } from "../filters/gaussianFilter.js";
import { splineCoefficients } from "./spline.js";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** 0: nearest pixel, 1: linear (default), 2: biquadratic interpolating spline. */
  order?: 0 | 1 | 2;
  /** What lies outside the image: the image mirrored about its edge pixels (`reflect`, default) or 0 (`constant`). */
  mode?: "reflect" | "constant";
  /** Smooth by a Gaussian of (in/out − 1)/2 pixels along axes that shrink. Default false (scikit-image's default is true). */
  antialias?: boolean;
  /** Keep the result within the range of the input: splines overshoot. Default true. */
  clip?: boolean;
}

/**
 * Resizes an array of one to four axes to another shape (scikit-image's `resize` with `preserve_range`).
 *
 * Pixel o of a result of length m lies at (o + ½)·n/m − ½ of an axis of length n. Axes that keep their length are left alone, so
 * that a channel or slice axis is carried through.
 *
 * @param array finite values, at least one element; float32 gives float32, everything else float64, without any rescaling
 * @param shape lengths of the result, one an axis, each ≥ 1
 * @throws ShapeError for a shape of another rank; RangeArgumentError for a length below 1 or values that are not finite
 * @example `resize(slice, [128, 128], { order: 1, antialias: true })`
 */
export function resize<T extends AnyArray>(
  array: NdArray<T>,
  shape: readonly number[],
  options: ResizeOptions = {},
): NdArray<T extends Float32Array ? Float32Array : Float64Array> {
  const {
    order = 1,
    mode = "reflect",
    antialias = false,
    clip = true,
  } = expectOptions("resize", options, ["order", "mode", "antialias", "clip"]);
  expectRank("resize", "array", array, [1, 2, 3, 4]);
  expectOneOf("resize", "order", order, [0, 1, 2]);
  expectOneOf("resize", "mode", mode, ["reflect", "constant"]);
  expectBoolean("resize", "antialias", antialias);
  expectBoolean("resize", "clip", clip);
  if (shape.length !== array.shape.length) {
    const expected = `have ${array.shape.length} entries, one an axis`;
    throw new ShapeError({ functionName: "resize", argument: "shape", expected, received: shape });
  }
  for (const n of [...shape, ...array.shape]) expectNumber("resize", "shape", n, { integer: true, min: 1 });
  expectFiniteValues("resize", "array", array);
  const factors = array.shape.map((n, k) => n / shape[k]!);
  const input = toContiguous(array, Float64Array);
  let current = antialias ? smooth(input, factors, mode) : input;
  for (let axis = 0; axis < shape.length; axis++) {
    if (current.shape[axis] !== shape[axis]) current = resizeAxis(current, axis, shape[axis]!, order, mode);
  }
  if (clip && order > 1) clipTo(current.data, input.data);
  const result: NdArray<FloatArray> =
    array.data instanceof Float32Array ? toContiguous(current, Float32Array) : current;
  return result as NdArray<T extends Float32Array ? Float32Array : Float64Array>;
}

function smooth(
  array: NdArray<Float64Array>,
  factors: readonly number[],
  mode: "reflect" | "constant",
): NdArray<Float64Array> {
  const sigma = factors.map((factor) => Math.max(0, (factor - 1) / 2));
  return gaussianFilter(array, sigma, { mode: mode === "constant" ? "constant" : "mirror" });
}

/** What one output pixel is a weighted sum of. */
interface Taps {
  /** Index of the first input pixel; it may lie outside. */
  first: number;
  weights: readonly number[];
}

function tapsAt(position: number, order: 0 | 1 | 2): Taps {
  if (order === 0) return { first: Math.floor(position + 0.5), weights: [1] };
  if (order === 1) {
    const first = Math.floor(position);
    const share = position - first;
    return { first, weights: [1 - share, share] };
  }
  const centre = Math.floor(position + 0.5);
  const t = position - centre;
  return { first: centre - 1, weights: [0.5 * (0.5 - t) ** 2, 0.75 - t * t, 0.5 * (0.5 + t) ** 2] };
}

/** Zeros put before and behind a line whose spline must fall to 0 outside: as many as the reference puts. */
const splinePadding = 12;

function resizeAxis(
  array: NdArray<Float64Array>,
  axis: number,
  length: number,
  order: 0 | 1 | 2,
  mode: "reflect" | "constant",
): NdArray<Float64Array> {
  const { data, shape } = array;
  const before = shape[axis]!;
  const stride = elementCount(shape.slice(axis + 1));
  const result = zeros(
    Float64Array,
    shape.map((n, k) => (k === axis ? length : n)),
  );
  const padding = order === 2 && mode === "constant" ? splinePadding : 0;
  const line = new Float64Array(before + 2 * padding);
  const taps = Array.from({ length }, (_, o) => tapsAt((o + 0.5) * (before / length) - 0.5 + padding, order));
  for (let outer = 0; outer < data.length / (before * stride); outer++) {
    for (let inner = 0; inner < stride; inner++) {
      line.fill(0);
      for (let i = 0; i < before; i++) line[padding + i] = data[(outer * before + i) * stride + inner]!;
      if (order === 2) splineCoefficients(line);
      for (let o = 0; o < length; o++) {
        const { first, weights } = taps[o]!;
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          const at = first + k;
          if (at >= 0 && at < line.length) sum += weights[k]! * line[at]!;
          else if (mode === "reflect") sum += weights[k]! * line[mirror(at, line.length)]!;
        }
        result.data[(outer * length + o) * stride + inner] = sum;
      }
    }
  }
  return result;
}

/** The index inside 0 … n−1 that index i falls on when a line is mirrored about its end pixels. */
function mirror(i: number, n: number): number {
  if (n === 1) return 0;
  const period = 2 * (n - 1);
  const at = ((i % period) + period) % period;
  return at < n ? at : period - at;
}

function clipTo(values: Float64Array, range: Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of range) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  for (let i = 0; i < values.length; i++) values[i] = Math.min(high, Math.max(low, values[i]!));
}
