import { toContiguous, zeros } from "@ddl/core";
import { binaryErosion, distanceTransformEdt } from "@ddl/ndimage";
import type { NdArray } from "ndarray";

/** Distances between the borders of two masks, in raster order of the border pixels they start from. */
export interface SurfaceDistances {
  fromReference: Float64Array;
  fromPrediction: Float64Array;
}

/**
 * Distance of every border pixel of each mask to the nearest border pixel of the other.
 *
 * Both masks are C-ordered, 0 and 1, and not empty. Nothing outside the window that holds both can be nearest, so that the
 * distance transforms see that window only.
 */
export function surfaceDistances(
  reference: NdArray<Uint8Array>,
  prediction: NdArray<Uint8Array>,
  spacing: readonly number[],
): SurfaceDistances {
  const window = commonWindow(reference, prediction);
  const r = border(crop(reference, window));
  const p = border(crop(prediction, window));
  return { fromReference: gather(r, toBorder(p, spacing)), fromPrediction: gather(p, toBorder(r, spacing)) };
}

type Window = { from: number[]; to: number[] };

/** The smallest box that holds every pixel of both masks. */
function commonWindow(a: NdArray<Uint8Array>, b: NdArray<Uint8Array>): Window {
  const rank = a.shape.length;
  const from = [...a.shape];
  const to = new Array<number>(rank).fill(0);
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] === 0 && b.data[i] === 0) continue;
    for (let k = rank - 1, rest = i; k >= 0; k--) {
      const n = a.shape[k]!;
      const at = rest % n;
      rest = (rest - at) / n;
      if (at < from[k]!) from[k] = at;
      if (at >= to[k]!) to[k] = at + 1;
    }
  }
  return { from, to };
}

function crop(mask: NdArray<Uint8Array>, { from, to }: Window): NdArray<Uint8Array> {
  return toContiguous(mask.hi(...to).lo(...from), Uint8Array);
}

/** Pixels of the mask with a face neighbour outside it or outside the image. */
function border(mask: NdArray<Uint8Array>): NdArray<Uint8Array> {
  // A window's edge is either the image's edge or empty beyond: outside counts as background both ways.
  const inner = binaryErosion(mask);
  const result = zeros(Uint8Array, mask.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = mask.data[i]! & ~inner.data[i]!;
  return result;
}

function toBorder(borderMask: NdArray<Uint8Array>, spacing: readonly number[]): Float64Array {
  const complement = zeros(Uint8Array, borderMask.shape);
  for (let i = 0; i < complement.data.length; i++) complement.data[i] = borderMask.data[i] === 0 ? 1 : 0;
  return distanceTransformEdt(complement, { spacing }).data;
}

function gather(borderMask: NdArray<Uint8Array>, distance: Float64Array): Float64Array {
  return distance.filter((_, i) => borderMask.data[i] !== 0);
}
