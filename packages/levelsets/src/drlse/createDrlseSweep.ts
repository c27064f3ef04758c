import type { DrlsePixel } from "./drlsePixel.js";
import { mirrorBorder } from "./mirrorBorder.js";

/**
 * A step of all pixels in one pass, in place. A slab is a row of an image, a plane of a volume. Coefficients are kept of two slabs,
 * and new values too: a slab's old values are read until the pass is two slabs further.
 */
export function createDrlseSweep(shape: readonly number[], pixel: DrlsePixel): (phi: Float64Array, dt: number) => void {
  const rank = shape.length;
  const slabs = shape[0]!;
  const columns = shape[rank - 1]!;
  const rows = rank === 3 ? shape[1]! : 1;
  const size = rows * columns;
  const normals = new Float64Array(2 * size);
  const diffusions = new Float64Array(2 * size);
  const held = new Float64Array(2 * size);
  const { at } = pixel;
  const setNeighbours = (axis: number, before: number, after: number): void => {
    pixel.normals[2 * axis] = normals[before]!;
    pixel.normals[2 * axis + 1] = normals[after]!;
    pixel.diffusions[2 * axis] = diffusions[before]!;
    pixel.diffusions[2 * axis + 1] = diffusions[after]!;
  };
  return (phi, dt) => {
    mirrorBorder(phi, shape);
    for (let slab = -1; slab < slabs; slab++) {
      for (let row = 0; row < rows; row++) {
        if (rank === 3) at[1] = row;
        for (let column = 0; column < columns; column++) {
          at[rank - 1] = column;
          const place = row * columns + column;
          const i = slab * size + place;
          const here = (slab & 1) * size + place;
          const other = size - (slab & 1) * size + place;
          // `other` holds the coefficients of the slab before, then of the one after.
          const normalBefore = normals[slab > 0 ? other : here]!;
          const diffusionBefore = diffusions[slab > 0 ? other : here]!;
          if (slab < slabs - 1) {
            at[0] = slab + 1;
            pixel.coefficients(phi, i + size, normals, diffusions, other);
          }
          if (slab < 0) continue;
          at[0] = slab;
          const after = slab < slabs - 1 ? other : here;
          setNeighbours(0, after, after);
          pixel.normals[0] = normalBefore;
          pixel.diffusions[0] = diffusionBefore;
          if (rank === 3) setNeighbours(1, row > 0 ? here - columns : here, row < rows - 1 ? here + columns : here);
          setNeighbours(rank - 1, column > 0 ? here - 1 : here, column < columns - 1 ? here + 1 : here);
          const value = phi[i]! + dt * pixel.rate(phi, i, normals[here]!);
          if (slab > 1) phi[i - 2 * size] = held[here]!;
          held[here] = value;
        }
      }
    }
    for (const slab of [slabs - 2, slabs - 1]) {
      const start = (slab & 1) * size;
      phi.set(held.subarray(start, start + size), slab * size);
    }
  };
}
