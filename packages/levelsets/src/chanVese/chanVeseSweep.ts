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
 * One iteration over φ, in place, borders replicated.
 *
 * A pixel sees its neighbours before it (left, above, in the plane before) as they were (scheme `skimage`, Jacobi) or as they are
 * now (`ipol`, Gauss–Seidel): the saved row and plane hold the ones or the others.
 * Names as in Getreuer 2012: C1 … C4 are 1/|∇φ| on the faces of a pixel (C5 and C6 of a volume), K the curvature part that does not
 * hold φ itself.
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
  const { volume, planes, rows, columns, spacing } = image;
  const { mu } = parameters;
  const dt = ipol ? parameters.dt / Math.PI : parameters.dt;
  const { force, above, before } = memory;
  const [gz, gy, gx] = spacing.map((h) => 1 / h) as [number, number, number];
  const [wz, wy, wx] = [gz * gz, gy * gy, gx * gx];
  const [hz, hy, hx] = [gz / 2, gy / 2, gx / 2];
  const plane = rows * columns;
  let squares = 0;
  if (volume) for (let j = 0; j < plane; j++) before[j] = phi[j]!;
  for (let z = 0, i = 0; z < planes; z++) {
    const next = z < planes - 1 ? plane : 0;
    for (let x = 0; x < columns; x++) above[x] = phi[i + x]!;
    for (let y = 0, j = 0; y < rows; y++) {
      const down = y < rows - 1 ? columns : 0;
      forceOfRow(image, i, means, parameters, ipol, force);
      let left = phi[i]!;
      for (let x = 0; x < columns; x++, i++, j++) {
        const here = phi[i]!;
        const right = x < columns - 1 ? phi[i + 1]! : here;
        const up = above[x]!;
        const below = phi[i + down]!;
        const forwardX = (right - here) * gx;
        const backwardX = (here - left) * gx;
        const centralX = (right - left) * hx;
        const forwardY = (below - here) * gy;
        const backwardY = (here - up) * gy;
        const centralY = (below - up) * hy;
        let acrossX = centralX * centralX;
        let acrossY = centralY * centralY;
        let sum = 0;
        let K = 0;
        if (volume) {
          const behind = before[j]!;
          const ahead = phi[i + next]!;
          const forwardZ = (ahead - here) * gz;
          const backwardZ = (here - behind) * gz;
          const centralZ = (ahead - behind) * hz;
          const rest = 1e-16 + acrossX + acrossY;
          const C5 = wz / Math.sqrt(rest + forwardZ * forwardZ);
          const C6 = wz / Math.sqrt(rest + backwardZ * backwardZ);
          acrossX += centralZ * centralZ;
          acrossY += centralZ * centralZ;
          sum = C5 + C6;
          K = ahead * C5 + behind * C6;
        }
        const C1 = wx / Math.sqrt(1e-16 + forwardX * forwardX + acrossY);
        const C2 = wx / Math.sqrt(1e-16 + backwardX * backwardX + acrossY);
        const C3 = wy / Math.sqrt(1e-16 + acrossX + forwardY * forwardY);
        const C4 = wy / Math.sqrt(1e-16 + acrossX + backwardY * backwardY);
        K += right * C1 + left * C2 + below * C3 + up * C4;
        sum += C1 + C2 + C3 + C4;
        const delta = 1 / (1 + here * here);
        const value = (here + dt * delta * (mu * K + force[x]!)) / (1 + mu * dt * delta * sum);
        phi[i] = value;
        squares += (value - here) * (value - here);
        left = ipol ? value : here;
        above[x] = left;
        if (volume) before[j] = left;
      }
    }
  }
  return Math.sqrt(squares / phi.length);
}

/** −ν − λ1 (f − c1)² + λ2 (f − c2)² of the row that starts at `start`; the squares' mean over the channels, or their sum for `ipol`. */
function forceOfRow(
  { values, channels, columns }: ChanVeseImage,
  start: number,
  { inside, outside }: RegionMeans,
  { nu, lambda1, lambda2 }: ChanVeseParameters,
  ipol: boolean,
  force: Float32Array | Float64Array,
): void {
  const block = values.length / channels;
  const part = ipol ? 1 : 1 / channels;
  for (let x = 0; x < columns; x++) force[x] = -nu;
  for (let c = 0; c < channels; c++) {
    const at = c * block + start;
    const c1 = inside[c]!;
    const c2 = outside[c]!;
    for (let x = 0; x < columns; x++) {
      const in1 = values[at + x]! - c1;
      const out = values[at + x]! - c2;
      force[x]! += part * (-lambda1 * (in1 * in1) + lambda2 * (out * out));
    }
  }
}
