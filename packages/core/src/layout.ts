import type { NdArray } from "ndarray";

/** Typed arrays that hold floating-point numbers. */
export type FloatArray = Float32Array | Float64Array;
/** Typed arrays that hold integers of at most 32 bits. */
export type IntegerArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
/** Every typed array that the packages take. */
export type NumericArray = FloatArray | IntegerArray;
/** What an ndarray may store: typed arrays, or a plain array of numbers. */
export type AnyArray = NumericArray | number[];

/** Constructor of a typed array. */
export type NumericArrayConstructor<T extends NumericArray> = new (length: number) => T;

/** True for an ndarray of whichever copy of the `ndarray` package. */
export function isNdarray(value: unknown): value is NdArray<AnyArray> {
  if (value === null || typeof value !== "object") return false;
  const array = value as Partial<NdArray<AnyArray>>;
  return (
    Array.isArray(array.shape) &&
    Array.isArray(array.stride) &&
    typeof array.offset === "number" &&
    typeof array.data === "object" &&
    array.data !== null
  );
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const n of shape) count *= n;
  return count;
}

/** True if the elements lie in C order without gaps (an axis of length 1 may have any stride, an empty array all). */
export function isContiguous(array: NdArray<AnyArray>): boolean {
  if (array.shape.includes(0)) return true;
  let step = 1;
  for (let k = array.shape.length - 1; k >= 0; k--) {
    if (array.shape[k] !== 1 && array.stride[k] !== step) return false;
    step *= array.shape[k]!;
  }
  return true;
}

/**
 * The elements of any ndarray (any stride, offset, storage) in C order, copied into a new typed array of the kind asked for.
 * {@link toContiguous} without the ndarray around it. Cost: one pass, one allocation.
 */
export function toValues<T extends NumericArray>(array: NdArray<AnyArray>, storage: NumericArrayConstructor<T>): T {
  const { data, shape, stride, offset } = array;
  const count = elementCount(shape);
  if (ArrayBuffer.isView(data) && isContiguous(array)) {
    return new (storage as unknown as new (values: ArrayLike<number>) => T)(data.subarray(offset, offset + count));
  }
  const target = new storage(count);
  const last = shape.length - 1;
  // Writes what lies under one index of the outer axes and returns where the next element goes. An array without axes has one element.
  const copy = (axis: number, from: number, to: number): number => {
    const length = shape[axis] ?? 1;
    const step = stride[axis]!;
    for (let j = 0; j < length; j++, from += step) {
      if (axis < last) to = copy(axis + 1, from, to);
      else target[to++] = data[from] as number;
    }
    return to;
  };
  copy(0, offset, 0);
  return target;
}

/** The elements in C order as float64 for as long as a call lasts, to be read only: a copy only where they do not lie so already. */
export function borrowValues(array: NdArray<AnyArray>): Float64Array {
  const { data, offset, shape } = array;
  if (!(data instanceof Float64Array) || !isContiguous(array)) return toValues(array, Float64Array);
  return data.subarray(offset, offset + elementCount(shape));
}
