import type { AnyArray } from "@ddl/core";
import { expectNumber, RangeArgumentError } from "@ddl/core";
import type { NdArray } from "ndarray";
import { sharedFiniteValues } from "../finiteValues.js";
import { orderStatistics } from "./orderStatistics.js";

/**
 * Percentiles of all values of an array, interpolated linearly between order statistics as numpy does by default.
 *
 * @param array any shape, at least one element, finite values
 * @param q a percentage in [0, 100], or a list of them
 * @returns one number for a number, a list for a list
 * @throws RangeArgumentError for a q outside [0, 100], an empty array, or a value that is not finite
 * @example `percentile(image, [10, 99])`
 *
 * Cost: some passes for each percentage.
 */
export function percentile(array: NdArray<AnyArray>, q: number): number;
export function percentile(array: NdArray<AnyArray>, q: readonly number[]): number[];
export function percentile(array: NdArray<AnyArray>, q: number | readonly number[]): number | number[] {
  const values = sharedFiniteValues("percentile", "array", array);
  if (values.length === 0) {
    throw new RangeArgumentError({
      functionName: "percentile",
      argument: "array",
      expected: "have at least one element",
      received: array.shape,
    });
  }
  const at = (percentage: number): number => {
    const position = (expectNumber("percentile", "q", percentage, { min: 0, max: 100 }) / 100) * (values.length - 1);
    const below = Math.floor(position);
    const share = position - below;
    const [low, high] = orderStatistics(values, below);
    // From the nearer side, as numpy: the result is then exact at both ends.
    return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
  };
  return Array.isArray(q) ? q.map(at) : at(q as number);
}
