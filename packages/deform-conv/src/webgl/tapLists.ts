import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import type { Strip } from "./strips.js";

/** Taps of a strip ordered by the cell of the image, (image, offset group, row + 1, column + 1), whose upper left pixel is below them. */
export interface TapLists {
  /** Where the list of each cell starts, and where the last one ends. */
  starts: Float32Array;
  /** (window of the strip) · K + k of each tap, in the order of the taps within a cell; taps that touch no pixel are left out. */
  taps: Float32Array;
}

/**
 * Sorts the taps of a strip by where they read, in time linear in their number: what a fragment that gathers a pixel's gradient has to
 * visit. `offset` are the rows of the strip. All numbers are below 2^24, so they are exact as the floats of a texture.
 */
export function tapLists(offset: Float32Array, strip: Strip, g: DeformConvGeometry): TapLists {
  const { kernelWidth, offsetGroups, outWidth, inHeight, inWidth } = g;
  const taps = g.kernelHeight * kernelWidth;
  const windows = g.outHeight * outWidth;
  const cells = new Int32Array(offset.length / 2);
  const starts = new Float32Array(strip.images * offsetGroups * (inHeight + 1) * (inWidth + 1) + 1);
  for (let tap = 0; tap < cells.length; tap++) {
    const k = tap % taps;
    const group = Math.floor(tap / taps) % offsetGroups;
    const window = strip.from + Math.floor(tap / taps / offsetGroups);
    const i = Math.floor((window % windows) / outWidth);
    const j = window % outWidth;
    // Rounded as float32 rounds them on the graphics card.
    const y = Math.fround(i * g.strideY - g.padTop + Math.floor(k / kernelWidth) * g.dilationY + offset[2 * tap]!);
    const x = Math.fround(j * g.strideX - g.padLeft + (k % kernelWidth) * g.dilationX + offset[2 * tap + 1]!);
    // Written so that NaN is outside.
    if (!(y >= -1 && y < inHeight && x >= -1 && x < inWidth)) {
      cells[tap] = -1;
      continue;
    }
    const image = Math.floor(window / windows) - strip.image;
    const row = (image * offsetGroups + group) * (inHeight + 1) + Math.floor(y) + 1;
    const cell = row * (inWidth + 1) + Math.floor(x) + 1;
    cells[tap] = cell;
    starts[cell + 1]! += 1;
  }
  for (let cell = 1; cell < starts.length; cell++) starts[cell]! += starts[cell - 1]!;
  const sorted = new Float32Array(starts.at(-1)!);
  const next = starts.slice();
  cells.forEach((cell, tap) => {
    if (cell < 0) return;
    const window = Math.floor(tap / taps / offsetGroups);
    sorted[next[cell]!++] = window * taps + (tap % taps);
  });
  return { starts, taps: sorted };
}
