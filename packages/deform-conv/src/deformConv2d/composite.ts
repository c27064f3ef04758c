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
  matMul,
  mul,
  reshape,
  scalar,
  scatterND,
  slice,
  sub,
  sum,
  tensor,
  transpose,
  unstack,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "./geometry.js";
import type { DeformConvKernels } from "./kernels.js";

/** Of each sample, ordered (window, tap, offset group): rows of the image to read (00, 01, 10, 11) and the place between them, (samples, 1). */
interface Plan {
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
function planOf(offset: Tensor, g: DeformConvGeometry): Plan {
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

/** The mask in the order of the samples, (samples, 1). */
function maskOf(mask: Tensor, g: DeformConvGeometry): Tensor {
  const shape = [g.batch * g.outHeight * g.outWidth, g.offsetGroups, g.kernelHeight * g.kernelWidth];
  return reshape(transpose(reshape(mask, shape), [0, 2, 1]), [-1, 1]);
}

/** The four pixels of every sample, (samples, channels of an offset group) each. */
function pixelsOf(x: Tensor, { rows }: Plan, g: DeformConvGeometry): Tensor[] {
  const perOffset = g.inChannels / g.offsetGroups;
  const table = concat([reshape(x, [-1, perOffset]), zeros([1, perOffset])]);
  return rows.map((indices) => gather(table, indices as Tensor & { dtype: "int32" }));
}

const between = (from: Tensor, to: Tensor, share: Tensor): Tensor => add(from, mul(sub(to, from), share));

/** Filter, (groups, K · channels of a group, outputs of a group). */
function filterMatrix(filter: Tensor, g: DeformConvGeometry): Tensor {
  const rows = g.kernelHeight * g.kernelWidth * (g.inChannels / g.groups);
  return transpose(reshape(filter, [rows, g.groups, g.outChannels / g.groups]), [1, 0, 2]);
}

/** Samples as (groups, windows, K · channels of a group). */
function columnMatrix(samples: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const perGroup = g.inChannels / g.groups;
  const columns = transpose(reshape(samples, [windows, taps, g.groups, perGroup]), [2, 0, 1, 3]);
  return reshape(columns, [g.groups, windows, taps * perGroup]);
}

/** Outputs as (groups, windows, outputs of a group). */
function outputMatrix(dy: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  return transpose(reshape(dy, [windows, g.groups, g.outChannels / g.groups]), [1, 0, 2]);
}

/** What each sample contributes to the objective, in the shape of the samples. */
function slopesOfSamples(filter: Tensor, dy: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const slopes = matMul(outputMatrix(dy, g), filterMatrix(filter, g), false, true);
  const perGroup = reshape(slopes, [g.groups, windows, taps, g.inChannels / g.groups]);
  return reshape(transpose(perGroup, [1, 2, 0, 3]), [-1, g.inChannels / g.offsetGroups]);
}

/** Operations of tfjs-core alone, for every backend. Holds four pixels of every sample: 4·K·channels floats a window. */
export const composite: DeformConvKernels = {
  forward({ x, filter, offset, mask }, g) {
    const plan = planOf(offset, g);
    const [v00, v01, v10, v11] = pixelsOf(x, plan, g) as [Tensor, Tensor, Tensor, Tensor];
    const sample = between(between(v00, v01, plan.lx), between(v10, v11, plan.lx), plan.ly);
    const column = mask === undefined ? sample : mul(sample, maskOf(mask, g));
    const product = transpose(matMul(columnMatrix(column, g), filterMatrix(filter, g)), [1, 0, 2]);
    return reshape(product, [g.batch, g.outHeight, g.outWidth, g.outChannels]);
  },

  inputGradient({ filter, offset, mask, dy }, g) {
    const { rows, ly, lx } = planOf(offset, g);
    const slope = slopesOfSamples(filter, dy, g);
    const masked = mask === undefined ? slope : mul(slope, maskOf(mask, g));
    const bottom = mul(masked, ly);
    const top = sub(masked, bottom);
    const right = [mul(top, lx), mul(bottom, lx)] as const;
    const shares = [sub(top, right[0]), right[0], sub(bottom, right[1]), right[1]];
    const perOffset = g.inChannels / g.offsetGroups;
    const pixels = g.batch * g.inHeight * g.inWidth * g.offsetGroups;
    const scattered = shares
      .map((share, k) => scatterND(reshape(rows[k]!, [-1, 1]), share, [pixels + 1, perOffset]) as Tensor)
      .reduce((a, b) => add(a, b));
    const shape = [g.batch, g.inHeight, g.inWidth, g.inChannels];
    return reshape(slice(scattered, [0, 0], [pixels, perOffset]), shape);
  },

  parameterGradients({ x, filter, offset, mask, dy }, g) {
    const plan = planOf(offset, g);
    const { ly, lx } = plan;
    const [v00, v01, v10, v11] = pixelsOf(x, plan, g) as [Tensor, Tensor, Tensor, Tensor];
    const sample = between(between(v00, v01, lx), between(v10, v11, lx), ly);
    const factor = mask === undefined ? undefined : maskOf(mask, g);
    const masked = (value: Tensor) => (factor === undefined ? value : mul(value, factor));
    const product = matMul(columnMatrix(masked(sample), g), outputMatrix(dy, g), true, false);
    const slope = slopesOfSamples(filter, dy, g);
    const alongY = between(sub(v10, v00), sub(v11, v01), lx);
    const alongX = between(sub(v01, v00), sub(v11, v10), ly);
    const windows = g.batch * g.outHeight * g.outWidth;
    const taps = g.kernelHeight * g.kernelWidth;
    const perTap = (value: Tensor) => reshape(sum(mul(slope, value), 1), [windows, taps, g.offsetGroups, 1]);
    const ofOffset = concat(
      [alongY, alongX].map((d) => perTap(masked(d))),
      3,
    );
    return {
      filter: reshape(transpose(product, [1, 0, 2]), filter.shape),
      offset: reshape(transpose(ofOffset, [0, 2, 1, 3]), offset.shape),
      mask: reshape(transpose(perTap(sample), [0, 2, 1, 3]), [...offset.shape.slice(0, 3), offset.shape[3]! / 2]),
    };
  },
};
