import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import type { AnyArray, NumericArray, NumericArrayConstructor } from "./layout.js";
import { elementCount, toValues } from "./layout.js";

/** A new C-ordered array of zeros. @example `zeros(Float32Array, [3, 5])` */
export function zeros<T extends NumericArray>(
  storage: NumericArrayConstructor<T>,
  shape: readonly number[],
): NdArray<T> {
  return ndarray(new storage(elementCount(shape)), [...shape]) as NdArray<T>;
}

/**
 * Copies any ndarray (any stride, offset, storage) into a new C-ordered typed array of the kind asked for.
 *
 * Values convert as on assignment to that typed array: integers wrap, `Uint8ClampedArray` clamps.
 * Cost: one pass, one allocation of the result.
 */
export function toContiguous<T extends NumericArray>(
  array: NdArray<AnyArray>,
  storage: NumericArrayConstructor<T>,
): NdArray<T> {
  return ndarray(toValues(array, storage), [...array.shape]) as NdArray<T>;
}

/** The C-ordered mask of 0 and 1 of an array in which anything but 0 is inside. */
export function toMask(array: NdArray<AnyArray>): NdArray<Uint8Array> {
  const wide = toContiguous(array, Float64Array);
  const result = zeros(Uint8Array, array.shape);
  for (let i = 0; i < wide.data.length; i++) result.data[i] = wide.data[i] === 0 ? 0 : 1;
  return result;
}
