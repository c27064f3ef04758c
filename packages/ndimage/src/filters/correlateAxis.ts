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

/**
 * Lines across memory that are copied together: as many as a cache line has pixels, so that each of these is fetched once, and so few
 * that they stay in the first-level cache.
 */
const linesTogether = 8;

/**
 * Correlates every line along one axis of a C-ordered array, in place.
 *
 * A pixel's sum starts with the centre and takes the pairs from the outside in, as scipy's does: not even a bit differs from it.
 * Working memory: 8 lines with their borders.
 *
 * @param single round the result to float32
 */
export function correlateAxis(
  data: Float64Array,
  shape: readonly number[],
  axis: number,
  kernel: HalfKernel,
  { mode, cval }: Border,
  single: boolean,
): void {
  if (data.length === 0) return;
  const length = shape[axis]!;
  const stride = elementCount(shape.slice(axis + 1));
  const radius = kernel.weights.length - 1;
  const sources = Int32Array.from({ length: length + 2 * radius }, (_, i) => borderIndex(i - radius, length, mode));
  const together = Math.min(linesTogether, stride);
  // Sums are made four at a time: the last may need three pixels more.
  const pitch = sources.length + 3;
  const lines = new Float64Array(together * pitch);
  for (let block = 0; block < data.length; block += length * stride) {
    for (let first = block; first < block + stride; first += together) {
      const count = Math.min(together, block + stride - first);
      for (let i = 0; i < sources.length; i++) {
        const from = first + sources[i]! * stride;
        if (sources[i]! < 0) for (let j = 0; j < count; j++) lines[i + j * pitch] = cval;
        else for (let j = 0; j < count; j++) lines[i + j * pitch] = data[from + j]!;
      }
      for (let j = 0; j < count; j++) correlateLine(lines, j * pitch, length, kernel);
      for (let i = 0; i < length; i++) {
        const to = first + i * stride;
        if (single) for (let j = 0; j < count; j++) data[to + j] = Math.fround(lines[i + j * pitch]!);
        else for (let j = 0; j < count; j++) data[to + j] = lines[i + j * pitch]!;
      }
    }
  }
}

/**
 * Puts the sums of a line's pixels at its start, over what no later sum needs. Four at a time: a weight is loaded once for them, and what
 * one has loaded its neighbour wants in the next step.
 */
function correlateLine(line: Float64Array, start: number, length: number, { weights, parity }: HalfKernel): void {
  const radius = weights.length - 1;
  const centre = weights[0]!;
  for (let at = start; at < start + length; at += 4) {
    let s0 = line[at + radius]! * centre;
    let s1 = line[at + radius + 1]! * centre;
    let s2 = line[at + radius + 2]! * centre;
    let s3 = line[at + radius + 3]! * centre;
    let before = at;
    let a0 = line[before]!;
    let a1 = line[before + 1]!;
    let a2 = line[before + 2]!;
    // a + (−b) is a − b, to the bit.
    let behind = at + 2 * radius;
    let b1 = parity * line[behind + 1]!;
    let b2 = parity * line[behind + 2]!;
    let b3 = parity * line[behind + 3]!;
    for (let k = radius; k > 0; k--, before++, behind--) {
      const weight = weights[k]!;
      const a3 = line[before + 3]!;
      const b0 = parity * line[behind]!;
      s0 += (a0 + b0) * weight;
      s1 += (a1 + b1) * weight;
      s2 += (a2 + b2) * weight;
      s3 += (a3 + b3) * weight;
      a0 = a1;
      a1 = a2;
      a2 = a3;
      b3 = b2;
      b2 = b1;
      b1 = b0;
    }
    line[at] = s0;
    line[at + 1] = s1;
    line[at + 2] = s2;
    line[at + 3] = s3;
  }
}
