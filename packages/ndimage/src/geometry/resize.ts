import type { AnyArray, FloatArray } from "@ddl/core";
import {
  ArgumentError,
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  RangeArgumentError,
  ShapeError,
  toContiguous,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import type { BorderMode } from "../filters/border.js";
import type { Border } from "../filters/correlateAxis.js";
import { gaussianFilter } from "../filters/gaussianFilter.js";
import { finiteValues } from "../finiteValues.js";
import { resizeAxis } from "./resizeAxis.js";

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** 0: nearest pixel, 1: linear (default), 2: biquadratic interpolating spline. */
  order?: 0 | 1 | 2;
  /**
   * What lies outside the image, in scikit-image's names: the image mirrored about its edge pixels (`reflect`, default) or about its
   * edge (`symmetric`), the edge value (`edge`), the image again (`wrap`), or a `constant`. Order 2 takes `reflect` and `constant`.
   */
  mode?: "reflect" | "edge" | "symmetric" | "wrap" | "constant";
  /** Value outside the image for mode `constant`. Default 0. */
  cval?: number;
  /** Smooth by a Gaussian of (in/out − 1)/2 pixels along axes that shrink. Default false (scikit-image's default is true). */
  antialias?: boolean;
  /** Keep the result within the range of the input, except pixels that are `cval` alone: splines overshoot. Default true. */
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
    cval = 0,
    antialias = false,
    clip = true,
  } = expectOptions("resize", options, ["order", "mode", "cval", "antialias", "clip"]);
  expectRank("resize", "array", array, [1, 2, 3, 4]);
  expectOneOf("resize", "order", order, [0, 1, 2]);
  expectOneOf("resize", "mode", mode, Object.keys(borders) as (keyof typeof borders)[]);
  if (order === 2 && mode !== "reflect" && mode !== "constant") {
    const expected = 'be one of "reflect", "constant" for order 2';
    throw new ArgumentError({ functionName: "resize", argument: "mode", expected, received: mode });
  }
  expectNumber("resize", "cval", cval);
  expectBoolean("resize", "antialias", antialias);
  expectBoolean("resize", "clip", clip);
  if (!Array.isArray(shape) || shape.length !== array.shape.length) {
    const expected = `have ${array.shape.length} entries, one an axis`;
    throw new ShapeError({ functionName: "resize", argument: "shape", expected, received: shape });
  }
  for (const n of shape) expectNumber("resize", "shape", n, { integer: true, min: 1 });
  if (array.shape.includes(0)) {
    const expected = "have at least one element";
    throw new RangeArgumentError({ functionName: "resize", argument: "array", expected, received: array.shape });
  }
  const factors = array.shape.map((n, k) => n / shape[k]!);
  const input = finiteValues("resize", "array", array);
  const border: Border = { mode: borders[mode], cval };
  let current = antialias ? smooth(input, factors, border) : input;
  for (let axis = 0; axis < shape.length; axis++) {
    if (current.shape[axis] !== shape[axis]) current = resizeAxis(current, axis, shape[axis]!, order, border);
  }
  if (clip) clipTo(current.data, input.data, mode === "constant" ? cval : undefined);
  const result: NdArray<FloatArray> =
    array.data instanceof Float32Array ? toContiguous(current, Float32Array) : current;
  return result as NdArray<T extends Float32Array ? Float32Array : Float64Array>;
}

/** scikit-image's names in scipy's terms. */
const borders: Record<NonNullable<ResizeOptions["mode"]>, BorderMode> = {
  reflect: "mirror",
  edge: "nearest",
  symmetric: "reflect",
  wrap: "wrap",
  constant: "constant",
};

function smooth(array: NdArray<Float64Array>, factors: readonly number[], border: Border): NdArray<Float64Array> {
  const sigma = factors.map((factor) => Math.max(0, (factor - 1) / 2));
  return gaussianFilter(array, sigma, { mode: border.mode, cval: border.cval });
}

/** A constant that lies outside the range stays where a pixel is nothing else. */
function clipTo(values: Float64Array, range: Float64Array, constant: number | undefined): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of range) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== constant) values[i] = Math.min(high, Math.max(low, values[i]!));
  }
}
