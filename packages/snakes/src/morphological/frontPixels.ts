import type { PackedSet } from "./packedSet.js";
import { forEachRow } from "./packedSet.js";

/**
 * Calls back for every pixel of the region where the central difference of the set along some axis (one-sided at the image's ends)
 * is not 0, with the differences of its neighbours: 1, 0 or −1, per axis, and at an end twice that.
 *
 * The set is read from `words` as it was; the callback says what the pixel becomes: above 0 inside, below 0 outside, 0 unchanged.
 */
export function moveFront(
  set: PackedSet,
  force: (pixel: number, alongPlanes: number, alongRows: number, alongColumns: number) => number,
): void {
  const { words, scratch, region, rowStep, planeStep, width } = set;
  const [planes, rows, columns] = set.size;
  const last = (columns - 1) & 31;
  forEachRow(set, (start, from, y, z) => {
    // At an end the pixel itself stands in for the neighbour that is missing.
    const up = y > 0 ? rowStep : 0;
    const down = y < rows - 1 ? rowStep : 0;
    const front = z > 0 ? planeStep : 0;
    const back = z < planes - 1 ? planeStep : 0;
    for (let k = 0; k < width; k++) {
      const at = start + k;
      const word = words[at]!;
      let left = (word << 1) | (words[at - 1]! >>> 31);
      let right = (word >>> 1) | (words[at + 1]! << 31);
      if (k === 0) left |= word & 1;
      if (k === width - 1) right |= word & (1 << last);
      const above = words[at - up]!;
      const below = words[at + down]!;
      const nearer = words[at - front]!;
      const farther = words[at + back]!;
      let moving = ((left ^ right) | (above ^ below) | (nearer ^ farther)) & region[at]!;
      let result = word;
      while (moving !== 0) {
        const bit = moving & -moving;
        moving ^= bit;
        const x = 31 - Math.clz32(bit);
        const column = 32 * k + x;
        const alongColumns = ((right >>> x) & 1) - ((left >>> x) & 1);
        const alongRows = ((below >>> x) & 1) - ((above >>> x) & 1);
        const alongPlanes = ((farther >>> x) & 1) - ((nearer >>> x) & 1);
        const value = force(
          from + column,
          front === 0 || back === 0 ? 2 * alongPlanes : alongPlanes,
          up === 0 || down === 0 ? 2 * alongRows : alongRows,
          column === 0 || column === columns - 1 ? 2 * alongColumns : alongColumns,
        );
        if (value > 0) result |= bit;
        else if (value < 0) result &= ~bit;
      }
      scratch[at] = result;
    }
  });
  set.words = scratch;
  set.scratch = words;
}
