import type { NdArray } from "ndarray";

/** The weights of the model and the time step. */
export interface ChanVeseParameters {
  mu: number;
  lambda1: number;
  lambda2: number;
  dt: number;
}

/**
 * One iteration: `next` from `phi`, both C-ordered, borders replicated.
 * @returns the root mean square change
 *
 * Names as in Getreuer 2012: C1 … C4 are 1/|∇φ| on the four faces of a pixel, K the curvature part that does not hold φ itself.
 */
export function chanVeseStep(
  image: NdArray<Float64Array>,
  phi: NdArray<Float64Array>,
  next: NdArray<Float64Array>,
  { mu, lambda1, lambda2, dt }: ChanVeseParameters,
): number {
  const [rows, columns] = phi.shape as [number, number];
  const f = image.data;
  const p = phi.data;
  const q = next.data;
  const { inside: c1, outside: c2 } = regionMeans(f, p);
  let squares = 0;
  for (let y = 0, i = 0; y < rows; y++) {
    const up = y === 0 ? 0 : columns;
    const down = y === rows - 1 ? 0 : columns;
    for (let x = 0; x < columns; x++, i++) {
      const here = p[i]!;
      const above = p[i - up]!;
      const below = p[i + down]!;
      const left = p[x === 0 ? i : i - 1]!;
      const right = p[x === columns - 1 ? i : i + 1]!;
      const forwardX = right - here;
      const backwardX = here - left;
      const centralX = (right - left) / 2;
      const forwardY = below - here;
      const backwardY = here - above;
      const centralY = (below - above) / 2;
      const C1 = 1 / Math.sqrt(1e-16 + forwardX * forwardX + centralY * centralY);
      const C2 = 1 / Math.sqrt(1e-16 + backwardX * backwardX + centralY * centralY);
      const C3 = 1 / Math.sqrt(1e-16 + centralX * centralX + forwardY * forwardY);
      const C4 = 1 / Math.sqrt(1e-16 + centralX * centralX + backwardY * backwardY);
      const K = right * C1 + left * C2 + below * C3 + above * C4;
      const delta = 1 / (1 + here * here);
      const deviationIn = f[i]! - c1;
      const deviationOut = f[i]! - c2;
      const force = -lambda1 * (deviationIn * deviationIn) + lambda2 * (deviationOut * deviationOut);
      const value = (here + dt * delta * (mu * K + force)) / (1 + mu * dt * delta * (C1 + C2 + C3 + C4));
      q[i] = value;
      squares += (value - here) * (value - here);
    }
  }
  return Math.sqrt(squares / p.length);
}

/** Mean of the image where φ > 0 and elsewhere; of an empty region 0. */
function regionMeans(f: Float64Array, phi: Float64Array): { inside: number; outside: number } {
  let count = 0;
  for (const value of phi) if (value > 0) count++;
  const rest = f.length - count;
  return {
    inside: count === 0 ? 0 : regionSum(f, phi, true, 0, f.length) / count,
    outside: rest === 0 ? 0 : regionSum(f, phi, false, 0, f.length) / rest,
  };
}

/**
 * Sum of the image over one region, added pairwise in numpy's order: blocks of at most 128 in eight running sums.
 *
 * Where φ is flat its gradient is rounding noise, and 1/|∇φ| makes the last bit of a mean visible: the order is part of the scheme.
 */
function regionSum(f: Float64Array, phi: Float64Array, inside: boolean, start: number, count: number): number {
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
    return regionSum(f, phi, inside, start, half) + regionSum(f, phi, inside, start + half, count - half);
  }
  const value = (i: number): number => (phi[start + i]! > 0 === inside ? f[start + i]! : 0);
  let total = 0;
  let i = 0;
  if (count >= 8) {
    const sums = new Float64Array(8);
    for (; i + 8 <= count; i += 8) for (let k = 0; k < 8; k++) sums[k]! += value(i + k);
    total = sums[0]! + sums[1]! + (sums[2]! + sums[3]!) + (sums[4]! + sums[5]! + (sums[6]! + sums[7]!));
  }
  for (; i < count; i++) total += value(i);
  return total;
}
