import type { AnyArray } from "@ddl/core";
import {
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  RangeArgumentError,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";
import { extensionModes } from "./extendCoordinate.js";
import type { AffineMap, ResamplingOptions } from "./resample.js";
import { resample } from "./resample.js";

/** Options of {@link affine}. */
export interface AffineOptions extends ResamplingOptions {
  /** Added to matrix · index: one number for all axes or one an axis. Not with a homogeneous matrix. Default 0. */
  offset?: number | readonly number[];
  /** Shape of the result, one to three lengths ≥ 0. Default: the input's. */
  outputShape?: readonly number[];
}

/**
 * Affine transform: the pixel at index o of the result is the input at coordinate matrix · o + offset
 * (scipy.ndimage.affine_transform, orders 0 and 1).
 *
 * @param array one to three axes, at least one element, finite values; float32 gives float32, everything else float64 (scipy
 *   rounds integers)
 * @param matrix a row for each axis of the input, with a number for each axis of the result; or a list of numbers, its diagonal;
 *   or, for a result of n axes as the input, homogeneous: the offset as column n + 1, and perhaps the row 0 … 0 1
 *   Every number is at most 10⁹ in size, as is the offset.
 * @returns a new array of shape `outputShape`
 * @throws ShapeError for a matrix, offset or shape of other lengths; RangeArgumentError for values that are not finite
 * @example `affine(image, [0.5, 2], { outputShape: [20, 30] })`
 * @example `affine(image, [[0, 1], [1, 0]], { outputShape: [image.shape[1], image.shape[0]] })` is the transposed image
 */
export function affine<T extends AnyArray>(
  array: NdArray<T>,
  matrix: readonly number[] | readonly (readonly number[])[],
  options: AffineOptions = {},
): NdArray<FloatStorage<T>> {
  const known = ["order", "mode", "cval", "offset", "outputShape"] as const;
  const { offset, outputShape = array?.shape, ...rest } = expectOptions("affine", options, known);
  const input = prepareResampling("affine", array, rest);
  const rank = array.shape.length;
  if (!Array.isArray(outputShape) || outputShape.length < 1 || outputShape.length > 3) {
    const expected = "have one to three entries";
    throw new ShapeError({ functionName: "affine", argument: "outputShape", expected, received: outputShape });
  }
  for (const n of outputShape) expectNumber("affine", "outputShape", n, { integer: true, min: 0 });
  const map = readMatrix(matrix, offset, rank, outputShape.length);
  const result = zeros(Float64Array, outputShape);
  resample(input.values, result, map, input);
  return (array.data instanceof Float32Array ? toContiguous(result, Float32Array) : result) as NdArray<FloatStorage<T>>;
}

/** Checks what every resampling takes, and copies the values. */
export function prepareResampling(
  functionName: string,
  array: NdArray<AnyArray>,
  { order = 1, mode = "constant", cval = 0 }: ResamplingOptions,
): Required<ResamplingOptions> & { values: NdArray<Float64Array> } {
  expectRank(functionName, "array", array, [1, 2, 3]);
  expectOneOf(functionName, "order", order, [0, 1]);
  expectOneOf(functionName, "mode", mode, extensionModes);
  expectNumber(functionName, "cval", cval);
  if (array.shape.includes(0)) {
    const expected = "have at least one element";
    throw new RangeArgumentError({ functionName, argument: "array", expected, received: array.shape });
  }
  return { order, mode, cval, values: finiteValues(functionName, "array", array) };
}

/** Coordinates stay whole numbers and their neighbours apart. */
const bounds = { min: -1e9, max: 1e9 };

function readMatrix(matrix: unknown, offset: AffineOptions["offset"], rank: number, outputRank: number): AffineMap {
  const fail = (received: unknown): never => {
    const expected = `be ${rank} rows of ${outputRank} numbers, ${rank} numbers, or homogeneous`;
    throw new ShapeError({ functionName: "affine", argument: "matrix", expected, received });
  };
  if (!Array.isArray(matrix)) return fail(matrix);
  const number = (value: unknown): number => expectNumber("affine", "matrix", value, bounds);
  if (!matrix.some(Array.isArray)) {
    if (matrix.length !== rank || outputRank !== rank) return fail(matrix);
    const rows = matrix.map((value, k) => matrix.map((_, j) => (j === k ? number(value) : 0)));
    return { matrix: rows, offset: readOffset(offset, rank), diagonal: true };
  }
  const homogeneous = outputRank === rank && (matrix.length === rank + 1 || matrix[0]?.length === rank + 1);
  const width = homogeneous ? rank + 1 : outputRank;
  const height = homogeneous ? [rank, rank + 1] : [rank];
  const fits = matrix.every((row) => Array.isArray(row) && row.length === width);
  if (!fits || !height.includes(matrix.length)) return fail(matrix);
  for (const row of matrix) row.forEach(number);
  if (!homogeneous) return { matrix, offset: readOffset(offset, rank), diagonal: false };
  const last = [...new Array<number>(rank).fill(0), 1];
  if (matrix.length === rank + 1 && matrix[rank].join() !== last.join()) {
    const expected = `have the last row [${last.join(", ")}]`;
    throw new RangeArgumentError({ functionName: "affine", argument: "matrix", expected, received: matrix[rank] });
  }
  if (offset !== undefined) {
    const expected = "be left out where the matrix is homogeneous";
    throw new RangeArgumentError({ functionName: "affine", argument: "offset", expected, received: offset });
  }
  const rows: number[][] = matrix.slice(0, rank);
  return { matrix: rows.map((row) => row.slice(0, rank)), offset: rows.map((row) => row[rank]!), diagonal: false };
}

function readOffset(offset: number | readonly number[] = 0, rank: number): readonly number[] {
  const list = Array.isArray(offset) ? offset : new Array<number>(rank).fill(offset as number);
  if (list.length !== rank) {
    const expected = `have ${rank} ${rank === 1 ? "entry" : "entries"}, one an axis`;
    throw new ShapeError({ functionName: "affine", argument: "offset", expected, received: offset });
  }
  for (const value of list) expectNumber("affine", "offset", value, bounds);
  return list;
}
