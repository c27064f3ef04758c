import { elementCount } from "@ddl/core";

/** An array with a rim of one element around it, in which a flood never leaves the array: see {@link pad}. */
export interface Padding {
  /** Strides of the padded array. */
  strides: number[];
  /** Number of its elements. */
  size: number;
  /** Where each line of the last axis begins, in C order. */
  lineStarts: Int32Array;
  lineLength: number;
}

/** The rim of one around an array of one to three axes. */
export function padding(shape: readonly number[]): Padding {
  const outer = shape.map((n) => n + 2);
  const strides = outer.map((_, k) => elementCount(outer.slice(k + 1)));
  const [planes, rows, columns] = [...new Array<number>(3 - shape.length).fill(1), ...shape] as [
    number,
    number,
    number,
  ];
  const [planeStride, rowStride] = [...new Array<number>(3 - shape.length).fill(0), ...strides] as [number, number];
  const first = strides.reduce((a, b) => a + b);
  const lineStarts = new Int32Array(planes * rows);
  for (let p = 0; p < planes; p++) {
    for (let r = 0; r < rows; r++) lineStarts[p * rows + r] = first + p * planeStride + r * rowStride;
  }
  return { strides, size: elementCount(outer), lineStarts, lineLength: columns };
}

/** Copies the elements of an array in C order into a padded one of zeros. */
export function pad<T extends Float64Array | Int32Array | Uint8Array>(values: T, padded: T, layout: Padding): T {
  const { lineStarts, lineLength } = layout;
  for (let line = 0, i = 0; line < lineStarts.length; line++, i += lineLength) {
    padded.set(values.subarray(i, i + lineLength), lineStarts[line]!);
  }
  return padded;
}

/** Copies them back out of the rim. */
export function crop(padded: Int32Array, values: Int32Array, layout: Padding): void {
  const { lineStarts, lineLength } = layout;
  for (let line = 0, i = 0; line < lineStarts.length; line++, i += lineLength) {
    const start = lineStarts[line]!;
    values.set(padded.subarray(start, start + lineLength), i);
  }
}
