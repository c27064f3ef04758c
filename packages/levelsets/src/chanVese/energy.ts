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
function contourSum(image: ChanVeseImage, phi: Float32Array | Float64Array, length: boolean): number {
  if (image.volume) return volumeContourSum(image, phi, length);
  return length ? lengthSum(image, phi) : curvatureSum(image, phi);
}

/** Σδ|∇φ| in two dimensions. */
function lengthSum({ rows, columns, spacing }: ChanVeseImage, phi: Float32Array | Float64Array): number {
  const [hy, hx] = [0.5 / spacing[1], 0.5 / spacing[2]];
  let sum = 0;
  for (let y = 0, i = 0; y < rows; y++) {
    const up = y > 0 ? -columns : 0;
    const down = y < rows - 1 ? columns : 0;
    let left = phi[i]!;
    let here = left;
    for (let x = 0; x < columns; x++, i++) {
      const right = x < columns - 1 ? phi[i + 1]! : here;
      const fx = (right - left) * hx;
      const fy = (phi[i + down]! - phi[i + up]!) * hy;
      sum += Math.sqrt(fx * fx + fy * fy) / (1 + here * here);
      left = here;
      here = right;
    }
  }
  return sum / Math.PI;
}

/** Σκ in two dimensions. Nine values move along the row with the pixel: each is loaded once. */
function curvatureSum({ rows, columns, spacing }: ChanVeseImage, phi: Float32Array | Float64Array): number {
  const [gy, gx] = [1 / spacing[1], 1 / spacing[2]];
  const [hy, hx] = [gy / 2, gx / 2];
  const [wy, wx, wxy] = [gy * gy, gx * gx, 0.25 * gx * gy];
  let sum = 0;
  for (let y = 0, i = 0; y < rows; y++) {
    let above = i - (y > 0 ? columns : 0);
    let below = i + (y < rows - 1 ? columns : 0);
    let left = phi[i]!;
    let here = left;
    let upLeft = phi[above]!;
    let up = upLeft;
    let downLeft = phi[below]!;
    let down = downLeft;
    for (let x = 0; x < columns; x++, i++) {
      const step = x < columns - 1 ? 1 : 0;
      above += step;
      below += step;
      const right = phi[i + step]!;
      const upRight = phi[above]!;
      const downRight = phi[below]!;
      const fx = (right - left) * hx;
      const fy = (down - up) * hy;
      const squared = fx * fx + fy * fy;
      const fxx = (right + left - 2 * here) * wx;
      const fyy = (down + up - 2 * here) * wy;
      const fxy = (downRight + upLeft - upRight - downLeft) * wxy;
      sum += (fxx * fy * fy - 2 * fxy * fx * fy + fyy * fx * fx) / (squared * Math.sqrt(squared) + 1e-8);
      left = here;
      here = right;
      upLeft = up;
      up = upRight;
      downLeft = down;
      down = downRight;
    }
  }
  return sum;
}

/** Either sum in three dimensions. */
function volumeContourSum(image: ChanVeseImage, p: Float32Array | Float64Array, length: boolean): number {
  const { planes, rows, columns } = image;
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
        const fz = ((p[i + after]! - p[i + before]!) / 2) * gz;
        const squared = fx * fx + fy * fy + fz * fz;
        if (length) {
          sum += Math.sqrt(squared) / (Math.PI * (1 + here * here));
          continue;
        }
        const fxx = (p[i + right]! + p[i + left]! - 2 * here) * (gx * gx);
        const fyy = (p[i + down]! + p[i + up]! - 2 * here) * (gy * gy);
        const fzz = (p[i + after]! + p[i + before]! - 2 * here) * (gz * gz);
        // Four times the mixed derivatives. Written out: a call that V8 does not inline returns its number on the heap.
        const xy = p[i + down + right]! + p[i + up + left]! - p[i + up + right]! - p[i + down + left]!;
        const xz = p[i + after + right]! + p[i + before + left]! - p[i + before + right]! - p[i + after + left]!;
        const yz = p[i + after + down]! + p[i + before + up]! - p[i + before + down]! - p[i + after + up]!;
        const twice = (xy * gx * gy * fx * fy + xz * gx * gz * fx * fz + yz * gy * gz * fy * fz) / 2;
        const bent = fxx * (fy * fy + fz * fz) + fyy * (fx * fx + fz * fz) + fzz * (fx * fx + fy * fy) - twice;
        sum += bent / (squared * Math.sqrt(squared) + 1e-8);
      }
    }
  }
  return sum;
}
