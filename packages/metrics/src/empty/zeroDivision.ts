import type { EmptyValue } from "./emptyPolicy.js";
import { emptyNumber, expectEmptyValue } from "./emptyPolicy.js";

/** Option of the scores in which it matters not whether a mask is empty, but whether the denominator is 0. */
export interface ZeroDivision {
  /** What the score is if its denominator is 0. Default `"nan"`; `"worst"` is its lowest value. */
  zeroDivision?: EmptyValue;
}

/** Checks the option and returns what replaces NaN by it. @throws ArgumentError; later DdlError (code `data`) for `"error"` */
export function resolveZeroDivision(
  functionName: string,
  { zeroDivision = "nan" }: ZeroDivision,
  worst: number,
): (value: number) => number {
  expectEmptyValue(functionName, "zeroDivision", zeroDivision);
  const blame = `${functionName}: the denominator is 0, and zeroDivision`;
  return (value) => (Number.isNaN(value) ? emptyNumber(blame, zeroDivision, worst) : value);
}
