import type { ChanVeseImage } from "./chanVeseImage.js";
import type { SweepMemory } from "./chanVeseSweep.js";
import { forceOfRow } from "./chanVeseSweep.js";
import type { ChanVeseParameters } from "./options.js";
import type { RegionMeans } from "./regionMeans.js";

/**
 * {@link chanVeseSweep} in three dimensions: six faces a pixel, C5 and C6 along planes.
 * @returns the root mean square change
 */
export function chanVeseVolumeSweep(
  image: ChanVeseImage,
  phi: Float32Array | Float64Array,
  means: RegionMeans,
  parameters: ChanVeseParameters,
  memory: SweepMemory,
  ipol: boolean,
): number {
  const { planes, rows, columns, spacing } = image;
  const { mu } = parameters;
  const dt = ipol ? parameters.dt / Math.PI : parameters.dt;
  const { force, above, before } = memory;
  const [gz, gy, gx] = spacing.map((h) => 1 / h) as [number, number, number];
  const [wz, wy, wx] = [gz * gz, gy * gy, gx * gx];
  const [hz, hy, hx] = [gz / 2, gy / 2, gx / 2];
  const plane = rows * columns;
  let squares = 0;
  for (let j = 0; j < plane; j++) before[j] = phi[j]!;
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
        const acrossX = centralX * centralX;
        const acrossY = centralY * centralY;
        const behind = before[j]!;
        const ahead = phi[i + next]!;
        const forwardZ = (ahead - here) * gz;
        const backwardZ = (here - behind) * gz;
        const centralZ = (ahead - behind) * hz;
        const acrossZ = centralZ * centralZ;
        const C1 = wx / Math.sqrt(1e-16 + forwardX * forwardX + acrossY + acrossZ);
        const C2 = wx / Math.sqrt(1e-16 + backwardX * backwardX + acrossY + acrossZ);
        const C3 = wy / Math.sqrt(1e-16 + acrossX + forwardY * forwardY + acrossZ);
        const C4 = wy / Math.sqrt(1e-16 + acrossX + backwardY * backwardY + acrossZ);
        const C5 = wz / Math.sqrt(1e-16 + acrossX + acrossY + forwardZ * forwardZ);
        const C6 = wz / Math.sqrt(1e-16 + acrossX + acrossY + backwardZ * backwardZ);
        const K = right * C1 + left * C2 + below * C3 + up * C4 + ahead * C5 + behind * C6;
        const sum = C1 + C2 + C3 + C4 + C5 + C6;
        const delta = 1 / (1 + here * here);
        const value = (here + dt * delta * (mu * K + force[x]!)) / (1 + mu * dt * delta * sum);
        phi[i] = value;
        squares += (value - here) * (value - here);
        left = ipol ? value : here;
        above[x] = left;
        before[j] = left;
      }
    }
  }
  return Math.sqrt(squares / phi.length);
}
