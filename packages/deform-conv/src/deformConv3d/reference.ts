import type { DeformConv3dGeometry } from "./geometry.js";
import { indicesOf, placeOf } from "./geometry.js";

type Floats = Float32Array | Float64Array;

/** The eight voxels around a sample, columns fastest. */
interface Cell {
  /** Their first channels; -1 outside the volume. */
  corners: number[];
  /** What each has in the sample, and in its slope along z, y and x. */
  weights: [number[], number[], number[], number[]];
}

const nowhere: Cell = { corners: [], weights: [[], [], [], []] };

/** The cell around a place in volume n; no voxel, if it lies outside or is not finite. */
function cellAt(g: DeformConv3dGeometry, n: number, place: readonly number[]): Cell {
  // Written so that NaN is outside.
  if (!place.every((value, k) => value >= -1 && value < g.in[k]!)) return nowhere;
  const first = place.map(Math.floor);
  const share = place.map((value, k) => value - first[k]!);
  const cell: Cell = { corners: [], weights: [[], [], [], []] };
  for (let corner = 0; corner < 8; corner++) {
    const further = [corner >> 2, (corner >> 1) & 1, corner & 1];
    const at = first.map((value, k) => value + further[k]!);
    const inside = at.every((value, k) => value >= 0 && value < g.in[k]!);
    const voxel = at.reduce((index, value, k) => index * g.in[k]! + value, n);
    cell.corners.push(inside ? voxel * g.inChannels : -1);
    const weight = share.map((value, k) => (further[k] === 1 ? value : 1 - value));
    const slope = further.map((side) => (side === 1 ? 1 : -1));
    cell.weights[0].push(weight[0]! * weight[1]! * weight[2]!);
    cell.weights[1].push(slope[0]! * weight[1]! * weight[2]!);
    cell.weights[2].push(weight[0]! * slope[1]! * weight[2]!);
    cell.weights[3].push(weight[0]! * weight[1]! * slope[2]!);
  }
  return cell;
}

/** Calls back for each window (`at` counts them), offset group and tap, `tap` being its index in the mask. */
function eachTap(
  g: DeformConv3dGeometry,
  offset: Floats,
  visit: (at: number, tap: number, k: number, group: number, cell: Cell) => void,
): void {
  // Coordinates are rounded as a kernel in float32 rounds them: at a voxel's border, the cell and so the slope depend on it.
  const round = offset instanceof Float32Array ? Math.fround : (value: number) => value;
  for (let at = 0; at < g.batch * g.windows; at++) {
    const window = indicesOf(at % g.windows, g.out);
    for (let group = 0; group < g.offsetGroups; group++) {
      for (let k = 0; k < g.taps; k++) {
        const tap = (at * g.offsetGroups + group) * g.taps + k;
        const place = indicesOf(k, g.kernel).map((index, axis) =>
          round(placeOf(g, axis, window[axis]!, index) + offset[3 * tap + axis]!),
        );
        visit(at, tap, k, group, cellAt(g, Math.floor(at / g.windows), place));
      }
    }
  }
}

/** Calls back for each channel of an offset group: the channel, the filter's element of its first output, and that output. */
function eachChannel(
  g: DeformConv3dGeometry,
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

/** Σ over corners of weight · voxel, of a channel; outside the volume voxels are 0. */
function weighted(x: Floats, { corners }: Cell, weights: readonly number[], c: number): number {
  let sum = 0;
  for (let v = 0; v < corners.length; v++) if (corners[v]! >= 0) sum += weights[v]! * x[corners[v]! + c]!;
  return sum;
}

/**
 * The definition: out[p, o] = Σ over taps k and channels c of filter[k, c, o] · mask[p, k] · S, S the trilinear sample of channel c, zero
 * outside the volume, at the tap's place plus its offset. Row-major arrays, sums in float64.
 */
export function deformConv3dForward(
  x: Floats,
  filter: Floats,
  offset: Floats,
  mask: Floats | undefined,
  g: DeformConv3dGeometry,
): Float64Array {
  const outputs = g.outChannels / g.groups;
  const result = new Float64Array(g.batch * g.windows * g.outChannels);
  eachTap(g, offset, (at, tap, k, group, cell) => {
    eachChannel(g, group, k, (c, weight, from) => {
      const value = (mask?.[tap] ?? 1) * weighted(x, cell, cell.weights[0], c);
      for (let o = 0; o < outputs; o++) result[at * g.outChannels + from + o]! += value * filter[weight + o]!;
    });
  });
  return result;
}

/** The gradients of Σ dy · result in x, filter, offset and mask (of ones, if there is none). */
export function deformConv3dGradients(
  x: Floats,
  filter: Floats,
  offset: Floats,
  mask: Floats | undefined,
  dy: Floats,
  g: DeformConv3dGeometry,
): Record<"x" | "filter" | "offset" | "mask", Float64Array> {
  const outputs = g.outChannels / g.groups;
  const result = {
    x: new Float64Array(x.length),
    filter: new Float64Array(filter.length),
    offset: new Float64Array(offset.length),
    mask: new Float64Array(offset.length / 3),
  };
  eachTap(g, offset, (at, tap, k, group, cell) => {
    const { corners, weights } = cell;
    const m = mask?.[tap] ?? 1;
    eachChannel(g, group, k, (c, weight, from) => {
      const sample = weighted(x, cell, weights[0], c);
      let slope = 0;
      for (let o = 0; o < outputs; o++) {
        const ofOutput = dy[at * g.outChannels + from + o]!;
        result.filter[weight + o]! += m * sample * ofOutput;
        slope += filter[weight + o]! * ofOutput;
      }
      result.mask[tap]! += slope * sample;
      for (let axis = 0; axis < 3; axis++) {
        result.offset[3 * tap + axis]! += m * slope * weighted(x, cell, weights[axis + 1]!, c);
      }
      for (let v = 0; v < corners.length; v++) {
        if (corners[v]! >= 0) result.x[corners[v]! + c]! += m * slope * weights[0][v]!;
      }
    });
  });
  return result;
}
