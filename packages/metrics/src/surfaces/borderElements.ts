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
export function borders(window: MaskWindow, elements: BorderElement, spacing: readonly number[]): [Border, Border] {
  return elements === "voxel" ? voxelBorders(window) : surfelBorders(window, spacing);
}

/** Pixels of a mask with a face neighbour outside it. */
function voxelBorders({ bits, strides }: MaskWindow): [Border, Border] {
  const marks = new Uint8Array(bits.length);
  const reach = strides[0]!;
  const end = bits.length - reach;
  // Rank by rank, as a loop over strides in the inner loop costs four times as much.
  const [a, b, c] = [strides[0]!, strides[1] ?? reach, strides[2] ?? reach];
  for (let i = reach; i < end; i++) {
    const own = bits[i]!;
    if (own === 0) continue;
    marks[i] = own & ~(bits[i - a]! & bits[i + a]! & bits[i - b]! & bits[i + b]! & bits[i - c]! & bits[i + c]!);
  }
  return [1, 2].map((bit) => ({ places: placesOf(marks, bit), sizes: undefined })) as [Border, Border];
}

/** Points between 2 × 2 or 2 × 2 × 2 pixels that are neither all inside nor all outside. */
function surfelBorders({ bits, strides }: MaskWindow, spacing: readonly number[]): [Border, Border] {
  const corners = strides.reduce<number[]>((all, step) => all.flatMap((at) => [at, at + step]), [0]);
  const end = bits.length - corners[corners.length - 1]!;
  const sizes = surfelSizes(spacing);
  return [1, 2].map((bit) => {
    const codes = new Uint8Array(bits.length);
    for (let i = 0; i < end; i++) {
      let code = 0;
      for (const corner of corners) code = (code << 1) | ((bits[i + corner]! & bit) === 0 ? 0 : 1);
      // All inside is no border, as all outside.
      if (code !== sizes.length - 1) codes[i] = code;
    }
    const places = placesOf(codes, 255);
    return { places, sizes: Float64Array.from(places, (place) => sizes[codes[place]!]!) };
  }) as [Border, Border];
}

function placesOf(marks: Uint8Array, bit: number): Int32Array {
  let count = 0;
  for (let i = 0; i < marks.length; i++) if ((marks[i]! & bit) !== 0) count++;
  const places = new Int32Array(count);
  for (let i = 0, at = 0; at < count; i++) if ((marks[i]! & bit) !== 0) places[at++] = i;
  return places;
}
