import type { CurvatureSweep } from "../createCurvatureSweep.js";
import { laplacian } from "../laplacian.js";
import { reflectBorder } from "../reflectBorder.js";
import type { Neighbourhood } from "./createNeighbourhood.js";
import type { LocalBinaryFittingParameters } from "./options.js";

/** What does not change from step to step, and room for what does. */
export interface FittedImage {
  /** In [0, 255]. */
  values: Float64Array;
  shape: readonly number[];
  neighbourhood: Neighbourhood;
  sweep: CurvatureSweep;
  /** K∗1 along each axis, whose product it is: below 1 near the border. */
  weights: Float64Array[];
  /** K∗I. */
  smoothed: Float64Array;
  /** Of the image's size: f₁ and f₂, then what becomes of them. */
  inside: Float64Array;
  outside: Float64Array;
}

/** The model is in pixels. */
export const unitSpacing: readonly number[] = [1, 1, 1];

/** Smooth Heaviside function. */
const heaviside = (value: number, epsilon: number): number => 0.5 + Math.atan(value / epsilon) / Math.PI;

/** Calls `visit` with each element's number and K∗1 there. */
function forEachWeight({ weights, shape }: FittedImage, visit: (i: number, weight: number) => void): void {
  const columns = shape.at(-1)!;
  const rows = shape.at(-2)!;
  const lines = weights[0]!.length * (shape.length === 3 ? rows : 1);
  for (let line = 0, i = 0; line < lines; line++) {
    const outer =
      shape.length === 3 ? weights[0]![Math.floor(line / rows)]! * weights[1]![line % rows]! : weights[0]![line]!;
    for (let x = 0; x < columns; x++, i++) visit(i, outer * weights.at(-1)![x]!);
  }
}

/** Local means f₁ inside and f₂ outside, each weighted by K and by the side's share of a pixel, to `inside` and `outside`. */
function layLocalMeans(image: FittedImage, phi: Float64Array, epsilon: number): void {
  const { values, neighbourhood, smoothed, inside, outside: share } = image;
  for (let i = 0; i < phi.length; i++) {
    share[i] = heaviside(phi[i]!, epsilon);
    inside[i] = values[i]! * share[i]!;
  }
  neighbourhood(share);
  neighbourhood(inside);
  forEachWeight(image, (i, weight) => {
    const without = weight - share[i]!;
    const f2 = without > 1e-12 ? (smoothed[i]! - inside[i]!) / without : 0;
    inside[i] = share[i]! > 1e-12 ? inside[i]! / share[i]! : 0;
    share[i] = f2;
  });
}

/** Writes the image that the fit describes: f₁H + f₂(1 − H). */
export function fitImage(image: FittedImage, phi: Float64Array, epsilon: number, result: Float64Array): void {
  layLocalMeans(image, phi, epsilon);
  for (let i = 0; i < phi.length; i++) {
    const share = heaviside(phi[i]!, epsilon);
    result[i] = image.inside[i]! * share + image.outside[i]! * (1 - share);
  }
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
  const { values, shape, neighbourhood, sweep, inside, outside } = image;
  reflectBorder(phi, shape);
  layLocalMeans(image, phi, epsilon);
  // K∗(λ₁f₁² − λ₂f₂²) and K∗(λ₁f₁ − λ₂f₂).
  for (let i = 0; i < phi.length; i++) {
    const [f1, f2] = [inside[i]!, outside[i]!];
    inside[i] = lambda1 * f1 * f1 - lambda2 * f2 * f2;
    outside[i] = lambda1 * f1 - lambda2 * f2;
  }
  neighbourhood(inside);
  neighbourhood(outside);
  // The misfit, to `inside`.
  forEachWeight(image, (i, weight) => {
    const value = values[i]!;
    inside[i] = (lambda1 - lambda2) * weight * value * value + inside[i]! - 2 * value * outside[i]!;
  });
  // `outside` is free now: the second differences, which need all neighbours as they are.
  laplacian(phi, shape, unitSpacing, outside);
  let squares = 0;
  sweep(phi, (start, curvature) => {
    for (let j = 0; j < curvature.length; j++) {
      const i = start + j;
      const delta = epsilon / Math.PI / (epsilon * epsilon + phi[i]! * phi[i]!);
      const rate = delta * (nu * curvature[j]! - inside[i]!) + mu * (outside[i]! - curvature[j]!);
      phi[i]! += dt * rate;
      squares += rate * rate;
    }
  });
  return dt * Math.sqrt(squares / phi.length);
}
