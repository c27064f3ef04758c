import type { Front } from "./front.js";
import { findFront } from "./front.js";
import type { PackedSet } from "./packedSet.js";
import { swap } from "./packedSet.js";

/**
 * The pixels of the front join the set where it lies uphill on the gradient image, and leave it where it lies downhill: the contour moves
 * down the slopes, in place.
 *
 * @param slopes derivative of the gradient image along each axis
 */
export function descend(set: PackedSet, front: Front, slopes: readonly Float64Array[]): void {
  findFront(set, front);
  const { words, scratch, rowStep, planeStep, width, rank } = set;
  const [planes, rows, columns] = set.size;
  const columnSlope = slopes[rank - 1]!;
  const rowSlope = slopes[rank - 2]!;
  const planeSlope = rank === 3 ? slopes[0]! : columnSlope;
  scratch.set(words);
  for (let n = 0; n < front.count; n++) {
    const at = front.at[n]!;
    const from = front.pixel[n]!;
    const column = from % columns;
    const row = Math.floor(from / columns);
    const y = row % rows;
    const z = Math.floor(row / rows);
    const word = words[at]!;
    // At an end the pixel itself stands in for the neighbour that is missing, and the difference is one-sided: twice the central one.
    const above = y > 0 ? words[at - rowStep]! : word;
    const below = y < rows - 1 ? words[at + rowStep]! : word;
    const rowFactor = y > 0 && y < rows - 1 ? 1 : 2;
    const nearer = z > 0 ? words[at - planeStep]! : word;
    const farther = z < planes - 1 ? words[at + planeStep]! : word;
    const planeFactor = rank === 2 ? 0 : z > 0 && z < planes - 1 ? 1 : 2;
    let left = (word << 1) | (words[at - 1]! >>> 31);
    let right = (word >>> 1) | (words[at + 1]! << 31);
    if (column === 0) left |= word & 1;
    if (column >= 32 * (width - 1)) right |= word & (1 << ((columns - 1) & 31));
    let moving = front.moving[n]!;
    let result = word;
    while (moving !== 0) {
      const bit = moving & -moving;
      moving ^= bit;
      const x = 31 - Math.clz32(bit);
      const pixel = from + x;
      const columnFactor = column + x > 0 && column + x < columns - 1 ? 1 : 2;
      const alongColumns = columnFactor * (((right >>> x) & 1) - ((left >>> x) & 1));
      const alongRows = rowFactor * (((below >>> x) & 1) - ((above >>> x) & 1));
      const alongPlanes = planeFactor * (((farther >>> x) & 1) - ((nearer >>> x) & 1));
      const force =
        planeSlope[pixel]! * alongPlanes + rowSlope[pixel]! * alongRows + columnSlope[pixel]! * alongColumns;
      if (force > 0) result |= bit;
      else if (force < 0) result &= ~bit;
    }
    scratch[at] = result;
  }
  swap(set);
}
