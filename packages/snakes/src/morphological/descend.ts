import type { Front } from "./front.js";
import { findFront } from "./front.js";
import type { PackedSet } from "./packedSet.js";
import { swap } from "./packedSet.js";

/**
 * The pixels of the front join the set where it lies uphill on the gradient image, and leave it where it lies downhill: the contour moves
 * down the slopes, in place. Slopes of image and set are central differences, one-sided at the image's ends, per unit of length.
 *
 * @param values the gradient image, C-ordered
 * @param spacing (planes, rows, columns)
 */
export function descend(
  set: PackedSet,
  front: Front,
  values: Float64Array,
  spacing: readonly [planes: number, rows: number, columns: number],
): void {
  findFront(set, front);
  const { words, scratch, rowStep, planeStep, width } = set;
  const [planes, rows, columns] = set.size;
  const plane = rows * columns;
  const [planeSpacing, rowSpacing, columnSpacing] = spacing;
  scratch.set(words);
  for (let n = 0; n < front.count; n++) {
    const at = front.at[n]!;
    const from = front.pixel[n]!;
    const column = from % columns;
    const row = Math.floor(from / columns);
    const y = row % rows;
    const z = Math.floor(row / rows);
    const word = words[at]!;
    // At an end the pixel itself stands in for the neighbour that is missing, one step apart instead of two.
    const [toAbove, toBelow] = [y > 0 ? 1 : 0, y < rows - 1 ? 1 : 0];
    const [toNearer, toFarther] = [z > 0 ? 1 : 0, z < planes - 1 ? 1 : 0];
    const above = words[at - toAbove * rowStep]!;
    const below = words[at + toBelow * rowStep]!;
    const nearer = words[at - toNearer * planeStep]!;
    const farther = words[at + toFarther * planeStep]!;
    let left = (word << 1) | (words[at - 1]! >>> 31);
    let right = (word >>> 1) | (words[at + 1]! << 31);
    if (column === 0) left |= word & 1;
    if (column >= 32 * (width - 1)) right |= word & (1 << ((columns - 1) & 31));
    const rowSteps = Math.max(1, toAbove + toBelow);
    const planeSteps = Math.max(1, toNearer + toFarther);
    let moving = front.moving[n]!;
    let result = word;
    while (moving !== 0) {
      const bit = moving & -moving;
      moving ^= bit;
      const x = 31 - Math.clz32(bit);
      const pixel = from + x;
      let force = 0;
      const alongPlanes = ((farther >>> x) & 1) - ((nearer >>> x) & 1);
      if (alongPlanes !== 0) {
        const slope = values[pixel + toFarther * plane]! - values[pixel - toNearer * plane]!;
        force = pull(slope, alongPlanes, planeSteps, planeSpacing);
      }
      const alongRows = ((below >>> x) & 1) - ((above >>> x) & 1);
      if (alongRows !== 0) {
        const slope = values[pixel + toBelow * columns]! - values[pixel - toAbove * columns]!;
        force += pull(slope, alongRows, rowSteps, rowSpacing);
      }
      const alongColumns = ((right >>> x) & 1) - ((left >>> x) & 1);
      if (alongColumns !== 0) {
        const [toLeft, toRight] = [column + x > 0 ? 1 : 0, column + x < columns - 1 ? 1 : 0];
        const slope = values[pixel + toRight]! - values[pixel - toLeft]!;
        force += pull(slope, alongColumns, toLeft + toRight, columnSpacing);
      }
      if (force > 0) result |= bit;
      else if (force < 0) result &= ~bit;
    }
    scratch[at] = result;
  }
  swap(set);
}

/** The slope of the image times that of the set, from differences over so many steps. */
function pull(difference: number, along: number, steps: number, spacing: number): number {
  // Without divisions where there are only those by two.
  if (spacing === 1) return steps === 2 ? difference * 0.5 * (along * 0.5) : difference * along;
  return (difference / (steps * spacing) / spacing) * (along / steps);
}
