import type { CurvatureSweep } from "../createCurvatureSweep.js";
import { reflectBorder } from "../reflectBorder.js";

/** Weight of the length and the time step. */
export interface MultiphaseParameters {
  mu: number;
  dt: number;
}

/** What does not change from step to step, and room for it. */
export interface MultiphaseImage {
  /** One block of values a channel. */
  values: Float64Array;
  channels: number;
  /** Lengths of the axes of φ. */
  shape: readonly number[];
  sweep: CurvatureSweep;
  /** For φ before a step; of the size of φ. */
  before: Float64Array;
}

/**
 * One iteration in place: means, φ₁, means again, φ₂ with the new φ₁.
 * @returns the root mean square change of both
 */
export function multiphaseStep(
  image: MultiphaseImage,
  phi1: Float64Array,
  phi2: Float64Array,
  { mu, dt }: MultiphaseParameters,
): number {
  const { values, channels, shape, sweep, before } = image;
  const n = phi1.length;
  let squares = 0;
  for (const first of [true, false]) {
    const [moving, other] = first ? [phi1, phi2] : [phi2, phi1];
    before.set(moving);
    reflectBorder(moving, shape);
    const [c00, c01, c10, c11] = phaseMeans(image, phi1, phi2);
    // By the other level set's side: the means inside and outside of the one that moves.
    const [inIn, outIn, inOut, outOut] = first ? [c11, c01, c10, c00] : [c11, c10, c01, c00];
    sweep(moving, (start, curvature) => {
      for (let j = 0; j < curvature.length; j++) {
        const i = start + j;
        const value = moving[i]!;
        const inside = heaviside(other[i]!);
        let gain = 0;
        for (let c = 0; c < channels; c++) {
          const f = values[c * n + i]!;
          const within = (f - outIn![c]!) ** 2 - (f - inIn![c]!) ** 2;
          const without = (f - outOut![c]!) ** 2 - (f - inOut![c]!) ** 2;
          gain += within * inside + without * (1 - inside);
        }
        const next = value + (dt * (mu * curvature[j]! + gain / channels)) / (Math.PI * (1 + value * value));
        squares += (next - before[i]!) ** 2;
        moving[i] = next;
      }
    });
  }
  return Math.sqrt(squares / (2 * n));
}

/** Weighted means, of each channel, of the phases c00, c01, c10, c11 under smooth Heaviside functions; of a phase without weight 0. */
export function phaseMeans(
  { values, channels }: Pick<MultiphaseImage, "values" | "channels">,
  phi1: Float64Array,
  phi2: Float64Array,
): Float64Array[] {
  const n = phi1.length;
  const sums = Array.from({ length: 4 }, () => new Float64Array(channels));
  const weights = new Float64Array(4);
  const shares = new Float64Array(4);
  for (let i = 0; i < n; i++) {
    const h1 = heaviside(phi1[i]!);
    const h2 = heaviside(phi2[i]!);
    shares[0] = (1 - h1) * (1 - h2);
    shares[1] = (1 - h1) * h2;
    shares[2] = h1 * (1 - h2);
    shares[3] = h1 * h2;
    for (let k = 0; k < 4; k++) {
      weights[k]! += shares[k]!;
      for (let c = 0; c < channels; c++) sums[k]![c]! += shares[k]! * values[c * n + i]!;
    }
  }
  return sums.map((sum, k) => sum.map((total) => (weights[k] === 0 ? 0 : total / weights[k]!)));
}

function heaviside(value: number): number {
  return 0.5 + Math.atan(value) / Math.PI;
}
