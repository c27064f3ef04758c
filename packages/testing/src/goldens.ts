import type { NumericArray } from "@ddl/core";
import { elementCount } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** How the Python scripts under `test/goldens` store an array: numpy's dtype name, the shape, the values in C order. */
export interface GoldenArray {
  dtype: string;
  shape: number[];
  data: (number | string)[];
}

const storages: Record<string, new (values: number[]) => NumericArray> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * The ndarray of a golden; `"nan"`, `"inf"` and `"-inf"` stand for what JSON cannot hold. A value that its dtype (`int64`: 32
 * bits of it) cannot hold throws: it would be another number in silence.
 */
export function goldenArray<T extends NumericArray = NumericArray>(golden: GoldenArray): NdArray<T> {
  const storage = storages[golden.dtype];
  if (storage === undefined) throw new Error(`goldenArray: unknown dtype ${golden.dtype}`);
  if (golden.data.length !== elementCount(golden.shape)) {
    throw new Error(`goldenArray: ${golden.data.length} values for shape [${golden.shape.join(", ")}]`);
  }
  const special: Record<string, number> = {
    nan: Number.NaN,
    inf: Number.POSITIVE_INFINITY,
    "-inf": Number.NEGATIVE_INFINITY,
  };
  const values = golden.data.map((value) => (typeof value === "number" ? value : (special[value] ?? value)));
  const stored = new storage(values as number[]);
  const fits = golden.dtype.startsWith("float")
    ? (value: number | string) => typeof value === "number"
    : (value: number | string, i: number) => value === stored[i] && (golden.dtype !== "bool" || value <= 1);
  const wrong = values.findIndex((value, i) => !fits(value, i));
  if (wrong >= 0) throw new Error(`goldenArray: ${golden.data[wrong]} at flat index ${wrong} is no ${golden.dtype}`);
  return ndarray(stored as T, [...golden.shape]) as NdArray<T>;
}
