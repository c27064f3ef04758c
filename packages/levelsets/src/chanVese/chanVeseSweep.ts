import type { ChanVeseImage } from "./chanVeseImage.js";
import type { ChanVeseParameters } from "./options.js";
import type { RegionMeans } from "./regionMeans.js";

/** What a sweep needs beside the image; made once a solver. */
export interface SweepMemory<Values extends Float32Array | Float64Array = Float32Array | Float64Array> {
  /** One row of the data term. */
  force: Values;
  /** The row above, as this row is to see it. */
  above: Values;
  /** The plane before, likewise; of a volume only. */
  before: Values;
}

/** @returns the memory of one row of the force, one row and, of a volume, one plane of φ */
export function sweepMemory({ values, volume, rows, columns }: ChanVeseImage): SweepMemory {
  const make = (length: number) =>
    values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  return { force: make(columns), above: make(columns), before: make(volume ? rows * columns : 0) };
}

/**
 * One iteration over φ in two dimensions, in place, borders replicated.
 *
 * A pixel sees its neighbours to the left and above as they were (scheme `skimage`, Jacobi) or as they are now (`ipol`, Gauss–Seidel):
 * the saved row holds the ones or the others.
 * Names as in Getreuer 2012: C1 … C4 are 1/|∇φ| on the faces of a pixel, K the curvature part that does not hold φ itself.
 * @returns the root mean square change
 */
export function chanVeseSweep(
  image: ChanVeseImage,
  phi: Float32Array | Float64Array,
  means: RegionMeans,
  parameters: ChanVeseParameters,
  memory: SweepMemory,
  ipol: boolean,
): number {
  const { rows, columns, spacing } = image;
  const { mu } = parameters;
  const dt = ipol ? parameters.dt / Math.PI : parameters.dt;
  const { force, above } = memory;
  const [gy, gx] = [1 / spacing[1], 1 / spacing[2]];
  const [wy, wx] = [gy * gy, gx * gx];
  const [hy, hx] = [gy / 2, gx / 2];
  let squares = 0;
  for (let x = 0; x < columns; x++) above[x] = phi[x]!;
  for (let y = 0, i = 0; y < rows; y++) {
    const down = y < rows - 1 ? columns : 0;
    forceOfRow(image, i, means, parameters, ipol, force);
    let here = phi[i]!;
    let left = here;
    for (let x = 0; x < columns; x++, i++) {
      const right = x < columns - 1 ? phi[i + 1]! : here;
      const up = above[x]!;
      const below = phi[i + down]!;
      const forwardX = (right - here) * gx;
      const backwardX = (here - left) * gx;
      const centralX = (right - left) * hx;
      const forwardY = (below - here) * gy;
      const backwardY = (here - up) * gy;
      const centralY = (below - up) * hy;
      const acrossX = 1e-16 + centralX * centralX;
      const acrossY = centralY * centralY;
      const C1 = wx / Math.sqrt(1e-16 + forwardX * forwardX + acrossY);
      const C2 = wx / Math.sqrt(1e-16 + backwardX * backwardX + acrossY);
      const C3 = wy / Math.sqrt(acrossX + forwardY * forwardY);
      const C4 = wy / Math.sqrt(acrossX + backwardY * backwardY);
      const K = right * C1 + left * C2 + below * C3 + up * C4;
      const delta = 1 / (1 + here * here);
      const value = (here + dt * delta * (mu * K + force[x]!)) / (1 + mu * dt * delta * (C1 + C2 + C3 + C4));
      phi[i] = value;
      squares += (value - here) * (value - here);
      left = ipol ? value : here;
      above[x] = left;
      here = right;
    }
  }
  return Math.sqrt(squares / phi.length);
}

/** −ν − λ1 (f − c1)² + λ2 (f − c2)² of the row that starts at `start`; the squares' mean over the channels, or their sum for `ipol`. */
export function forceOfRow(
  { values, channels, columns }: ChanVeseImage,
  start: number,
  { inside, outside }: RegionMeans,
  { nu, lambda1, lambda2 }: ChanVeseParameters,
  ipol: boolean,
  force: Float32Array | Float64Array,
): void {
  const block = values.length / channels;
  const part = ipol ? 1 : 1 / channels;
  if (channels === 1) {
    const c1 = inside[0]!;
    const c2 = outside[0]!;
    for (let x = 0; x < columns; x++) {
      const within = values[start + x]! - c1;
      const without = values[start + x]! - c2;
      force[x] = -lambda1 * (within * within) + lambda2 * (without * without) - nu;
    }
    return;
  }
  force.fill(-nu);
  for (let c = 0; c < channels; c++) {
    const at = c * block + start;
    const c1 = inside[c]!;
    const c2 = outside[c]!;
    for (let x = 0; x < columns; x++) {
      const within = values[at + x]! - c1;
      const without = values[at + x]! - c2;
      force[x]! += part * (-lambda1 * (within * within) + lambda2 * (without * without));
    }
  }
}
