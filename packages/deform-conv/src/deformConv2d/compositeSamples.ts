import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  clipByValue,
  concat,
  fill,
  floor,
  gather,
  greaterEqual,
  isFinite as isFiniteNumber,
  lessEqual,
  logicalAnd,
  mul,
  reshape,
  scalar,
  scatterND,
  slice,
  sub,
  tensor,
  transpose,
  unstack,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "./geometry.js";

/** Of each sample, ordered (window, tap, offset group): rows of the image to read (00, 01, 10, 11) and the place between them, (samples, 1). */
export interface SamplePlan {
  rows: Tensor[];
  ly: Tensor;
  lx: Tensor;
}

/** Places of taps without offsets along one axis, (1, windows, taps, 1). */
function gridOf(g: DeformConvGeometry, place: (i: number, j: number, a: number, b: number) => number): Tensor {
  const { outHeight, outWidth, kernelHeight, kernelWidth } = g;
  const taps = kernelHeight * kernelWidth;
  const values = new Float32Array(outHeight * outWidth * taps);
  for (let at = 0; at < values.length; at++) {
    const window = Math.floor(at / taps);
    const k = at % taps;
    values[at] = place(Math.floor(window / outWidth), window % outWidth, Math.floor(k / kernelWidth), k % kernelWidth);
  }
  return tensor(values, [1, outHeight * outWidth, taps, 1]);
}

/** Rows are (image, pixel, offset group) with the group's channels; one more row of zeros stands for all that is outside. */
export function planOf(offset: Tensor, g: DeformConvGeometry): SamplePlan {
  const { batch, offsetGroups, inHeight, inWidth } = g;
  const windows = g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const shape = [batch, windows, taps, offsetGroups];
  const [dy, dx] = unstack(transpose(reshape(offset, [batch * windows, offsetGroups, taps, 2]), [3, 0, 2, 1])).map(
    (d) => reshape(d, shape),
  ) as [Tensor, Tensor];
  const finite = logicalAnd(isFiniteNumber(dy), isFiniteNumber(dx));
  // -2 and size + 1 are outside with all their corners; far offsets are clipped before they become integers.
  const placed = (d: Tensor, grid: Tensor, size: number) =>
    clipByValue(where(finite, add(d, grid), fill(shape, -2)), -2, size + 1);
  const y = placed(
    dy,
    gridOf(g, (i, _, a) => i * g.strideY - g.padTop + a * g.dilationY),
    inHeight,
  );
  const x = placed(
    dx,
    gridOf(g, (_, j, __, b) => j * g.strideX - g.padLeft + b * g.dilationX),
    inWidth,
  );
  const top = floor(y);
  const left = floor(x);
  const starts = new Int32Array(batch * offsetGroups);
  for (let s = 0; s < starts.length; s++) {
    starts[s] = Math.floor(s / offsetGroups) * inHeight * inWidth * offsetGroups + (s % offsetGroups);
  }
  const start = tensor(starts, [batch, 1, 1, offsetGroups], "int32");
  const outside = fill(shape, batch * inHeight * inWidth * offsetGroups, "int32");
  const inRange = (v: Tensor, size: number) => logicalAnd(greaterEqual(v, 0), lessEqual(v, size - 1));
  const integer = (value: number) => scalar(value, "int32");
  const rows = [0, 1, 2, 3].map((corner) => {
    const row = add(top, corner >> 1);
    const column = add(left, corner & 1);
    const inside = logicalAnd(inRange(row, inHeight), inRange(column, inWidth));
    const pixel = add(mul(cast(row, "int32"), integer(inWidth)), cast(column, "int32"));
    return reshape(where(inside, add(mul(pixel, integer(offsetGroups)), start), outside), [-1]);
  });
  return { rows, ly: reshape(sub(y, top), [-1, 1]), lx: reshape(sub(x, left), [-1, 1]) };
}

/** The four pixels of a sample, rows first; those of all samples, (samples, channels of an offset group) each. */
export type SamplePixels = readonly [Tensor, Tensor, Tensor, Tensor];

export function pixelsOf(x: Tensor, { rows }: SamplePlan, g: DeformConvGeometry): SamplePixels {
  const perOffset = g.inChannels / g.offsetGroups;
  const table = concat([reshape(x, [-1, perOffset]), zeros([1, perOffset])]);
  return rows.map((indices) => gather(table, indices as Tensor & { dtype: "int32" })) as unknown as SamplePixels;
}

const between = (from: Tensor, to: Tensor, share: Tensor): Tensor => add(from, mul(sub(to, from), share));

/** The bilinear samples. */
export function samplesOf([v00, v01, v10, v11]: SamplePixels, { ly, lx }: SamplePlan): Tensor {
  return between(between(v00, v01, lx), between(v10, v11, lx), ly);
}

/** How the samples grow along y and along x. */
export function slopesOf([v00, v01, v10, v11]: SamplePixels, { ly, lx }: SamplePlan): [Tensor, Tensor] {
  return [between(sub(v10, v00), sub(v11, v01), lx), between(sub(v01, v00), sub(v11, v10), ly)];
}

/** The image that samples hand `values`, (samples, channels of an offset group), to: the adjoint of {@link samplesOf}. */
export function scatterSamples(values: Tensor, { rows, ly, lx }: SamplePlan, g: DeformConvGeometry): Tensor {
  const bottom = mul(values, ly);
  const top = sub(values, bottom);
  const right = [mul(top, lx), mul(bottom, lx)] as const;
  const shares = [sub(top, right[0]), right[0], sub(bottom, right[1]), right[1]];
  const perOffset = g.inChannels / g.offsetGroups;
  const pixels = g.batch * g.inHeight * g.inWidth * g.offsetGroups;
  const scattered = shares
    .map((share, k) => scatterND(reshape(rows[k]!, [-1, 1]), share, [pixels + 1, perOffset]) as Tensor)
    .reduce((a, b) => add(a, b));
  const shape = [g.batch, g.inHeight, g.inWidth, g.inChannels];
  return reshape(slice(scattered, [0, 0], [pixels, perOffset]), shape);
}
