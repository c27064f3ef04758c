import { bilinear, eachTap, pixels } from "../deformConv2d/reference.js";
import type { Pooling } from "./pooling.js";

type Floats = Float32Array | Float64Array;
type Visit = Parameters<typeof eachTap>[2];

/** Calls back for each tap that counts. */
function eachCounted({ geometry: g, counts }: Pooling, offset: Floats, visit: Visit): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const windows = g.outHeight * g.outWidth;
  eachTap(g, offset, (at, tap, k, group, cell) => {
    if (counts[(at % windows) * taps + k] === 1) visit(at, tap, k, group, cell);
  });
}

/** Calls back for each channel of an offset group, with the element of the result that it goes to. */
function eachChannel(
  { geometry: g }: Pooling,
  at: number,
  group: number,
  visit: (c: number, to: number) => void,
): void {
  const perOffset = g.inChannels / g.offsetGroups;
  for (let c = group * perOffset; c < (group + 1) * perOffset; c++) visit(c, at * g.inChannels + c);
}

/** The largest sample of each window and channel (0 without taps), and the tap that has it: the first of equals, or the first NaN; -1 without. */
function largestSamples(x: Floats, offset: Floats, pooling: Pooling): { values: Float64Array; winners: Int32Array } {
  const { batch, outHeight, outWidth, inChannels } = pooling.geometry;
  const values = new Float64Array(batch * outHeight * outWidth * inChannels);
  const winners = new Int32Array(values.length).fill(-1);
  eachCounted(pooling, offset, (at, tap, _, group, cell) => {
    eachChannel(pooling, at, group, (c, to) => {
      const sample = bilinear(pixels(x, cell, c), cell);
      const best = values[to]!;
      if (winners[to]! >= 0 && !(sample > best || (Number.isNaN(sample) && !Number.isNaN(best)))) return;
      values[to] = sample;
      winners[to] = tap;
    });
  });
  return { values, winners };
}

/** The definition: mean or maximum of the samples of each window's taps that count; 0 of a window that has none. */
export function deformPoolForward(x: Floats, offset: Floats, pooling: Pooling): Float64Array {
  if (pooling.mode === "max") return largestSamples(x, offset, pooling).values;
  const { batch, outHeight, outWidth, inChannels } = pooling.geometry;
  const result = new Float64Array(batch * outHeight * outWidth * inChannels);
  eachCounted(pooling, offset, (at, _, __, group, cell) => {
    const total = pooling.totals[at % pooling.totals.length]!;
    eachChannel(pooling, at, group, (c, to) => {
      result[to]! += bilinear(pixels(x, cell, c), cell) / total;
    });
  });
  return result;
}

/** The gradients in x and offset. */
export function deformPoolGradients(
  x: Floats,
  offset: Floats,
  dy: Floats,
  pooling: Pooling,
): { x: Float64Array; offset: Float64Array } {
  const result = { x: new Float64Array(x.length), offset: new Float64Array(offset.length) };
  const winners = pooling.mode === "max" ? largestSamples(x, offset, pooling).winners : undefined;
  eachCounted(pooling, offset, (at, tap, _, group, cell) => {
    const { corners, ly, lx } = cell;
    const weights = [(1 - ly) * (1 - lx), (1 - ly) * lx, ly * (1 - lx), ly * lx];
    const total = pooling.totals[at % pooling.totals.length]!;
    eachChannel(pooling, at, group, (c, to) => {
      if (winners !== undefined && winners[to] !== tap) return;
      const slope = winners === undefined ? dy[to]! / total : dy[to]!;
      for (let v = 0; v < 4; v++) if (corners[v]! >= 0) result.x[corners[v]! + c]! += weights[v]! * slope;
      const [v00, v01, v10, v11] = pixels(x, cell, c);
      result.offset[2 * tap]! += slope * ((1 - lx) * (v10 - v00) + lx * (v11 - v01));
      result.offset[2 * tap + 1]! += slope * ((1 - ly) * (v01 - v00) + ly * (v11 - v10));
    });
  });
  return result;
}
