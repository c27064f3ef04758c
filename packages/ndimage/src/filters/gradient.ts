import type { AnyArray, FloatArray } from "@ddl/core";
import { elementCount, expectNumber, expectOptions, expectRank, expectSpacing, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { finiteValues } from "../finiteValues.js";
import type { FloatStorage } from "../floatStorage.js";

/** Options of {@link gradient}. */
export interface GradientOptions {
  /** Distance between pixels along each axis, ≥ 1e-30. Default 1 everywhere. */
  spacing?: readonly number[];
}

/**
 * Partial derivatives of an array by central differences, one-sided at both ends of an axis (numpy.gradient, `edge_order` 1).
 *
 * @param array one to four axes, finite values; float32 gives float32, everything else float64
 * @returns one array of the same shape for each axis; along an axis of length 1 the derivative is 0 (numpy raises)
 * @throws ShapeError for a spacing of the wrong length; RangeArgumentError for a spacing out of range or values not finite
 * @example `const [alongRows, alongColumns] = gradient(image, { spacing: [2, 0.5] })`
 */
export function gradient<T extends AnyArray>(
  array: NdArray<T>,
  options: GradientOptions = {},
): NdArray<FloatStorage<T>>[] {
  const { spacing } = expectOptions("gradient", options, ["spacing"]);
  expectRank("gradient", "array", array, [1, 2, 3, 4]);
  const steps = expectSpacing("gradient", spacing, array.shape.length);
  for (const step of steps) expectNumber("gradient", "spacing", step, { min: 1e-30 });
  const single = array.data instanceof Float32Array;
  const wide = finiteValues("gradient", "array", array);
  const values: NdArray<FloatArray> = single ? toContiguous(wide, Float32Array) : wide;
  return steps.map((step, axis) => derivative(values, axis, step, single) as NdArray<FloatStorage<T>>);
}

function derivative(values: NdArray<FloatArray>, axis: number, step: number, single: boolean): NdArray<FloatArray> {
  const { data, shape } = values;
  const result: NdArray<FloatArray> = single ? zeros(Float32Array, shape) : zeros(Float64Array, shape);
  const length = shape[axis]!;
  if (length < 2) return result;
  const stride = elementCount(shape.slice(axis + 1));
  const block = length * stride;
  // float32 differences are rounded before the division, as numpy's.
  const round = single ? Math.fround : (value: number): number => value;
  const one = round(step);
  const two = round(2 * step);
  const target = result.data;
  for (let start = 0; start < data.length; start += block) {
    const last = start + block - stride;
    for (let i = start; i < start + stride; i++) target[i] = round(data[i + stride]! - data[i]!) / one;
    for (let i = start + stride; i < last; i++) target[i] = round(data[i + stride]! - data[i - stride]!) / two;
    for (let i = last; i < last + stride; i++) target[i] = round(data[i]! - data[i - stride]!) / one;
  }
  return result;
}
