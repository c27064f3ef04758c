import erfc from "@stdlib/math-base-special-erfc";
import erfcinv from "@stdlib/math-base-special-erfcinv";

/** P(Z > z) of a standard normal variable, to full relative precision in both tails. */
export function normalUpper(z: number): number {
  return erfc(z / Math.SQRT2) / 2;
}

/** P(Z ≤ z). */
export function normalLower(z: number): number {
  return normalUpper(-z);
}

/** The z of which P(Z ≤ z) is p. */
export function normalQuantile(p: number): number {
  return -Math.SQRT2 * erfcinv(2 * p);
}
