import { elementCount, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** A binary set with a rim of one pixel that is always 0: what lies outside the image counts as outside the set. */
export interface PaddedSet {
  /** C-ordered, each axis two longer than in `shape`. */
  data: Uint8Array;
  /** Scratch of the same length; its rim is 0 too. */
  scratch: Uint8Array;
  /** Shape without the rim: (planes, rows, columns); an image has no axis of planes. */
  shape: readonly number[];
  /** Steps in `data`, one an axis. */
  stride: readonly number[];
}

/** Copies a C-ordered set of 0 and 1 into a rim of zeros. */
export function padded(set: NdArray<Uint8Array>): PaddedSet {
  const shape = [...set.shape];
  const wide = shape.map((n) => n + 2);
  const data = new Uint8Array(elementCount(wide));
  const stride = zeros(Uint8Array, wide).stride.slice();
  const result: PaddedSet = { data, scratch: new Uint8Array(data.length), shape, stride };
  forEachRow(result, (at, from, count) => {
    for (let x = 0; x < count; x++) data[at + x] = set.data[from + x]!;
  });
  return result;
}

/** The set without its rim. */
export function unpadded(set: PaddedSet): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, set.shape);
  forEachRow(set, (at, from, count) => {
    for (let x = 0; x < count; x++) result.data[from + x] = set.data[at + x]!;
  });
  return result;
}

/** Calls back for every row of the image: where it begins in the padded set and without the rim, its length and its place. */
export function forEachRow(
  { shape, stride }: PaddedSet,
  call: (at: number, from: number, columns: number, y: number, z: number) => void,
): void {
  const rank = shape.length;
  const [columns, rows, planes] = [shape[rank - 1]!, shape[rank - 2]!, rank === 3 ? shape[0]! : 1];
  const rowStep = stride[rank - 2]!;
  for (let z = 0; z < planes; z++) {
    const plane = rank === 3 ? (z + 1) * stride[0]! : 0;
    for (let y = 0; y < rows; y++) call(plane + (y + 1) * rowStep + 1, (z * rows + y) * columns, columns, y, z);
  }
}
