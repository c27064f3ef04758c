import type { ChanVeseImage } from "./chanVeseImage.js";
import type { SweepMemory } from "./chanVeseSweep.js";
import type { ChanVeseParameters } from "./options.js";
import type { RegionMeans } from "./regionMeans.js";

const round = Math.fround;

/**
 * `chanVeseSweep` of scheme `skimage` for a float32 image in two dimensions: each operation is rounded to float32 as numpy's, for one
 * that is rounded less often ends elsewhere.
 * @returns the root mean square change
 */
export function chanVeseSweepFloat32(
  image: ChanVeseImage<Float32Array>,
  phi: Float32Array,
  means: RegionMeans,
  parameters: ChanVeseParameters,
  memory: SweepMemory<Float32Array>,
): number {
  const { rows, columns, spacing } = image;
  const mu = round(parameters.mu);
  const dt = round(parameters.dt);
  const muDt = round(parameters.mu * parameters.dt);
  const eta = round(1e-16);
  const gy = round(1 / spacing[1]);
  const gx = round(1 / spacing[2]);
  const wy = round(gy * gy);
  const wx = round(gx * gx);
  const { force, above } = memory;
  let squares = 0;
  above.set(phi.subarray(0, columns));
  for (let y = 0, i = 0; y < rows; y++) {
    const down = y < rows - 1 ? columns : 0;
    forceOfRow(image, i, means, parameters, force);
    let left = phi[i]!;
    for (let x = 0; x < columns; x++, i++) {
      const here = phi[i]!;
      const right = x < columns - 1 ? phi[i + 1]! : here;
      const up = above[x]!;
      const below = phi[i + down]!;
      const forwardX = round(round(right - here) * gx);
      const backwardX = round(round(here - left) * gx);
      const centralX = round(round(round(right - left) * gx) / 2);
      const forwardY = round(round(below - here) * gy);
      const backwardY = round(round(here - up) * gy);
      const centralY = round(round(round(below - up) * gy) / 2);
      const acrossX = round(eta + round(centralX * centralX));
      const acrossY = round(centralY * centralY);
      const C1 = round(wx / round(Math.sqrt(round(round(eta + round(forwardX * forwardX)) + acrossY))));
      const C2 = round(wx / round(Math.sqrt(round(round(eta + round(backwardX * backwardX)) + acrossY))));
      const C3 = round(wy / round(Math.sqrt(round(acrossX + round(forwardY * forwardY)))));
      const C4 = round(wy / round(Math.sqrt(round(acrossX + round(backwardY * backwardY)))));
      const ofRow = round(round(right * C1) + round(left * C2));
      const K = round(round(ofRow + round(below * C3)) + round(up * C4));
      const sum = round(round(round(C1 + C2) + C3) + C4);
      const delta = round(1 / round(1 + round(here * here)));
      const change = round(round(dt * delta) * round(round(mu * K) + force[x]!));
      const value = round(round(here + change) / round(1 + round(round(muDt * delta) * sum)));
      phi[i] = value;
      squares += (value - here) * (value - here);
      above[x] = here;
      left = here;
    }
  }
  return Math.sqrt(squares / phi.length);
}

function forceOfRow(
  { values, channels, columns }: ChanVeseImage<Float32Array>,
  start: number,
  { inside, outside }: RegionMeans,
  parameters: ChanVeseParameters,
  force: Float32Array,
): void {
  const block = values.length / channels;
  const part = round(1 / channels);
  const lambda1 = round(parameters.lambda1);
  const lambda2 = round(parameters.lambda2);
  force.fill(-parameters.nu);
  for (let c = 0; c < channels; c++) {
    const at = c * block + start;
    const c1 = round(inside[c]!);
    const c2 = round(outside[c]!);
    for (let x = 0; x < columns; x++) {
      const within = round(values[at + x]! - c1);
      const without = round(values[at + x]! - c2);
      const term = round(round(lambda2 * round(without * without)) - round(lambda1 * round(within * within)));
      force[x]! += round(part * term);
    }
  }
}
