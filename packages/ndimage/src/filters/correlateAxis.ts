import { elementCount } from "@ddl/core";
import type { BorderMode } from "./border.js";
import { borderIndex } from "./border.js";

/** A kernel that is even or odd about its centre. */
export interface HalfKernel {
  /** Weights of the pixels at distance 0, 1, … before the centre; the other half follows by parity. */
  weights: Float64Array;
  /** 1: the weight of the pixel behind is the same; −1: it has the other sign. */
  parity: 1 | -1;
}

/** Border of a filter. */
export interface Border {
  mode: BorderMode;
  /** Value outside for mode `constant`. */
  cval: number;
}

/** Pixels whose sums are kept at a time: they and a pair of rows stay in the first-level cache. */
const chunk = 512;

/**
 * Correlates every line along one axis of a C-ordered array, in place.
 *
 * A pixel's sum starts with the centre and takes the pairs from the outside in, as scipy's does: not even a bit differs from it.
 * Work runs along memory whatever the axis. Working memory: one block of lines.
 *
 * @param single round the result to float32
 */
export function correlateAxis(
  data: Float64Array,
  shape: readonly number[],
  axis: number,
  kernel: HalfKernel,
  border: Border,
  single: boolean,
): void {
  if (data.length === 0) return;
  const length = shape[axis]!;
  const stride = elementCount(shape.slice(axis + 1));
  const radius = kernel.weights.length - 1;
  const sources = Int32Array.from({ length: length + 2 * radius }, (_, i) =>
    borderIndex(i - radius, length, border.mode),
  );
  if (stride === 1) correlateRows(data, sources, kernel, border.cval, single);
  else correlateColumns(data, sources, kernel, border.cval, single, stride);
}

/** Lines that lie along memory. */
function correlateRows(
  data: Float64Array,
  sources: Int32Array,
  { weights, parity }: HalfKernel,
  cval: number,
  single: boolean,
): void {
  const radius = weights.length - 1;
  const length = sources.length - 2 * radius;
  const line = new Float64Array(sources.length);
  const sums = new Float64Array(chunk);
  for (let start = 0; start < data.length; start += length) {
    for (let i = 0; i < sources.length; i++) line[i] = sources[i]! < 0 ? cval : data[start + sources[i]!]!;
    for (let first = 0; first < length; first += chunk) {
      const count = Math.min(chunk, length - first);
      const at = first + radius;
      for (let j = 0; j < count; j++) sums[j] = line[at + j]! * weights[0]!;
      for (let k = radius; k >= 1; k--) addPairs(sums, count, line, at - k, line, at + k, weights[k]!, parity);
      store(data, start + first, sums, count, single);
    }
  }
}

/** Lines across memory: all lines of a chunk together. */
function correlateColumns(
  data: Float64Array,
  sources: Int32Array,
  { weights, parity }: HalfKernel,
  cval: number,
  single: boolean,
  stride: number,
): void {
  const radius = weights.length - 1;
  const length = sources.length - 2 * radius;
  const width = Math.min(chunk, stride);
  const lines = new Float64Array(length * width);
  const outside = new Float64Array(width).fill(cval);
  const sums = new Float64Array(width);
  for (let block = 0; block < data.length; block += length * stride) {
    for (let first = 0; first < stride; first += width) {
      const count = Math.min(width, stride - first);
      for (let i = 0; i < length; i++) {
        const from = block + i * stride + first;
        for (let j = 0; j < count; j++) lines[i * width + j] = data[from + j]!;
      }
      for (let i = 0; i < length; i++) {
        for (let j = 0; j < count; j++) sums[j] = lines[i * width + j]! * weights[0]!;
        for (let k = radius; k >= 1; k--) {
          const before = sources[i + radius - k]!;
          const behind = sources[i + radius + k]!;
          const left = before < 0 ? outside : lines;
          const right = behind < 0 ? outside : lines;
          const leftAt = before < 0 ? 0 : before * width;
          const rightAt = behind < 0 ? 0 : behind * width;
          addPairs(sums, count, left, leftAt, right, rightAt, weights[k]!, parity);
        }
        store(data, block + i * stride + first, sums, count, single);
      }
    }
  }
}

function addPairs(
  sums: Float64Array,
  count: number,
  left: Float64Array,
  leftAt: number,
  right: Float64Array,
  rightAt: number,
  weight: number,
  parity: 1 | -1,
): void {
  if (parity === 1) for (let j = 0; j < count; j++) sums[j]! += (left[leftAt + j]! + right[rightAt + j]!) * weight;
  else for (let j = 0; j < count; j++) sums[j]! += (left[leftAt + j]! - right[rightAt + j]!) * weight;
}

function store(data: Float64Array, at: number, sums: Float64Array, count: number, single: boolean): void {
  if (single) for (let j = 0; j < count; j++) data[at + j] = Math.fround(sums[j]!);
  else for (let j = 0; j < count; j++) data[at + j] = sums[j]!;
}
