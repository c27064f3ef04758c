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

/** The ndarray of a golden; `"nan"`, `"inf"` and `"-inf"` stand for what JSON cannot hold. */
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
  const values = golden.data.map((value) => (typeof value === "number" ? value : special[value]!));
  return ndarray(new storage(values) as T, [...golden.shape]) as NdArray<T>;
}
