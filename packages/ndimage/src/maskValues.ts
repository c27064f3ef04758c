import type { AnyArray } from "@ddl/core";
import { elementCount, expectFiniteValues, isContiguous, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * The values of a mask in C order as bytes, in which anything but 0 is inside: to be read, not to be written, for an array that
 * holds bytes in C order is not copied. NaN and infinity are refused.
 */
export function maskValues(functionName: string, argument: string, array: NdArray<AnyArray>): Uint8Array {
  const { data, offset } = array;
  if (data instanceof Uint8Array) {
    return isContiguous(array)
      ? data.subarray(offset, offset + elementCount(array.shape))
      : toValues(array, Uint8Array);
  }
  const wide = toValues(array, Float64Array);
  const result = new Uint8Array(wide.length);
  let finite = true;
  for (let i = 0; i < wide.length; i++) {
    const value = wide[i]!;
    if (value - value !== 0) finite = false;
    result[i] = value === 0 ? 0 : 1;
  }
  if (!finite) expectFiniteValues(functionName, argument, array);
  return result;
}
