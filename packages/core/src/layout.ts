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
  const target = new storage(count);
  if (count === 0) return target;
  if (isContiguous(array)) {
    for (let i = 0; i < count; i++) target[i] = data[offset + i] as number;
    return target;
  }
  const rank = shape.length;
  const inner = shape[rank - 1]!;
  const innerStride = stride[rank - 1]!;
  const index = new Array<number>(rank).fill(0);
  let row = offset;
  for (let i = 0; i < count; ) {
    for (let j = 0, at = row; j < inner; j++, at += innerStride) target[i++] = data[at] as number;
    let k = rank - 2;
    for (; k >= 0; k--) {
      row += stride[k]!;
      if (++index[k]! < shape[k]!) break;
      row -= index[k]! * stride[k]!;
      index[k] = 0;
    }
  }
  return target;
}
