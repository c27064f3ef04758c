import { DataError, zeros } from "@ddl/core";
import { decode, encode } from "fast-png";
import type { NdArray } from "ndarray";

/** A volume of masks as one grey PNG, its slices below each other: small, exact, and a picture. */
export function encodePrediction(mask: NdArray<Uint8Array>): Uint8Array {
  const [slices, rows, columns] = mask.shape as [number, number, number];
  const data = new Uint8Array(slices * rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = mask.data[i] === 0 ? 0 : 255;
  return encode({ width: columns, height: slices * rows, data, channels: 1, depth: 8 });
}

/** The masks of {@link encodePrediction}, 0 and 1. @throws DataError if the picture has not the size of the volume */
export function decodePrediction(bytes: Uint8Array, shape: readonly number[], file: string): NdArray<Uint8Array> {
  const [slices, rows, columns] = shape as [number, number, number];
  const { width, height, data } = decode(bytes);
  if (width !== columns || height !== slices * rows || data.length !== slices * rows * columns) {
    throw new DataError(
      "ddl-study",
      file,
      `must be ${columns} × ${slices * rows} pixels of one channel; received ${width} × ${height}.`,
    );
  }
  const mask = zeros(Uint8Array, shape);
  for (let i = 0; i < data.length; i++) mask.data[i] = data[i] === 0 ? 0 : 1;
  return mask;
}
