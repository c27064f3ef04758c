import { normalCurvature } from "../normalCurvature.js";
import { reflectBorder } from "../reflectBorder.js";
import type { Neighbourhood } from "./createNeighbourhood.js";
import type { LocalBinaryFittingParameters } from "./options.js";

/** What does not change from step to step. */
export interface FittedImage {
  /** In [0, 255]. */
  values: Float64Array;
  shape: readonly number[];
  neighbourhood: Neighbourhood;
  /** K∗1: below 1 near the border. */
  weight: Float64Array;
  /** K∗I. */
  smoothed: Float64Array;
}

/** Smooth Heaviside function. */
const heaviside = (value: number, epsilon: number): number => 0.5 + Math.atan(value / epsilon) / Math.PI;

/** Local means f₁ inside and f₂ outside, each weighted by K and by the side's share of a pixel. */
function localMeans(
  { values, neighbourhood, weight, smoothed }: FittedImage,
  phi: Float64Array,
  epsilon: number,
): { inside: Float64Array; outside: Float64Array } {
  const share = new Float64Array(phi.length);
  const inside = new Float64Array(phi.length);
  for (let i = 0; i < phi.length; i++) {
    share[i] = heaviside(phi[i]!, epsilon);
    inside[i] = values[i]! * share[i]!;
  }
  neighbourhood(share);
  neighbourhood(inside);
  const outside = share;
  for (let i = 0; i < phi.length; i++) {
    const without = weight[i]! - share[i]!;
    const f2 = without > 1e-12 ? (smoothed[i]! - inside[i]!) / without : 0;
    inside[i] = share[i]! > 1e-12 ? inside[i]! / share[i]! : 0;
    outside[i] = f2;
  }
  return { inside, outside };
}

/** The image that the fit describes: f₁H + f₂(1 − H). */
export function fittedImage(image: FittedImage, phi: Float64Array, epsilon: number): Float64Array {
  const { inside, outside } = localMeans(image, phi, epsilon);
  for (let i = 0; i < phi.length; i++) {
    const share = heaviside(phi[i]!, epsilon);
    inside[i] = inside[i]! * share + outside[i]! * (1 - share);
  }
  return inside;
}

/**
 * One explicit step, in place.
 * @returns the root mean square change of φ
 */
export function localFittingStep(
  image: FittedImage,
  phi: Float64Array,
  { nu, mu, lambda1, lambda2, epsilon, dt }: LocalBinaryFittingParameters,
): number {
  const { values, shape, neighbourhood, weight } = image;
  reflectBorder(phi, shape);
  const curvature = normalCurvature(phi, shape);
  const { inside, outside } = localMeans(image, phi, epsilon);
  // K∗(λ₁f₁² − λ₂f₂²) and K∗(λ₁f₁ − λ₂f₂).
  for (let i = 0; i < phi.length; i++) {
    const [f1, f2] = [inside[i]!, outside[i]!];
    inside[i] = lambda1 * f1 * f1 - lambda2 * f2 * f2;
    outside[i] = lambda1 * f1 - lambda2 * f2;
  }
  neighbourhood(inside);
  neighbourhood(outside);
  const bend = laplacian(phi, shape);
  let squares = 0;
  for (let i = 0; i < phi.length; i++) {
    const value = values[i]!;
    const misfit = (lambda1 - lambda2) * weight[i]! * value * value + inside[i]! - 2 * value * outside[i]!;
    const delta = epsilon / Math.PI / (epsilon * epsilon + phi[i]! * phi[i]!);
    const rate = delta * (nu * curvature[i]! - misfit) + mu * (bend[i]! - curvature[i]!);
    phi[i]! += dt * rate;
    squares += rate * rate;
  }
  return dt * Math.sqrt(squares / phi.length);
}

/** Second differences of all axes, borders replicated. */
function laplacian(phi: Float64Array, shape: readonly number[]): Float64Array {
  const result = new Float64Array(phi.length);
  for (const [axis, length] of shape.entries()) {
    const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    for (let i = 0; i < phi.length; i++) {
      const at = Math.floor(i / step) % length;
      const before = phi[at === 0 ? i : i - step]!;
      const after = phi[at === length - 1 ? i : i + step]!;
      result[i]! += before + after - 2 * phi[i]!;
    }
  }
  return result;
}
