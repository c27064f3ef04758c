import { elementCount, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * Two level sets (2, …shape), each positive in balls of radius 4 on a grid of period 10; the second grid is shifted by 5 rows and 5
 * columns, so that the balls overlap a little and all four phases begin everywhere.
 */
export function seedLevelSets(shape: readonly number[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, [2, ...shape]);
  const size = elementCount(shape);
  for (let k = 0; k < 2; k++) {
    for (let i = 0; i < size; i++) {
      let rest = i;
      let squares = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const at = rest % shape[axis]!;
        rest = (rest - at) / shape[axis]!;
        const shift = axis < shape.length - 2 ? 0 : 5 * k;
        squares += (((at + shift) % 10) - 5) ** 2;
      }
      result.data[k * size + i] = 4 - Math.sqrt(squares);
    }
  }
  return result;
}
