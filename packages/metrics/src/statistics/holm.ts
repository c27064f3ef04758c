import { expectNumber } from "@ddl/core";
import { expectSample } from "./samples.js";

/**
 * Holm's adjustment of the p-values of several tests, in the order they are given: comparing each with α keeps the probability of any
 * false rejection at most α.
 *
 * @param pValues in [0, 1], at least one
 * @throws ShapeError for none; RangeArgumentError for one outside [0, 1]
 * @example `holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]`
 *
 * Source: Holm 1979 (`holm1979`).
 */
export function holm(pValues: ArrayLike<number>): number[] {
  const p = expectSample("holm", "pValues", pValues, 1);
  for (const value of p) expectNumber("holm", "pValues", value, { min: 0, max: 1 });
  const order = Array.from(p.keys()).sort((a, b) => p[a]! - p[b]!);
  const adjusted = new Array<number>(p.length);
  let largest = 0;
  for (const [j, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (p.length - j) * p[index]!));
    adjusted[index] = largest;
  }
  return adjusted;
}
