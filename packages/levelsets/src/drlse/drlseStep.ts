import { difference } from "./difference.js";

/** What one step of DRLSE reads beside φ. */
export interface DrlseParameters {
  mu: number;
  lambda: number;
  alpha: number;
  epsilon: number;
  dt: number;
  potential: "double well" | "single well";
}

/** One explicit step of DRLSE, in place; `edgeGradient` holds ∂g along each axis. */
export function drlseStep(
  phi: Float64Array,
  shape: readonly number[],
  spacing: readonly number[],
  edges: Float64Array,
  edgeGradient: readonly Float64Array[],
  { mu, lambda, alpha, epsilon, dt, potential }: DrlseParameters,
): void {
  const size = phi.length;
  copyBorderFromTwoIn(phi, shape);
  const slopes = shape.map((_, axis) => {
    const slope = new Float64Array(size);
    difference(phi, shape, axis, spacing[axis]!, slope);
    return slope;
  });
  const along = new Float64Array(size);
  const norm = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let square = 0;
    for (const slope of slopes) square += slope[i]! ** 2;
    norm[i] = Math.sqrt(square);
  }
  const curvature = new Float64Array(size);
  const regulariser = new Float64Array(size);
  const flux = new Float64Array(size);
  const edge = new Float64Array(size);
  for (const [axis, slope] of slopes.entries()) {
    const h = spacing[axis]!;
    for (let i = 0; i < size; i++) {
      flux[i] = slope[i]! / (norm[i]! + 1e-10);
      edge[i]! += edgeGradient[axis]![i]! * flux[i]!;
    }
    difference(flux, shape, axis, h, along);
    for (let i = 0; i < size; i++) curvature[i]! += along[i]!;
    addSecondDifference(phi, shape, axis, h, regulariser);
    if (potential === "single well") continue;
    for (let i = 0; i < size; i++) flux[i] = (diffusionRate(norm[i]!) - 1) * slope[i]!;
    difference(flux, shape, axis, h, along);
    for (let i = 0; i < size; i++) regulariser[i]! += along[i]!;
  }
  for (let i = 0; i < size; i++) {
    const value = phi[i]!;
    const delta = Math.abs(value) <= epsilon ? (1 + Math.cos((Math.PI * value) / epsilon)) / (2 * epsilon) : 0;
    const g = edges[i]!;
    const smooth = potential === "single well" ? regulariser[i]! - curvature[i]! : regulariser[i]!;
    phi[i] = value + dt * (mu * smooth + lambda * delta * (edge[i]! + g * curvature[i]!) + alpha * delta * g);
  }
}

/** d_p(s) = p′(s)/s of the double well, 0 in numerator or denominator taken as 1, as the author's program does. */
function diffusionRate(s: number): number {
  const slope = s <= 1 ? Math.sin(2 * Math.PI * s) / (2 * Math.PI) : s - 1;
  return (slope === 0 ? 1 : slope) / (s === 0 ? 1 : s);
}

/** Zero flux: the outermost values become those two further in; corners follow from one axis after the other. */
function copyBorderFromTwoIn(phi: Float64Array, shape: readonly number[]): void {
  let step = phi.length;
  for (const length of shape) {
    step /= length;
    for (let i = 0; i < phi.length; i++) {
      const k = Math.floor(i / step) % length;
      if (k === 0) phi[i] = phi[i + 2 * step]!;
      else if (k === length - 1) phi[i] = phi[i - 2 * step]!;
    }
  }
}

function addSecondDifference(
  phi: Float64Array,
  shape: readonly number[],
  axis: number,
  h: number,
  sum: Float64Array,
): void {
  const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const last = shape[axis]! - 1;
  for (let i = 0; i < phi.length; i++) {
    const k = Math.floor(i / step) % (last + 1);
    sum[i]! += (phi[k === last ? i : i + step]! - 2 * phi[i]! + phi[k === 0 ? i : i - step]!) / (h * h);
  }
}
