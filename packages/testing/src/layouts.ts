import type { NumericArray } from "@ddl/core";
import { elementCount, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/**
 * The same values in other memory layouts: C order, reversed axes order in memory (Fortran), every axis stored backwards, and
 * a window with a gap and an offset inside a larger buffer. A function of ndarrays must give the same result for each.
 */
export function layouts<T extends NumericArray>(array: NdArray<T>): [name: string, array: NdArray<T>][] {
  const storage = array.data.constructor as new (length: number) => T;
  const plain = toContiguous(array, storage);
  const { shape } = plain;
  const rank = shape.length;
  const filled = (empty: NdArray<T>): NdArray<T> => {
    const source = plain.data;
    for (let i = 0; i < source.length; i++) {
      let rest = i;
      let at = empty.offset;
      for (let k = rank - 1; k >= 0; k--) {
        at += (rest % shape[k]!) * empty.stride[k]!;
        rest = Math.floor(rest / shape[k]!);
      }
      empty.data[at] = source[i]!;
    }
    return empty;
  };
  const size = elementCount(shape);
  const fortran: number[] = [];
  for (let k = 0, step = 1; k < rank; step *= shape[k++]!) fortran.push(step);
  const backwards = plain.stride.map((step) => -step);
  const gapped = plain.stride.map((step) => step * 2);
  return [
    ["C order", plain],
    ["Fortran order", filled(ndarray(new storage(size), [...shape], fortran) as NdArray<T>)],
    ["backwards", filled(ndarray(new storage(size), [...shape], backwards, Math.max(0, size - 1)) as NdArray<T>)],
    ["gapped with offset", filled(ndarray(new storage(size * 2 + 5), [...shape], gapped, 5) as NdArray<T>)],
  ];
}
