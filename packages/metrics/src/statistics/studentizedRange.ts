import { normalLower } from "./normal.js";

const step = 1 / 16;
const reach = 9;

/** P(range of k independent standard normal variables ≤ q) = k ∫ φ(z) [Φ(z) − Φ(z − q)]^(k−1) dz, z being the largest of them. */
function rangeLower(q: number, k: number): number {
  let sum = 0;
  // The trapezoidal rule is exact to rounding here: the integrand is analytic and falls off as a Gaussian.
  for (let z = -reach; z <= reach; z += step) {
    sum += Math.exp((-z * z) / 2) * (normalLower(z) - normalLower(z - q)) ** (k - 1);
  }
  return (k * step * sum) / Math.sqrt(2 * Math.PI);
}

/** The q that the studentized range of k groups with infinitely many degrees of freedom exceeds with probability alpha. */
export function studentizedRangeQuantile(alpha: number, k: number): number {
  let low = 0;
  let high = 100;
  while (high - low > 1e-11) {
    const middle = (low + high) / 2;
    if (rangeLower(middle, k) < 1 - alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
