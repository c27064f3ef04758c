import type { NdArray } from "ndarray";
import type { ChanVeseParameters } from "./step.js";

/**
 * The energy as scikit-image gives it: deviations from the means under a smooth Heaviside function, plus μ times the *sum of the
 * curvature* of φ, which stands for the length and may be negative.
 */
export function chanVeseEnergy(
  image: NdArray<Float64Array>,
  phi: NdArray<Float64Array>,
  { mu, lambda1, lambda2 }: Omit<ChanVeseParameters, "dt">,
): number {
  const f = image.data;
  const p = phi.data;
  const heaviside = p.map((value) => 0.5 * (1 + (2 / Math.PI) * Math.atan(value)));
  let weightIn = 0;
  let sumIn = 0;
  let sum = 0;
  for (let i = 0; i < f.length; i++) {
    weightIn += heaviside[i]!;
    sumIn += f[i]! * heaviside[i]!;
    sum += f[i]!;
  }
  const weightOut = f.length - weightIn;
  const c1 = weightIn === 0 ? 0 : sumIn / weightIn;
  const c2 = weightOut === 0 ? 0 : (sum - sumIn) / weightOut;
  let energy = 0;
  for (let i = 0; i < f.length; i++) {
    const h = heaviside[i]!;
    energy += lambda1 * (f[i]! - c1) ** 2 * h + lambda2 * (f[i]! - c2) ** 2 * (1 - h);
  }
  return energy + mu * curvatureSum(phi);
}

/** Σ div(∇φ/|∇φ|), central differences, borders replicated. */
function curvatureSum(phi: NdArray<Float64Array>): number {
  const [rows, columns] = phi.shape as [number, number];
  const p = phi.data;
  let sum = 0;
  for (let y = 0; y < rows; y++) {
    const above = Math.max(0, y - 1) * columns;
    const here = y * columns;
    const below = Math.min(rows - 1, y + 1) * columns;
    for (let x = 0; x < columns; x++) {
      const left = Math.max(0, x - 1);
      const right = Math.min(columns - 1, x + 1);
      const centre = p[here + x]!;
      const fx = (p[here + right]! - p[here + left]!) / 2;
      const fy = (p[below + x]! - p[above + x]!) / 2;
      const fxx = p[here + right]! + p[here + left]! - 2 * centre;
      const fyy = p[below + x]! + p[above + x]! - 2 * centre;
      const fxy = 0.25 * (p[below + right]! + p[above + left]! - p[above + right]! - p[below + left]!);
      const squared = fx * fx + fy * fy;
      sum += (fxx * fy * fy - 2 * fxy * fx * fy + fyy * fx * fx) / (squared * Math.sqrt(squared) + 1e-8);
    }
  }
  return sum;
}
