import { elementCount, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { borderIndex } from "./border.js";
import type { Border } from "./correlateAxis.js";

/** Weights of an n-dimensional kernel in raster order, with their places in an array padded by one. */
export interface Taps {
  offsets: Int32Array;
  weights: Float64Array;
}

/** The array with one more pixel at each end of each axis, in C order. */
export function padByOne(array: NdArray<Float64Array>, { mode, cval }: Border): NdArray<Float64Array> {
  let { data } = array;
  const shape = [...array.shape];
  if (data.length === 0) return zeros(Float64Array, shape);
  for (const [axis, length] of array.shape.entries()) {
    const stride = elementCount(shape.slice(axis + 1));
    const blocks = elementCount(shape.slice(0, axis));
    const padded = new Float64Array(blocks * (length + 2) * stride);
    for (let block = 0; block < blocks; block++) {
      for (let i = -1; i <= length; i++) {
        const to = (block * (length + 2) + i + 1) * stride;
        const source = borderIndex(i, length, mode);
        const from = (block * length + source) * stride;
        if (source < 0) padded.fill(cval, to, to + stride);
        else for (let j = 0; j < stride; j++) padded[to + j] = data[from + j]!;
      }
    }
    data = padded;
    shape[axis] = length + 2;
  }
  const result = zeros(Float64Array, shape);
  result.data.set(data);
  return result;
}

/** scikit-image's Sobel kernel as a correlation: (−1, 0, 1) along an axis, (1, 2, 1)/4 along the others. */
export function sobelTaps(shape: readonly number[], axis: number): Taps {
  let taps: [offset: number, weight: number][] = [[0, 1]];
  for (const k of shape.keys()) {
    const stride = elementCount(shape.slice(k + 1).map((n) => n + 2));
    const line = k === axis ? [-1, 0, 1] : [0.25, 0.5, 0.25];
    taps = taps.flatMap(([offset, weight]) => line.map((w, i): [number, number] => [offset + i * stride, weight * w]));
  }
  const used = taps.filter(([, weight]) => weight !== 0);
  return { offsets: Int32Array.from(used, ([o]) => o), weights: Float64Array.from(used, ([, w]) => w) };
}

/** Σ weight · padded[place + offset] at every pixel of `shape`. */
export function correlateTaps(
  padded: NdArray<Float64Array>,
  shape: readonly number[],
  { offsets, weights }: Taps,
  single: boolean,
): NdArray<Float64Array> {
  const result = zeros(Float64Array, shape);
  const target = result.data;
  const source = padded.data;
  const [planes, rows, columns] = [...new Array<number>(3 - shape.length).fill(1), ...shape] as [
    number,
    number,
    number,
  ];
  const row = columns + 2;
  const plane = row * (shape.length < 2 ? 1 : rows + 2);
  for (let z = 0, i = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      const start = z * plane + y * row;
      for (let x = 0; x < columns; x++, i++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += source[start + x + offsets[k]!]! * weights[k]!;
        target[i] = single ? Math.fround(sum) : sum;
      }
    }
  }
  return result;
}
