import type { Offset } from "./structuringElement.js";

/**
 * Goes on eroding until nothing changes: every pixel whose element meets a removed pixel is removed in turn.
 *
 * @param current pixels after a first erosion, changed in place
 * @param removed which pixels that erosion took, as flat indices
 * @param offsets the element; it holds [0, 0, 0], so that the erosions shrink
 * @param within where pixels may be removed, or undefined for everywhere
 *
 * Cost: each pixel is removed at most once, whatever the number of erosions.
 */
export function propagateErosion(
  current: Uint8Array,
  shape: readonly number[],
  removed: readonly number[],
  offsets: readonly Offset[],
  within: Uint8Array | undefined,
): void {
  const [planes, rows, columns] = [...new Array<number>(3 - shape.length).fill(1), ...shape] as [
    number,
    number,
    number,
  ];
  const stack = new Int32Array(current.length);
  stack.set(removed);
  let height = removed.length;
  while (height > 0) {
    const at = stack[--height]!;
    const x = at % columns;
    const y = Math.floor(at / columns) % rows;
    const z = Math.floor(at / (columns * rows));
    for (const [dz, dy, dx] of offsets) {
      const nz = z - dz;
      const ny = y - dy;
      const nx = x - dx;
      if (nz < 0 || nz >= planes || ny < 0 || ny >= rows || nx < 0 || nx >= columns) continue;
      const next = (nz * rows + ny) * columns + nx;
      if (current[next] === 0 || (within !== undefined && within[next] === 0)) continue;
      current[next] = 0;
      stack[height++] = next;
    }
  }
}
