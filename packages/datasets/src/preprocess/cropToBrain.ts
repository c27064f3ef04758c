import type { AnyArray } from "@ddl/core";
import { DataError, expectBoolean, expectNumber, expectOptions, expectRank, toContiguous, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** A box of voxels: `from` inclusive, `to` exclusive, [slice, row, column]. */
export interface Box {
  from: readonly [number, number, number];
  to: readonly [number, number, number];
}

/** Options of {@link cropToBrain}. */
export interface CropOptions {
  /** Share of the brightest value below which a voxel counts as background, in [0, 1). Default 0.1. */
  threshold?: number;
  /** Set background to 0 in the result, each channel on its own, as the published pipeline does. Default true. */
  zeroBelowThreshold?: boolean;
}

/**
 * The smallest box that holds every voxel at or above a share of the brightest, in any channel; slices outside it are dropped too.
 *
 * @param image (slices, rows, columns, channels)
 * @returns a float64 copy of the box, and where it lay
 * @throws ShapeError for another rank; DataError if nothing is above 0
 * @example `const { image: brain, box } = cropToBrain(volume.image)`
 *
 * Source: Buda et al. 2019 (`buda2019`), published code.
 */
export function cropToBrain(
  image: NdArray<AnyArray>,
  options: CropOptions = {},
): { image: NdArray<Float64Array>; box: Box } {
  const { threshold = 0.1, zeroBelowThreshold = true } = expectOptions("cropToBrain", options, [
    "threshold",
    "zeroBelowThreshold",
  ]);
  expectRank("cropToBrain", "image", image, 4);
  expectNumber("cropToBrain", "threshold", threshold, { min: 0, below: 1 });
  expectBoolean("cropToBrain", "zeroBelowThreshold", zeroBelowThreshold);
  const copy = toContiguous(image, Float64Array);
  const { data } = copy;
  let brightest = 0;
  for (const value of data) if (value > brightest) brightest = value;
  if (brightest === 0) throw new DataError("cropToBrain", "the image", "must have a value above 0; it is empty.");
  const [, rows, columns, channels] = copy.shape as [number, number, number, number];
  const from: [number, number, number] = [copy.shape[0]!, rows, columns];
  const to: [number, number, number] = [0, 0, 0];
  const least = threshold * brightest;
  for (let i = 0; i < data.length; i++) {
    if (data[i]! < least || data[i] === 0) {
      if (zeroBelowThreshold) data[i] = 0;
      continue;
    }
    const voxel = Math.floor(i / channels);
    const x = voxel % columns;
    const y = Math.floor(voxel / columns) % rows;
    const z = Math.floor(voxel / (columns * rows));
    for (const [k, at] of [z, y, x].entries()) {
      if (at < from[k]!) from[k] = at;
      if (at >= to[k]!) to[k] = at + 1;
    }
  }
  const box = { from, to };
  return { image: cropTo(copy, box), box };
}

/** A C-ordered copy of a box of an array whose first axes are (slices, rows, columns). */
export function cropTo(array: NdArray<Float64Array>, { from, to }: Box): NdArray<Float64Array> {
  return toContiguous(array.hi(...to).lo(...from), Float64Array);
}

/** Puts a box back into zeros of the size it was cut from. */
export function uncrop(
  mask: NdArray<Uint8Array>,
  { from }: Box,
  shape: readonly [number, number, number],
): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, shape);
  const [slices, rows, columns] = mask.shape as [number, number, number];
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) result.set(z + from[0], y + from[1], x + from[2], mask.get(z, y, x));
    }
  }
  return result;
}
