import type { AnyArray } from "@ddl/core";
import { elementCount, isContiguous, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/** The elements in C order for as long as a call lasts, to be read only: a copy only where they do not lie so already. */
export function borrowValues(array: NdArray<AnyArray>): Float64Array {
  const { data, offset, shape } = array;
  if (!(data instanceof Float64Array) || !isContiguous(array)) return toValues(array, Float64Array);
  return data.subarray(offset, offset + elementCount(shape));
}
