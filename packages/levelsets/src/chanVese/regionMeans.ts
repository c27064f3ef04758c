import type { ChanVeseImage } from "./chanVeseImage.js";

/** Means of each channel inside and outside; of an empty region 0. */
export interface RegionMeans {
  inside: Float64Array;
  outside: Float64Array;
}

/** @param zeroInside φ = 0 counts as inside, as Getreuer's code has it and scikit-image has not */
export function regionMeans(
  { values, channels }: ChanVeseImage,
  phi: Float32Array | Float64Array,
  zeroInside: boolean,
): RegionMeans {
  const n = phi.length;
  // `value > −smallest` is `value ≥ 0`.
  const level = zeroInside ? -Number.MIN_VALUE : 0;
  let count = 0;
  for (let i = 0; i < n; i++) count += Number(phi[i]! > level);
  const means = { inside: new Float64Array(channels), outside: new Float64Array(channels) };
  const sums = new Float64Array(2);
  for (let c = 0; c < channels; c++) {
    regionSums(values, c * n, phi, level, 0, n, sums);
    means.inside[c] = count === 0 ? 0 : sums[0]! / count;
    means.outside[c] = count === n ? 0 : sums[1]! / (n - count);
  }
  return means;
}

/** Most pixels that are added in running sums; more are halved. */
const leafLength = 128;

/** Pixels of the first of two halves: a multiple of 8. */
function firstHalf(count: number): number {
  return Math.floor(count / 2) - (Math.floor(count / 2) % 8);
}

/** Where the blocks begin that {@link regionMeans} adds in running sums. */
export function summationLeaves(count: number, start = 0): number[] {
  if (count <= leafLength) return [start];
  const half = firstHalf(count);
  return [...summationLeaves(half, start), ...summationLeaves(count - half, start + half)];
}

/** Adds what `leaf` gives for each block of `count` pixels, in turn, in the order of {@link regionMeans}. */
export function addLeaves(count: number, leaf: () => number): number {
  if (count <= leafLength) return leaf();
  const half = firstHalf(count);
  const first = addLeaves(half, leaf);
  return first + addLeaves(count - half, leaf);
}

/**
 * Sums of one channel over both regions, added pairwise in numpy's order: blocks of at most 128 in eight running sums. The float64 kernel of simd/ does the same.
 *
 * Where φ is flat its gradient is rounding noise, and 1/|∇φ| makes the last bit of a mean visible: the order is part of the scheme,
 * which is why the means cannot be gathered while φ changes row by row.
 */
function regionSums(
  f: Float32Array | Float64Array,
  channel: number,
  phi: Float32Array | Float64Array,
  level: number,
  start: number,
  count: number,
  result: Float64Array,
): void {
  if (count > leafLength) {
    const half = firstHalf(count);
    regionSums(f, channel, phi, level, start, half, result);
    const inside = result[0]!;
    const outside = result[1]!;
    regionSums(f, channel, phi, level, start + half, count - half, result);
    result[0] = inside + result[0]!;
    result[1] = outside + result[1]!;
    return;
  }
  let inside = 0;
  let outside = 0;
  let i = 0;
  if (count >= 8) {
    // Eight running sums a side, named: in arrays they would go through memory. Products with 0 and 1: a branch on the sign of φ is
    // mispredicted in a noisy image.
    let a0 = 0,
      a1 = 0,
      a2 = 0,
      a3 = 0,
      a4 = 0,
      a5 = 0,
      a6 = 0,
      a7 = 0;
    let b0 = 0,
      b1 = 0,
      b2 = 0,
      b3 = 0,
      b4 = 0,
      b5 = 0,
      b6 = 0,
      b7 = 0;
    for (; i + 8 <= count; i += 8) {
      const p = start + i;
      const v = channel + p;
      const s0 = Number(phi[p]! > level);
      a0 += f[v]! * s0;
      b0 += f[v]! * (1 - s0);
      const s1 = Number(phi[p + 1]! > level);
      a1 += f[v + 1]! * s1;
      b1 += f[v + 1]! * (1 - s1);
      const s2 = Number(phi[p + 2]! > level);
      a2 += f[v + 2]! * s2;
      b2 += f[v + 2]! * (1 - s2);
      const s3 = Number(phi[p + 3]! > level);
      a3 += f[v + 3]! * s3;
      b3 += f[v + 3]! * (1 - s3);
      const s4 = Number(phi[p + 4]! > level);
      a4 += f[v + 4]! * s4;
      b4 += f[v + 4]! * (1 - s4);
      const s5 = Number(phi[p + 5]! > level);
      a5 += f[v + 5]! * s5;
      b5 += f[v + 5]! * (1 - s5);
      const s6 = Number(phi[p + 6]! > level);
      a6 += f[v + 6]! * s6;
      b6 += f[v + 6]! * (1 - s6);
      const s7 = Number(phi[p + 7]! > level);
      a7 += f[v + 7]! * s7;
      b7 += f[v + 7]! * (1 - s7);
    }
    inside = a0 + a1 + (a2 + a3) + (a4 + a5 + (a6 + a7));
    outside = b0 + b1 + (b2 + b3) + (b4 + b5 + (b6 + b7));
  }
  for (; i < count; i++) {
    const value = f[channel + start + i]!;
    if (phi[start + i]! > level) inside += value;
    else outside += value;
  }
  result[0] = inside;
  result[1] = outside;
}
