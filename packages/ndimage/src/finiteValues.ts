import type { AnyArray } from "@ddl/core";
import { ArgumentError, expectFiniteValues, isNdarray, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A float64 copy of an array in C order.
 * @throws ArgumentError for what is no ndarray; RangeArgumentError that names the first value that is not finite
 */
export function finiteValues(functionName: string, argument: string, array: NdArray<AnyArray>): NdArray<Float64Array> {
  if (!isNdarray(array)) {
    throw new ArgumentError({ functionName, argument, expected: "be an ndarray", received: array });
  }
  const values = toContiguous(array, Float64Array);
  const { data } = values;
  // Zero times a finite number is zero: one pass without a branch, the search only where there is something to find.
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i]! * 0;
  if (zero !== 0) expectFiniteValues(functionName, argument, array);
  return values;
}
