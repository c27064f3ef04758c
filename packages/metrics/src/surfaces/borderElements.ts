import type { MaskWindow } from "./maskWindow.js";
import { surfelSizes } from "./surfelSizes.js";

/** What a border consists of: pixels of the mask, or the pieces of contour between pixels. */
export type BorderElement = "voxel" | "surfel";

/** The border elements of one mask, in raster order. */
export interface Border {
  /** Places in a grid of the window's shape. */
  readonly places: Int32Array;
  /** Length (2-D) or area (3-D) of each; undefined where each counts 1. */
  readonly sizes: Float64Array | undefined;
}

/** The borders of reference and prediction. */
export function borders(
  { bits, strides }: MaskWindow,
  elements: BorderElement,
  spacing: readonly number[],
): [reference: Border, prediction: Border] {
  if (elements === "voxel") {
    const marks = voxelMarks(bits, strides);
    return [1, 2].map((bit) => ({ places: placesOf(marks, bit), sizes: undefined })) as [Border, Border];
  }
  const sizes = surfelSizes(spacing);
  return surfelCodes(bits, strides).map((codes) => {
    const places = placesOf(codes, 255);
    return { places, sizes: Float64Array.from(places, (place) => sizes[codes[place]!]!) };
  }) as [Border, Border];
}

/** Bits of the masks where a pixel has a face neighbour outside. */
function voxelMarks(bits: Uint8Array, strides: readonly number[]): Uint8Array {
  const marks = new Uint8Array(bits.length);
  const a = strides[0]!;
  // Written out: a loop over the strides would cost several times as much.
  const b = strides[1] ?? a;
  const c = strides[2] ?? a;
  // Most of a window is outside: look at four places at once. The last places may be fewer.
  const quads = new Uint32Array(bits.buffer, 0, bits.length >> 2);
  for (let q = 0; q <= quads.length; q++) {
    if (quads[q] === 0) continue;
    const end = Math.min(4 * q + 4, bits.length);
    for (let i = 4 * q; i < end; i++) {
      const own = bits[i]!;
      if (own === 0) continue;
      marks[i] = own & ~(bits[i - a]! & bits[i + a]! & bits[i - b]! & bits[i + b]! & bits[i - c]! & bits[i + c]!);
    }
  }
  return marks;
}

/** For each mask, the pixels inside of the 2 × 2 or 2 × 2 × 2 that begin at each place; 0 where all or none are. */
function surfelCodes(bits: Uint8Array, strides: readonly number[]): [Uint8Array, Uint8Array] {
  const pairs = strides.slice(0, -1).reduce<number[]>((all, step) => all.flatMap((at) => [at, at + step]), [0]);
  const full = 4 ** pairs.length - 1;
  const kept = full / 3;
  const reference = new Uint8Array(bits.length);
  const prediction = new Uint8Array(bits.length);
  const end = bits.length - pairs[pairs.length - 1]! - 1;
  for (let i = 0, r = 0, p = 0; i < end; i++) {
    // The second pixel of each pair along the last axis becomes the first.
    let newR = 0;
    let newP = 0;
    for (let k = 0; k < pairs.length; k++) {
      const own = bits[i + 1 + pairs[k]!]!;
      newR = (newR << 2) | (own & 1);
      newP = (newP << 2) | (own >> 1);
    }
    r = ((r & kept) << 1) | newR;
    p = ((p & kept) << 1) | newP;
    if (r !== full) reference[i] = r;
    if (p !== full) prediction[i] = p;
  }
  return [reference, prediction];
}

/** Places where a bit is set, ascending. The array must begin at the start of its buffer. */
export function placesOf(marks: Uint8Array, bit: number): Int32Array {
  // Most of a window is no border: look at four places at once.
  const quads = new Uint32Array(marks.buffer, 0, marks.length >> 2);
  let places = new Int32Array(1024);
  let count = 0;
  for (let q = 0; q <= quads.length; q++) {
    if (quads[q] === 0) continue;
    const end = Math.min(4 * q + 4, marks.length);
    for (let i = 4 * q; i < end; i++) if ((marks[i]! & bit) !== 0) places[count++] = i;
    if (count + 4 > places.length) {
      const longer = new Int32Array(2 * places.length);
      longer.set(places);
      places = longer;
    }
  }
  return places.subarray(0, count);
}
