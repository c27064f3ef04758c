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
  for (let i = 0; i < n; i++) if (phi[i]! > level) count++;
  const means = { inside: new Float64Array(channels), outside: new Float64Array(channels) };
  const sums = new Float64Array(2);
  for (let c = 0; c < channels; c++) {
    regionSums(values, c * n, phi, level, 0, n, sums);
    means.inside[c] = count === 0 ? 0 : sums[0]! / count;
    means.outside[c] = count === n ? 0 : sums[1]! / (n - count);
  }
  return means;
}

/**
 * Sums of one channel over both regions, added pairwise in numpy's order: blocks of at most 128 in eight running sums.
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
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
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
    lanesIn.fill(0);
    lanesOut.fill(0);
    for (; i + 8 <= count; i += 8) {
      for (let k = 0; k < 8; k++) {
        const value = f[channel + start + i + k]!;
        if (phi[start + i + k]! > level) lanesIn[k]! += value;
        else lanesOut[k]! += value;
      }
    }
    inside = folded(lanesIn);
    outside = folded(lanesOut);
  }
  for (; i < count; i++) {
    const value = f[channel + start + i]!;
    if (phi[start + i]! > level) inside += value;
    else outside += value;
  }
  result[0] = inside;
  result[1] = outside;
}

/** Scratch of one block. */
const lanesIn = new Float64Array(8);
const lanesOut = new Float64Array(8);

function folded(s: Float64Array): number {
  return s[0]! + s[1]! + (s[2]! + s[3]!) + (s[4]! + s[5]! + (s[6]! + s[7]!));
}
