import type { ZeroDivision } from "../empty/zeroDivision.js";
import { resolveZeroDivision } from "../empty/zeroDivision.js";
import { countsOf } from "./classCounts.js";
import type { Countable, OverlapScore } from "./makeScore.js";
import { makeScore } from "./makeScore.js";
import type { Counts } from "./matrix.js";

/** Makes a score of the whole matrix, in which all classes are alike; NaN is what `zeroDivision` makes of it. */
export function matrixScore<O extends ZeroDivision = ZeroDivision>(
  functionName: string,
  worst: number,
  formula: (matrix: Countable, options: O, settle: (value: number) => number) => number,
  keys: readonly string[] = [],
  check: (options: O) => unknown = Object,
): OverlapScore<O> {
  return makeScore(functionName, ["zeroDivision", ...keys], (options: O) => {
    const settle = resolveZeroDivision(functionName, options, worst);
    check(options);
    return (matrix) => settle(formula(matrix, options, settle));
  });
}

/** The sum of a term over all classes, each against the rest. */
export function sumOverClasses(matrix: Countable, term: (...counts: Counts) => number): number {
  let sum = 0;
  for (let k = 0; k < matrix.classes; k++) sum += term(...countsOf(matrix, k));
  return sum;
}
