import type { AnyArray } from "@ddl/core";
import { expectNumber, expectOneOf, expectOptions, expectRank, toMask, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { neighbourOffsets } from "./neighbours.js";

/** Options of {@link binaryErosion} and {@link binaryDilation}. */
export interface MorphologyOptions {
  /** The structuring element: 1 is the cross of face neighbours, the number of axes the full cube of 3ⁿ. Default 1. */
  connectivity?: number;
  /** How often it is applied, ≥ 1. Default 1. */
  iterations?: number;
  /** What lies outside the image: 0 (default) or 1. */
  borderValue?: 0 | 1;
}

/**
 * Erosion of a mask: a pixel stays if it and all its neighbours are inside (scipy.ndimage.binary_erosion).
 *
 * @param mask one to three axes, any non-zero value is inside
 * @throws ShapeError for a rank above 3; RangeArgumentError, ArgumentError for options out of range
 * @example `binaryErosion(mask, { connectivity: 2 })`
 */
export function binaryErosion(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryErosion", mask, options, 0);
}

/**
 * Dilation of a mask: a pixel joins if it or one of its neighbours is inside (scipy.ndimage.binary_dilation).
 *
 * @param mask one to three axes, any non-zero value is inside
 * @throws as {@link binaryErosion}
 * @example `binaryDilation(mask, { iterations: 2 })`
 */
export function binaryDilation(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryDilation", mask, options, 1);
}

/** A pixel takes the value `decisive` as soon as one pixel under the element has it. */
function morphology(
  functionName: string,
  mask: NdArray<AnyArray>,
  options: MorphologyOptions,
  decisive: 0 | 1,
): NdArray<Uint8Array> {
  const {
    connectivity = 1,
    iterations = 1,
    borderValue = 0,
  } = expectOptions(functionName, options, ["connectivity", "iterations", "borderValue"]);
  expectRank(functionName, "mask", mask, [1, 2, 3]);
  const rank = mask.shape.length;
  expectNumber(functionName, "connectivity", connectivity, { integer: true, min: 1, max: rank });
  expectNumber(functionName, "iterations", iterations, { integer: true, min: 1 });
  expectOneOf(functionName, "borderValue", borderValue, [0, 1]);
  const neighbours = neighbourOffsets(rank, connectivity);
  const [depth, rows, columns] = [...new Array<number>(3 - rank).fill(1), ...mask.shape] as [number, number, number];
  let current = toMask(mask);
  for (let step = 0; step < iterations; step++) {
    const next = zeros(Uint8Array, mask.shape);
    for (let z = 0, i = 0; z < depth; z++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++, i++) {
          let value = current.data[i]!;
          for (let k = 0; value !== decisive && k < neighbours.length; k++) {
            const [dz, dy, dx] = neighbours[k]!;
            const nz = z + dz;
            const ny = y + dy;
            const nx = x + dx;
            const outside = nz < 0 || nz >= depth || ny < 0 || ny >= rows || nx < 0 || nx >= columns;
            const other = outside ? borderValue : current.data[(nz * rows + ny) * columns + nx]!;
            if (other === decisive) value = decisive;
          }
          next.data[i] = value;
        }
      }
    }
    current = next;
  }
  return current;
}
