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
  return filled("checkerboardSet", shape, (index) => {
    let sum = 0;
    for (const i of index) sum += Math.floor(i / 5);
    return sum % 2 === 1;
  });
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
  return filled("diskSet", shape, (index) => {
    let squared = 0;
    for (const [k, i] of index.entries()) squared += (i - Math.floor(shape[k]! / 2)) ** 2;
    return radius - Math.sqrt(squared) > 0;
  });
}

function filled(
  functionName: string,
  shape: readonly number[],
  inside: (index: readonly number[]) => boolean,
): NdArray<Uint8Array> {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new ShapeError({ functionName, argument: "shape", expected: "have 2 or 3 entries", received: shape });
  }
  for (const n of shape) expectNumber(functionName, "shape", n, { integer: true, min: 1 });
  const result = zeros(Uint8Array, shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = inside(index) ? 1 : 0;
    for (let k = shape.length - 1; k >= 0 && ++index[k]! === shape[k]; k--) index[k] = 0;
  }
  return result;
}
