import type { HalfKernel } from "./correlateAxis.js";

/**
 * Sampled Gaussian, or its derivative of an order, as a correlation kernel (scipy's `_gaussian_kernel1d` reversed).
 *
 * The samples of exp(−k²/2σ²) are divided by their sum first; a derivative of order n multiplies them by the polynomial q of
 * dⁿ/dxⁿ exp(−x²/2σ²) = q(x)·exp(−x²/2σ²).
 */
export function gaussianKernel(sigma: number, order: number, truncate: number): HalfKernel {
  const radius = Math.floor(truncate * sigma + 0.5);
  const variance = sigma * sigma;
  const weights = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-0.5 / variance) * (k * k)));
  let sum = 0;
  for (let k = -radius; k <= radius; k++) sum += weights[Math.abs(k)]!;
  const polynomial = derivativePolynomial(variance, order);
  for (let k = 0; k <= radius; k++) {
    let factor = 0;
    for (let power = 0; power <= order; power++) factor += k ** power * polynomial[power]!;
    weights[k] = factor * (weights[k]! / sum);
  }
  return { weights, parity: order % 2 === 0 ? 1 : -1 };
}

/** Coefficients of q, by (q·e)' = (q' − x/σ²·q)·e for e = exp(−x²/2σ²). */
function derivativePolynomial(variance: number, order: number): number[] {
  let q = [1];
  for (let n = 1; n <= order; n++) {
    const previous = q;
    q = Array.from(
      { length: n + 1 },
      (_, j) => (previous[j + 1] ?? 0) * (j + 1) + (j > 0 ? previous[j - 1]! * (-1 / variance) : 0),
    );
  }
  return q;
}
