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

/** Pixels of a row whose sums are kept at a time. */
const rowChunk = 512;
/** Lines across memory that are done together: their copies, border and all, should stay in the second-level cache. */
const columnChunk = 64;

/**
 * Correlates every line along one axis of a C-ordered array, in place.
 *
 * A pixel's sum starts with the centre and takes the pairs from the outside in, as scipy's does: not even a bit differs from it.
 * Work runs along memory whatever the axis. Working memory: at most 64 lines.
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
  kernel: HalfKernel,
  cval: number,
  single: boolean,
): void {
  const radius = kernel.weights.length - 1;
  const length = sources.length - 2 * radius;
  const line = new Float64Array(sources.length);
  const sums = new Float64Array(Math.min(rowChunk, length));
  for (let start = 0; start < data.length; start += length) {
    for (let i = 0; i < sources.length; i++) line[i] = sources[i]! < 0 ? cval : data[start + sources[i]!]!;
    for (let first = 0; first < length; first += rowChunk) {
      const count = Math.min(rowChunk, length - first);
      sumPairs(sums, count, line, first + radius, 1, kernel);
      store(data, start + first, sums, count, single);
    }
  }
}

/** Lines across memory, many together: their pixels i lie side by side in row i of `lines`. */
function correlateColumns(
  data: Float64Array,
  sources: Int32Array,
  kernel: HalfKernel,
  cval: number,
  single: boolean,
  stride: number,
): void {
  const radius = kernel.weights.length - 1;
  const length = sources.length - 2 * radius;
  const width = Math.min(columnChunk, stride);
  const lines = new Float64Array(sources.length * width);
  const sums = new Float64Array(width);
  for (let block = 0; block < data.length; block += length * stride) {
    for (let first = 0; first < stride; first += width) {
      const count = Math.min(width, stride - first);
      for (let i = 0; i < sources.length; i++) {
        const from = block + sources[i]! * stride + first;
        if (sources[i]! < 0) lines.fill(cval, i * width, i * width + count);
        else for (let j = 0; j < count; j++) lines[i * width + j] = data[from + j]!;
      }
      for (let i = 0; i < length; i++) {
        sumPairs(sums, count, lines, (i + radius) * width, width, kernel);
        store(data, block + i * stride + first, sums, count, single);
      }
    }
  }
}

/** The sums of `count` neighbouring pixels whose lines run in steps of `step`; three pairs in a pass to spare the memory. */
function sumPairs(
  sums: Float64Array,
  count: number,
  line: Float64Array,
  at: number,
  step: number,
  { weights, parity }: HalfKernel,
): void {
  const centre = weights[0]!;
  for (let j = 0; j < count; j++) sums[j] = line[at + j]! * centre;
  let k = weights.length - 1;
  for (; k >= 3; k -= 3) {
    const far = weights[k]!;
    const middle = weights[k - 1]!;
    const near = weights[k - 2]!;
    const before = at - k * step;
    const behind = at + k * step;
    const twice = 2 * step;
    if (parity === 1) {
      for (let j = 0; j < count; j++) {
        let sum = sums[j]! + (line[before + j]! + line[behind + j]!) * far;
        sum += (line[before + step + j]! + line[behind - step + j]!) * middle;
        sums[j] = sum + (line[before + twice + j]! + line[behind - twice + j]!) * near;
      }
    } else {
      for (let j = 0; j < count; j++) {
        let sum = sums[j]! + (line[before + j]! - line[behind + j]!) * far;
        sum += (line[before + step + j]! - line[behind - step + j]!) * middle;
        sums[j] = sum + (line[before + twice + j]! - line[behind - twice + j]!) * near;
      }
    }
  }
  for (; k >= 1; k--) {
    const weight = weights[k]!;
    const before = at - k * step;
    const behind = at + k * step;
    if (parity === 1) for (let j = 0; j < count; j++) sums[j]! += (line[before + j]! + line[behind + j]!) * weight;
    else for (let j = 0; j < count; j++) sums[j]! += (line[before + j]! - line[behind + j]!) * weight;
  }
}

function store(data: Float64Array, at: number, sums: Float64Array, count: number, single: boolean): void {
  if (single) for (let j = 0; j < count; j++) data[at + j] = Math.fround(sums[j]!);
  else for (let j = 0; j < count; j++) data[at + j] = sums[j]!;
}
