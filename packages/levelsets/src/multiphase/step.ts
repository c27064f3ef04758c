import { normalCurvature } from "../normalCurvature.js";
import { reflectBorder } from "../reflectBorder.js";

/** Weight of the length and the time step. */
export interface MultiphaseParameters {
  mu: number;
  dt: number;
}

/** Means c00, c01, c10, c11. */
export type PhaseMeans = [number, number, number, number];

/**
 * One iteration in place: means, φ₁, means again, φ₂ with the new φ₁.
 * @returns the root mean square change of both
 */
export function multiphaseStep(
  image: Float64Array,
  phi1: Float64Array,
  phi2: Float64Array,
  shape: readonly number[],
  { mu, dt }: MultiphaseParameters,
): number {
  let squares = 0;
  for (const first of [true, false]) {
    const [moving, other] = first ? [phi1, phi2] : [phi2, phi1];
    const before = moving.slice();
    reflectBorder(moving, shape);
    const [c00, c01, c10, c11] = phaseMeans(image, phi1, phi2);
    // By the other level set's side: the means inside and outside of the one that moves.
    const [inIn, outIn, inOut, outOut] = first ? [c11, c01, c10, c00] : [c11, c10, c01, c00];
    const curvature = normalCurvature(moving, shape);
    for (let i = 0; i < moving.length; i++) {
      const f = image[i]!;
      const value = moving[i]!;
      const inside = heaviside(other[i]!);
      const gain =
        ((f - outIn) ** 2 - (f - inIn) ** 2) * inside + ((f - outOut) ** 2 - (f - inOut) ** 2) * (1 - inside);
      moving[i] = value + (dt * (mu * curvature[i]! + gain)) / (Math.PI * (1 + value * value));
      squares += (moving[i]! - before[i]!) ** 2;
    }
  }
  return Math.sqrt(squares / (2 * phi1.length));
}

/** Weighted means of the four phases under smooth Heaviside functions; of a phase without weight 0. */
export function phaseMeans(image: Float64Array, phi1: Float64Array, phi2: Float64Array): PhaseMeans {
  const sums: PhaseMeans = [0, 0, 0, 0];
  const weights: PhaseMeans = [0, 0, 0, 0];
  for (let i = 0; i < image.length; i++) {
    const h1 = heaviside(phi1[i]!);
    const h2 = heaviside(phi2[i]!);
    const shares = [(1 - h1) * (1 - h2), (1 - h1) * h2, h1 * (1 - h2), h1 * h2];
    for (let k = 0; k < 4; k++) {
      weights[k]! += shares[k]!;
      sums[k]! += shares[k]! * image[i]!;
    }
  }
  return sums.map((sum, k) => (weights[k] === 0 ? 0 : sum / weights[k]!)) as PhaseMeans;
}

function heaviside(value: number): number {
  return 0.5 + Math.atan(value) / Math.PI;
}
