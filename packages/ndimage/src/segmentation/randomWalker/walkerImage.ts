import type { AnyArray } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { finiteValues } from "../../finiteValues.js";

/** The greatest values of the integer types: scikit-image maps them to 1, and signed ones to no less than −1. */
const greatest: readonly (readonly [new (length: number) => object, value: number])[] = [
  [Uint8Array, 255],
  [Uint8ClampedArray, 255],
  [Uint16Array, 65535],
  [Uint32Array, 4294967295],
  [Int8Array, 127],
  [Int16Array, 32767],
  [Int32Array, 2147483647],
];

/** The data with the channels last, in C order; integers mapped to 0 … 1 or −1 … 1. */
export function walkerValues(
  functionName: string,
  data: NdArray<AnyArray>,
  channelAxis: number | undefined,
): Float64Array {
  const axes = data.shape.map((_, k) => k);
  if (channelAxis !== undefined) axes.push(...axes.splice(channelAxis, 1));
  const pick = (of: readonly number[]): number[] => axes.map((k) => of[k]!);
  const values = finiteValues(
    functionName,
    "data",
    ndarray(data.data, pick(data.shape), pick(data.stride), data.offset) as NdArray<AnyArray>,
  ).data;
  const scale = greatest.find(([storage]) => data.data instanceof storage);
  if (scale === undefined) return values;
  for (let i = 0; i < values.length; i++) values[i] = Math.max(-1, values[i]! * (1 / scale[1]));
  return values;
}

/** Standard deviation of all values. */
export function standardDeviation(values: Float64Array): number {
  let mean = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  let square = 0;
  for (const value of values) square += (value - mean) * (value - mean);
  return Math.sqrt(square / values.length);
}
