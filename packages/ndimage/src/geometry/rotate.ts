import type { AnyArray } from "@ddl/core";
import { ArgumentError, expectBoolean, expectNumber, expectOptions, expectRank, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import type { FloatStorage } from "../floatStorage.js";
import { prepareResampling } from "./affine.js";
import { cosineOfDegrees, sineOfDegrees } from "./degrees.js";
import type { ResamplingOptions } from "./resample.js";
import { resample } from "./resample.js";

/** Options of {@link rotate}. */
export interface RotateOptions extends ResamplingOptions {
  /** The two axes of the plane of rotation, in any order. Default [1, 0]. */
  axes?: readonly [number, number];
  /** Fit the result's shape to the whole rotated image; otherwise it keeps the input's. Default true. */
  reshape?: boolean;
}

/**
 * Rotates an array in a plane of two of its axes about the plane's centre (scipy.ndimage.rotate, orders 0 and 1).
 *
 * With rows pointing down, a positive angle turns an image anticlockwise. Multiples of 90° are exact.
 *
 * @param array two or three axes, at least one element, finite values; float32 gives float32, everything else float64
 * @param angle in degrees, at most 10⁹ in size
 * @returns a new array; with `reshape` each of the two lengths is ⌊extent of the rotated image + ½⌋
 * @throws ShapeError for another rank; ArgumentError for equal axes; RangeArgumentError for values that are not finite
 * @example `rotate(image, 30, { reshape: false, mode: "nearest" })`
 */
export function rotate<T extends AnyArray>(
  array: NdArray<T>,
  angle: number,
  options: RotateOptions = {},
): NdArray<FloatStorage<T>> {
  const known = ["order", "mode", "cval", "axes", "reshape"] as const;
  const { axes = [1, 0], reshape = true, ...rest } = expectOptions("rotate", options, known);
  expectRank("rotate", "array", array, [2, 3]);
  expectNumber("rotate", "angle", angle, { min: -1e9, max: 1e9 });
  const [first, second] = expectPlane(axes, array.shape.length);
  expectBoolean("rotate", "reshape", reshape);
  const input = prepareResampling("rotate", array, rest);
  const cosine = cosineOfDegrees(angle);
  const sine = sineOfDegrees(angle);
  const inPlane = [array.shape[first]!, array.shape[second]!] as const;
  const outPlane = reshape ? rotatedShape(inPlane, cosine, sine) : inPlane;
  const shape = [...array.shape];
  shape[first] = outPlane[0];
  shape[second] = outPlane[1];
  const centre = [(outPlane[0] - 1) / 2, (outPlane[1] - 1) / 2] as const;
  const offset = shape.map(() => 0);
  offset[first] = (inPlane[0] - 1) / 2 - (cosine * centre[0] + sine * centre[1]);
  offset[second] = (inPlane[1] - 1) / 2 - (-sine * centre[0] + cosine * centre[1]);
  const matrix: number[][] = shape.map((_, k) => shape.map((__, j) => (j === k ? 1 : 0)));
  matrix[first]![first] = cosine;
  matrix[first]![second] = sine;
  matrix[second]![first] = -sine;
  matrix[second]![second] = cosine;
  const result = zeros(Float64Array, shape);
  resample(input.values, result, { matrix, offset, diagonal: false }, input);
  return (array.data instanceof Float32Array ? toContiguous(result, Float32Array) : result) as NdArray<FloatStorage<T>>;
}

/** ⌊extent + ½⌋ of the rotated corners (0, 0), (0, columns), (rows, 0), (rows, columns). */
function rotatedShape([rows, columns]: readonly [number, number], cosine: number, sine: number): [number, number] {
  const extent = (along: number, across: number): number => {
    const corners = [0, across * columns, along * rows, along * rows + across * columns];
    return Math.floor(Math.max(...corners) - Math.min(...corners) + 0.5);
  };
  return [extent(cosine, sine), extent(-sine, cosine)];
}

function expectPlane(axes: readonly [number, number], rank: number): [number, number] {
  if (!Array.isArray(axes) || axes.length !== 2 || axes[0] === axes[1]) {
    throw new ArgumentError({ functionName: "rotate", argument: "axes", expected: "be two axes", received: axes });
  }
  for (const axis of axes) expectNumber("rotate", "axes", axis, { integer: true, min: 0, max: rank - 1 });
  return [Math.min(axes[0], axes[1]), Math.max(axes[0], axes[1])];
}
