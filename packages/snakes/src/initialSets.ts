import { expectNumber, ShapeError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A set of alternating squares (in volumes: cubes) of 5 pixels, scikit-image's `checkerboard_level_set`.
 *
 * @param shape two or three lengths, each ≥ 1
 * @returns of that shape, 0 at the first pixel
 * @throws ShapeError for another number of axes; RangeArgumentError for a length below 1
 * @example `morphologicalChanVese(image, 35, { initial: checkerboardSet(image.shape) })`
 */
export function checkerboardSet(shape: readonly number[]): NdArray<Uint8Array> {
  const result = emptySet("checkerboardSet", shape);
  const columns = shape.at(-1)!;
  const rows = shape.at(-2)!;
  for (let row = 0; row < result.data.length / columns; row++) {
    const odd = Math.floor((row % rows) / 5) + Math.floor(Math.floor(row / rows) / 5);
    for (let x = 0; x < columns; x++) result.data[row * columns + x] = (odd + ((x / 5) | 0)) & 1;
  }
  return result;
}

/**
 * A disk (in volumes: a ball) about the centre with 3/8 of the shortest length as radius, scikit-image's `disk_level_set`.
 *
 * @param shape two or three lengths, each ≥ 1
 * @returns of that shape, 1 where the distance from ⌊length/2⌋ is below the radius
 * @throws ShapeError for another number of axes; RangeArgumentError for a length below 1
 * @example `morphologicalChanVese(image, 35, { initial: diskSet(image.shape) })`
 */
export function diskSet(shape: readonly number[]): NdArray<Uint8Array> {
  const radius = (Math.min(...shape) * 3) / 8;
  const result = emptySet("diskSet", shape);
  const columns = shape.at(-1)!;
  const rows = shape.at(-2)!;
  for (let row = 0; row < result.data.length / columns; row++) {
    // The axes in their order, as the reference adds them.
    const y = (row % rows) - Math.floor(rows / 2);
    const z = shape.length === 3 ? Math.floor(row / rows) - Math.floor(shape[0]! / 2) : 0;
    const isInside = (x: number): boolean => radius - Math.sqrt(z * z + y * y + x * x) > 0;
    if (!isInside(0)) continue;
    // What the root's rounding makes of the end decides.
    let reach = Math.floor(Math.sqrt(radius * radius - z * z - y * y));
    while (isInside(reach + 1)) reach++;
    while (!isInside(reach)) reach--;
    const centre = row * columns + Math.floor(columns / 2);
    result.data.fill(1, centre - reach, centre + reach + 1);
  }
  return result;
}

function emptySet(functionName: string, shape: readonly number[]): NdArray<Uint8Array> {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ShapeError({ functionName, argument: "shape", expected: "have 2 or 3 entries", received: shape });
  }
  for (const n of shape) expectNumber(functionName, "shape", n, { integer: true, min: 1 });
  return zeros(Uint8Array, shape);
}
