import type { DeformConvGeometry } from "./geometry.js";

type Floats = Float32Array | Float64Array;

/** Where a tap reads: the first channel of its four pixels (rows first; -1 outside the image), and the place between them. */
export interface Cell {
  corners: [number, number, number, number];
  ly: number;
  lx: number;
}

/** The cell around (y, x) in image n; of an offset that is not finite, one that lies outside. */
export function cellAt(
  g: Pick<DeformConvGeometry, "inHeight" | "inWidth" | "inChannels">,
  n: number,
  y: number,
  x: number,
): Cell {
  // Written so that NaN is outside.
  if (!(y >= -1 && y < g.inHeight && x >= -1 && x < g.inWidth)) return { corners: [-1, -1, -1, -1], ly: 0, lx: 0 };
  const row = Math.floor(y);
  const column = Math.floor(x);
  const corner = (r: number, c: number): number =>
    r < 0 || r >= g.inHeight || c < 0 || c >= g.inWidth ? -1 : ((n * g.inHeight + r) * g.inWidth + c) * g.inChannels;
  return {
    corners: [corner(row, column), corner(row, column + 1), corner(row + 1, column), corner(row + 1, column + 1)],
    ly: y - row,
    lx: x - column,
  };
}

/** Calls back for each window (`at` counts them), offset group and tap, `tap` being its index in the mask. */
export function eachTap(
  g: DeformConvGeometry,
  offset: Floats,
  visit: (at: number, tap: number, k: number, group: number, cell: Cell) => void,
): void {
  const { kernelWidth, offsetGroups } = g;
  const taps = g.kernelHeight * kernelWidth;
  // Coordinates are rounded as a kernel in float32 rounds them: at a pixel's border, the cell and so the slope depend on it.
  const round = offset instanceof Float32Array ? Math.fround : (value: number) => value;
  for (let at = 0; at < g.batch * g.outHeight * g.outWidth; at++) {
    const j = at % g.outWidth;
    const i = Math.floor(at / g.outWidth) % g.outHeight;
    const n = Math.floor(at / g.outWidth / g.outHeight);
    for (let group = 0; group < offsetGroups; group++) {
      for (let k = 0; k < taps; k++) {
        const tap = (at * offsetGroups + group) * taps + k;
        const y = i * g.strideY - g.padTop + Math.floor(k / kernelWidth) * g.dilationY + offset[2 * tap]!;
        const x = j * g.strideX - g.padLeft + (k % kernelWidth) * g.dilationX + offset[2 * tap + 1]!;
        // An infinite or undefined displacement of one axis makes the other meaningless too: both lie outside.
        visit(at, tap, k, group, cellAt(g, n, round(y), round(x)));
      }
    }
  }
}

/** Calls back for each channel of an offset group: the channel, and the filter's element of its first output. */
function eachChannel(
  g: DeformConvGeometry,
  group: number,
  k: number,
  visit: (c: number, weight: number, from: number) => void,
): void {
  const perGroup = g.inChannels / g.groups;
  const perOffset = g.inChannels / g.offsetGroups;
  for (let c = group * perOffset; c < (group + 1) * perOffset; c++) {
    const from = Math.floor(c / perGroup) * (g.outChannels / g.groups);
    visit(c, (k * perGroup + (c % perGroup)) * g.outChannels + from, from);
  }
}

/** The four pixels of a channel; outside the image they are 0. */
export function pixels(x: Floats, { corners }: Cell, c: number): [number, number, number, number] {
  const [a, b, d, e] = corners;
  return [a < 0 ? 0 : x[a + c]!, b < 0 ? 0 : x[b + c]!, d < 0 ? 0 : x[d + c]!, e < 0 ? 0 : x[e + c]!];
}

export function bilinear([v00, v01, v10, v11]: readonly number[], { ly, lx }: Cell): number {
  return (1 - ly) * ((1 - lx) * v00! + lx * v01!) + ly * ((1 - lx) * v10! + lx * v11!);
}

/**
 * The definition: out[p, o] = Σ over taps k and channels c of filter[k, c, o] · mask[p, k] · S, S the bilinear sample of channel c, zero
 * outside the image, at the tap's place plus its offset. Row-major arrays, sums in float64.
 */
export function deformConvForward(
  x: Floats,
  filter: Floats,
  offset: Floats,
  mask: Floats | undefined,
  g: DeformConvGeometry,
): Float64Array {
  const outputs = g.outChannels / g.groups;
  const result = new Float64Array(g.batch * g.outHeight * g.outWidth * g.outChannels);
  eachTap(g, offset, (at, tap, k, group, cell) => {
    eachChannel(g, group, k, (c, weight, from) => {
      const value = (mask?.[tap] ?? 1) * bilinear(pixels(x, cell, c), cell);
      for (let o = 0; o < outputs; o++) result[at * g.outChannels + from + o]! += value * filter[weight + o]!;
    });
  });
  return result;
}

/** Σ over outputs of filter · dy: what a sample of one channel contributes to the objective. */
function slopeOfSample(filter: Floats, dy: Floats, weight: number, output: number, outputs: number): number {
  let sum = 0;
  for (let o = 0; o < outputs; o++) sum += filter[weight + o]! * dy[output + o]!;
  return sum;
}

/** The gradient in the image, which is also the transposed convolution of `dy`. */
export function deformConvInputGradient(
  filter: Floats,
  offset: Floats,
  mask: Floats | undefined,
  dy: Floats,
  g: DeformConvGeometry,
): Float64Array {
  const outputs = g.outChannels / g.groups;
  const result = new Float64Array(g.batch * g.inHeight * g.inWidth * g.inChannels);
  eachTap(g, offset, (at, tap, k, group, { corners, ly, lx }) => {
    const weights = [(1 - ly) * (1 - lx), (1 - ly) * lx, ly * (1 - lx), ly * lx];
    eachChannel(g, group, k, (c, weight, from) => {
      const slope = slopeOfSample(filter, dy, weight, at * g.outChannels + from, outputs) * (mask?.[tap] ?? 1);
      for (let v = 0; v < 4; v++) if (corners[v]! >= 0) result[corners[v]! + c]! += weights[v]! * slope;
    });
  });
  return result;
}

/** The gradients in filter, offset and mask (of ones, if there is none). */
export function deformConvParameterGradients(
  x: Floats,
  filter: Floats,
  offset: Floats,
  mask: Floats | undefined,
  dy: Floats,
  g: DeformConvGeometry,
): { filter: Float64Array; offset: Float64Array; mask: Float64Array } {
  const outputs = g.outChannels / g.groups;
  const result = {
    filter: new Float64Array(filter.length),
    offset: new Float64Array(offset.length),
    mask: new Float64Array(offset.length / 2),
  };
  eachTap(g, offset, (at, tap, k, group, cell) => {
    const { ly, lx } = cell;
    const m = mask?.[tap] ?? 1;
    eachChannel(g, group, k, (c, weight, from) => {
      const values = pixels(x, cell, c);
      const [v00, v01, v10, v11] = values;
      const sample = bilinear(values, cell);
      const output = at * g.outChannels + from;
      for (let o = 0; o < outputs; o++) result.filter[weight + o]! += m * sample * dy[output + o]!;
      const slope = slopeOfSample(filter, dy, weight, output, outputs);
      result.mask[tap]! += slope * sample;
      result.offset[2 * tap]! += m * slope * ((1 - lx) * (v10 - v00) + lx * (v11 - v01));
      result.offset[2 * tap + 1]! += m * slope * ((1 - ly) * (v01 - v00) + ly * (v11 - v10));
    });
  });
  return result;
}
