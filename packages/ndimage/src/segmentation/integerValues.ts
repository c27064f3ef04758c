import type { AnyArray } from "@ddl/core";
import { elementCount, isContiguous, RangeArgumentError, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/** The values of an array of labels in C order; all must be whole numbers of 32 bits. @throws RangeArgumentError */
export function integerValues(functionName: string, argument: string, array: NdArray<AnyArray>): Int32Array {
  const { data, offset } = array;
  if (data instanceof Int32Array && isContiguous(array)) return data.slice(offset, offset + elementCount(array.shape));
  const result = toValues(array, Int32Array);
  if (data instanceof Int32Array || data instanceof Uint8Array) return result;
  const values = toValues(array, Float64Array);
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== result[i]) {
      const expected = "contain only whole numbers of 32 bits";
      throw new RangeArgumentError({ functionName, argument, expected, received: values[i] });
    }
  }
  return result;
}
