import type { AnyArray } from "@ddl/core";
import { ArgumentError, borrowValues, expectFiniteValues, isNdarray, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A float64 copy of an array in C order.
 * @throws ArgumentError for what is no ndarray; RangeArgumentError that names the first value that is not finite
 */
export function finiteValues(functionName: string, argument: string, array: NdArray<AnyArray>): NdArray<Float64Array> {
  expectNdarray(functionName, argument, array);
  const values = toContiguous(array, Float64Array);
  expectFinite(functionName, argument, array, values.data);
  return values;
}

/**
 * The same values, not to be written to: of a float64 array in C order they are its own.
 * @throws as `finiteValues`
 */
export function sharedFiniteValues(functionName: string, argument: string, array: NdArray<AnyArray>): Float64Array {
  expectNdarray(functionName, argument, array);
  const values = borrowValues(array);
  expectFinite(functionName, argument, array, values);
  return values;
}

function expectNdarray(functionName: string, argument: string, array: unknown): void {
  if (isNdarray(array)) return;
  throw new ArgumentError({ functionName, argument, expected: "be an ndarray", received: array });
}

function expectFinite(functionName: string, argument: string, array: NdArray<AnyArray>, values: Float64Array): void {
  // Zero times a finite number is zero: one pass without a branch, the search only where there is something to find. Four sums, for each
  // addition waits for the one before it.
  let [a, b, c, d] = [0, 0, 0, 0];
  const quadruples = values.length - (values.length % 4);
  for (let i = 0; i < quadruples; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = quadruples; i < values.length; i++) a += values[i]! * 0;
  if (a + b + c + d !== 0) expectFiniteValues(functionName, argument, array);
}
