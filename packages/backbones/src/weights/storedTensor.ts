import type { NumericArray } from "@ddl/core";
import type { SmallFloat } from "./smallFloats.js";
import { readSmallFloats, writeSmallFloats } from "./smallFloats.js";

/** Element types of files, in the order of their rank: larger ones behind smaller ones. */
export const dtypes = [
  "BOOL",
  "U8",
  "I8",
  "F8_E5M2",
  "F8_E4M3",
  "I16",
  "U16",
  "F16",
  "BF16",
  "I32",
  "U32",
  "F32",
  "F64",
  "I64",
  "U64",
] as const;

/** Element type of a tensor in a file, by its name in safetensors. */
export type StoredDtype = (typeof dtypes)[number];

/**
 * A tensor of a file.
 *
 * `BOOL` is a Uint8Array of 0 and 1; `F16`, `BF16`, `F8_E5M2` and `F8_E4M3` are a Float32Array, `I64` and `U64` a Float64Array, of the same
 * numbers. Every other type has an array of its own.
 */
export interface StoredTensor<Values extends NumericArray = Float32Array | Int32Array> {
  /** Lengths of the axes; none for a single number. */
  shape: number[];
  /** The elements, the last axis running fastest. */
  values: Values;
  /** The type in the file, where the array does not tell it. Default: that of the array. */
  dtype?: StoredDtype;
}

type ArrayName = Exclude<NumericArray[typeof Symbol.toStringTag], "Uint8ClampedArray">;

/** Bytes of an element, and the array that holds elements; `same` if with the same bits. */
const kinds: Record<StoredDtype, { size: number; array: ArrayName; same: boolean }> = {
  BOOL: { size: 1, array: "Uint8Array", same: false },
  U8: { size: 1, array: "Uint8Array", same: true },
  I8: { size: 1, array: "Int8Array", same: true },
  F8_E5M2: { size: 1, array: "Float32Array", same: false },
  F8_E4M3: { size: 1, array: "Float32Array", same: false },
  I16: { size: 2, array: "Int16Array", same: true },
  U16: { size: 2, array: "Uint16Array", same: true },
  F16: { size: 2, array: "Float32Array", same: false },
  BF16: { size: 2, array: "Float32Array", same: false },
  I32: { size: 4, array: "Int32Array", same: true },
  U32: { size: 4, array: "Uint32Array", same: true },
  F32: { size: 4, array: "Float32Array", same: true },
  F64: { size: 8, array: "Float64Array", same: true },
  I64: { size: 8, array: "Float64Array", same: false },
  U64: { size: 8, array: "Float64Array", same: false },
};

const arrays = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} satisfies Record<ArrayName, unknown>;

/** Bytes of one element. */
export const elementSize = (dtype: StoredDtype): number => kinds[dtype].size;

/** True if elements can be seen in the bytes of the file, without a copy. */
export const isSeen = (dtype: StoredDtype): boolean => kinds[dtype].same || dtype === "BOOL";

/** The type of a tensor in a file; undefined if the one that it names is not one that its array can hold. */
export function storedDtype({ values, dtype }: StoredTensor<NumericArray>): StoredDtype | undefined {
  const tag = values?.[Symbol.toStringTag];
  const array = tag === "Uint8ClampedArray" ? "Uint8Array" : tag;
  if (dtype !== undefined) return kinds[dtype]?.array === array ? dtype : undefined;
  return dtypes.find((each) => kinds[each].same && kinds[each].array === array);
}

/**
 * Elements of bytes: a view of them where the array has the same bits and they begin at a multiple of the element's size, else a copy.
 * @param refuse is told what is wrong with a number that has no place in the array
 */
export function readElements(
  bytes: Uint8Array,
  dtype: StoredDtype,
  refuse: (reason: string) => never,
): Pick<StoredTensor<NumericArray>, "values" | "dtype"> {
  const { size, array, same } = kinds[dtype];
  const seen = <T>(view: new (buffer: ArrayBufferLike, offset: number, length: number) => T): T => {
    // Not by the array's own `slice`, which gives a view of the whole memory if the bytes are a Buffer of Node.
    const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
    return new view(buffer, byteOffset, length / size);
  };
  if (same) return { values: seen(arrays[array] as typeof Float32Array) };
  if (dtype === "BOOL") {
    const other = bytes.find((byte) => byte > 1);
    return other === undefined
      ? { values: seen(Uint8Array), dtype }
      : refuse(`of BOOL must be 0 or 1; it has ${other}`);
  }
  if (dtype === "I64" || dtype === "U64") return { values: readLongs(bytes, dtype, refuse), dtype };
  const codes = size === 1 ? seen(Uint8Array) : seen(Uint16Array);
  return { values: readSmallFloats(codes, dtype as SmallFloat), dtype };
}

/** The bytes of elements: a view of them where the array has the same bits, else a copy. Numbers are checked by {@link storedDtype}'s caller. */
export function writeElements(values: NumericArray, dtype: StoredDtype): Uint8Array {
  const { array, same } = kinds[dtype];
  const seen = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (same || dtype === "BOOL") return seen(values);
  if (array === "Float32Array") return seen(writeSmallFloats(values as Float32Array, dtype as SmallFloat));
  const longs = new DataView(new ArrayBuffer(values.length * 8));
  for (const [k, value] of values.entries()) longs.setBigInt64(8 * k, BigInt(value), true);
  return seen(longs);
}

/** The first number that a type cannot hold though its array can. */
export function firstUnfit(values: NumericArray, dtype: StoredDtype): number | undefined {
  if (dtype === "BOOL") return (values as Uint8Array).find((value) => value > 1);
  if (dtype !== "I64" && dtype !== "U64") return undefined;
  const least = dtype === "U64" ? 0 : -Infinity;
  return (values as Float64Array).find((value) => !Number.isSafeInteger(value) || value < least);
}

function readLongs(bytes: Uint8Array, dtype: "I64" | "U64", refuse: (reason: string) => never): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.length / 8);
  for (let k = 0; k < values.length; k++) {
    const high = dtype === "I64" ? view.getInt32(8 * k + 4, true) : view.getUint32(8 * k + 4, true);
    values[k] = high * 2 ** 32 + view.getUint32(8 * k, true);
    if (!Number.isSafeInteger(values[k])) refuse(`of ${dtype} must lie within ±(2^53 − 1); it has about ${values[k]}`);
  }
  return values;
}
