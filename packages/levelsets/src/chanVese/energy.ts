import type { ChanVeseImage } from "./chanVeseImage.js";
import type { ChanVeseParameters } from "./options.js";
import type { RegionMeans } from "./regionMeans.js";

/**
 * The energy before an iteration: squared deviations from the means under H(φ) = ½ + atan(φ)/π, plus ν ΣH, plus μ times either Σκ,
 * the *sum of the curvature* of φ, which scikit-image takes for the length and which may be negative, or the length Σδ(φ)|∇φ| with
 * δ = H′.
 * @param near means of the image near those under H, to begin with
 * @param channelWeight of each channel's deviations
 */
export function chanVeseEnergy(
  image: ChanVeseImage,
  phi: Float32Array | Float64Array,
  near: RegionMeans,
  { mu, nu, lambda1, lambda2, energies }: ChanVeseParameters,
  channelWeight: number,
): number {
  const { values, channels } = image;
  const n = phi.length;
  let energy = 0;
  for (let c = 0; c < channels; c++) {
    // Deviations from near the means, corrected when the means are known: one arc tangent a pixel.
    const nearIn = near.inside[c]!;
    const nearOut = near.outside[c]!;
    let weightIn = 0;
    let weightOut = 0;
    let sumIn = 0;
    let sumOut = 0;
    let squaresIn = 0;
    let squaresOut = 0;
    for (let i = 0; i < n; i++) {
      const h = 0.5 * (1 + (2 / Math.PI) * Math.atan(phi[i]!));
      const rest = 1 - h;
      const within = values[c * n + i]! - nearIn;
      const without = values[c * n + i]! - nearOut;
      weightIn += h;
      weightOut += rest;
      sumIn += within * h;
      sumOut += without * rest;
      squaresIn += within * within * h;
      squaresOut += without * without * rest;
    }
    const inside = weightIn === 0 ? 0 : squaresIn - (sumIn * sumIn) / weightIn;
    const outside = weightOut === 0 ? 0 : squaresOut - (sumOut * sumOut) / weightOut;
    energy += channelWeight * (lambda1 * inside + lambda2 * outside);
    if (c === 0) energy += nu * weightIn;
  }
  return energy + mu * contourSum(image, phi, energies === "length");
}

/** Σδ|∇φ| or Σ div(∇φ/|∇φ|), central differences, borders replicated. */
function contourSum(image: ChanVeseImage, p: Float32Array | Float64Array, length: boolean): number {
  const { volume, planes, rows, columns } = image;
  const [gz, gy, gx] = image.spacing.map((h) => 1 / h) as [number, number, number];
  const plane = rows * columns;
  let sum = 0;
  for (let z = 0, i = 0; z < planes; z++) {
    const before = z > 0 ? -plane : 0;
    const after = z < planes - 1 ? plane : 0;
    for (let y = 0; y < rows; y++) {
      const up = y > 0 ? -columns : 0;
      const down = y < rows - 1 ? columns : 0;
      for (let x = 0; x < columns; x++, i++) {
        const left = x > 0 ? -1 : 0;
        const right = x < columns - 1 ? 1 : 0;
        const here = p[i]!;
        const fx = ((p[i + right]! - p[i + left]!) / 2) * gx;
        const fy = ((p[i + down]! - p[i + up]!) / 2) * gy;
        const fz = volume ? ((p[i + after]! - p[i + before]!) / 2) * gz : 0;
        const squared = fx * fx + fy * fy + fz * fz;
        if (length) {
          sum += Math.sqrt(squared) / (Math.PI * (1 + here * here));
          continue;
        }
        const fxx = (p[i + right]! + p[i + left]! - 2 * here) * (gx * gx);
        const fyy = (p[i + down]! + p[i + up]! - 2 * here) * (gy * gy);
        const fxy = 0.25 * (gx * gy) * mixed(p, i, down, up, right, left);
        let bent = fxx * fy * fy - 2 * fxy * fx * fy + fyy * fx * fx;
        if (volume) {
          const fzz = (p[i + after]! + p[i + before]! - 2 * here) * (gz * gz);
          const fxz = 0.25 * (gx * gz) * mixed(p, i, after, before, right, left);
          const fyz = 0.25 * (gy * gz) * mixed(p, i, after, before, down, up);
          bent += (fxx + fyy) * fz * fz + fzz * (fx * fx + fy * fy) - 2 * fz * (fxz * fx + fyz * fy);
        }
        sum += bent / (squared * Math.sqrt(squared) + 1e-8);
      }
    }
  }
  return sum;
}

function mixed(
  p: Float32Array | Float64Array,
  i: number,
  down: number,
  up: number,
  right: number,
  left: number,
): number {
  return p[i + down + right]! + p[i + up + left]! - p[i + up + right]! - p[i + down + left]!;
}
