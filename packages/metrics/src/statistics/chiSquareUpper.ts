import { normalUpper } from "./normal.js";

/**
 * P(X > x) of a chi-square variable with a whole number of degrees of freedom, which has a closed form: a finite sum of
 * h^s/Γ(s + 1) with h = x/2, over whole s, or half s after the tail of the normal distribution.
 */
export function chiSquareUpper(x: number, degreesOfFreedom: number): number {
  if (!(x > 0)) return x <= 0 ? 1 : Number.NaN;
  const h = x / 2;
  const isOdd = degreesOfFreedom % 2 === 1;
  let sum = isOdd ? 2 * normalUpper(Math.sqrt(x)) : 0;
  let term = isOdd ? Math.exp(-h) * 2 * Math.sqrt(h / Math.PI) : Math.exp(-h);
  for (let s = isOdd ? 0.5 : 0; s < degreesOfFreedom / 2 - 0.25; s++) {
    sum += term;
    term *= h / (s + 1);
  }
  return Math.min(1, sum);
}
