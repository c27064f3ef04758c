import { ShapeError } from "@ddl/core";
import type { ArrayInput, Values } from "../input/values.js";
import { readPair } from "../input/values.js";

/** Bits of {@link MaskWindow.bits}. */
export const inReference = 1;
export const inPrediction = 2;

/**
 * Two masks side by side, cut to the smallest box that holds both, with a margin of one pixel outside on every side.
 *
 * Every border element and everything nearest to one lies in this window.
 */
export interface MaskWindow {
  /** {@link inReference} and {@link inPrediction}, or 0, of each pixel. */
  readonly bits: Uint8Array;
  /** Three lengths with the margins; a plane is (n, 1, m), a line (1, 1, n), and an axis of length 1 that was added has no margin. */
  readonly shape: readonly [number, number, number];
  /** Distance in `bits` of neighbours along each axis of the masks. */
  readonly strides: readonly number[];
  /** Shape of the whole masks. */
  readonly imageShape: readonly number[];
}

/** Reads two masks of one to three axes; anything but 0 is inside. @throws ShapeError; RangeArgumentError for NaN */
export function readWindow(functionName: string, reference: ArrayInput, prediction: ArrayInput): MaskWindow {
  const [r, p] = readPair(functionName, reference, prediction);
  const rank = r.shape.length;
  if (rank < 1 || rank > 3) {
    const expected = "have 1, 2 or 3 dimensions";
    throw new ShapeError({ functionName, argument: "reference", expected, received: r.shape });
  }
  const image = asVolume(r.shape, 1);
  const { from, to, firsts, ends } = commonBox(r, p, image);
  const margin = asVolume(new Array<number>(rank).fill(1), 0);
  const shape = margin.map((m, k) => Math.max(0, to[k]! - from[k]!) + 2 * m) as [number, number, number];
  const a = r.data;
  const b = p.data;
  const bits = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let i = from[0]; i < to[0]; i++) {
    for (let j = from[1]; j < to[1]; j++) {
      const row = i * image[1] + j;
      const source = row * image[2];
      const target = ((i - from[0] + margin[0]) * shape[1] + j - from[1] + margin[1]) * shape[2] - from[2] + margin[2];
      for (let k = firsts[row]!; k < ends[row]!; k++) {
        bits[target + k] = (a[source + k] === 0 ? 0 : inReference) | (b[source + k] === 0 ? 0 : inPrediction);
      }
    }
  }
  const strides = [shape[1] * shape[2], ...(rank === 3 ? [shape[2]] : []), 1].slice(-rank);
  return { bits, shape, strides, imageShape: r.shape };
}

/** Entries of the masks' axes at the places that they have in a {@link MaskWindow}. */
export function asVolume(values: readonly number[], missing: number): [number, number, number] {
  const last = values[values.length - 1]!;
  if (values.length === 3) return [values[0]!, values[1]!, last];
  return [values.length === 2 ? values[0]! : missing, missing, last];
}

type Triple = [number, number, number];

/** The smallest box that holds both masks, and from where to where each row of the image holds any. */
function commonBox(
  r: Values,
  p: Values,
  [n0, n1, n2]: Triple,
): { from: Triple; to: Triple; firsts: Int32Array; ends: Int32Array } {
  const from: Triple = [n0, n1, n2];
  const to: Triple = [0, 0, 0];
  const firsts = new Int32Array(n0 * n1);
  const ends = new Int32Array(n0 * n1);
  const a = r.data;
  const b = p.data;
  for (let i = 0, row = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++, row++) {
      const begin = row * n2;
      let first = begin;
      let end = begin + n2;
      while (first < end && a[first] === 0 && b[first] === 0) first++;
      if (first === end) continue;
      while (a[end - 1] === 0 && b[end - 1] === 0) end--;
      firsts[row] = first - begin;
      ends[row] = end - begin;
      if (i < from[0]) from[0] = i;
      if (j < from[1]) from[1] = j;
      if (first - begin < from[2]) from[2] = first - begin;
      to[0] = i + 1;
      if (j >= to[1]) to[1] = j + 1;
      if (end - begin > to[2]) to[2] = end - begin;
    }
  }
  return { from, to, firsts, ends };
}
