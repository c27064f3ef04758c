import type { AnyArray } from "@ddl/core";
import { expectRank, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Rows and columns of zeros that were put around slices. */
export interface Padding {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/**
 * Puts zeros around the shorter side of slices until they are square, one more behind than before if the difference is odd.
 *
 * @param array (slices, rows, columns) or (slices, rows, columns, channels)
 * @returns a float64 copy, and what was added
 * @throws ShapeError for another rank
 * @example `const { array: square, padding } = padToSquare(brain)`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code.
 */
export function padToSquare(array: NdArray<AnyArray>): { array: NdArray<Float64Array>; padding: Padding } {
  expectRank("padToSquare", "array", array, [3, 4]);
  const input = toContiguous(array, Float64Array);
  const [slices, rows, columns] = input.shape as [number, number, number];
  const channels = input.shape[3] ?? 1;
  const edge = Math.max(rows, columns);
  const top = Math.floor((edge - rows) / 2);
  const left = Math.floor((edge - columns) / 2);
  const result = zeros(Float64Array, [slices, edge, edge, ...input.shape.slice(3)]);
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      const from = (z * rows + y) * columns * channels;
      const line = input.data.subarray(from, from + columns * channels);
      result.data.set(line, ((z * edge + y + top) * edge + left) * channels);
    }
  }
  return { array: result, padding: { top, bottom: edge - rows - top, left, right: edge - columns - left } };
}

/** Takes away what {@link padToSquare} added. */
export function unpad(mask: NdArray<Uint8Array>, { top, bottom, left, right }: Padding): NdArray<Uint8Array> {
  const [slices, rows, columns] = mask.shape as [number, number, number];
  return toContiguous(mask.hi(slices, rows - bottom, columns - right).lo(0, top, left), Uint8Array);
}
