import type { PackedSet } from "./packedSet.js";

/**
 * The words with pixels of the region where the central difference of the set along some axis, one-sided at the image's ends, is not 0:
 * the pixels whose neighbours differ.
 */
export interface Front {
  /** How many words; the arrays are longer. */
  count: number;
  /** Place of a word in the set. */
  at: Int32Array;
  /** Its first pixel, in C order. */
  pixel: Int32Array;
  /** 1 for each such pixel of the word. */
  moving: Int32Array;
}

/** An empty front, with room for every word of a set. */
export function emptyFront(set: PackedSet): Front {
  const room = set.size[0] * set.size[1] * set.width;
  return { count: 0, at: new Int32Array(room), pixel: new Int32Array(room), moving: new Int32Array(room) };
}

/** Finds the front of a set. */
export function findFront(set: PackedSet, front: Front): void {
  const { words, region, rowStep, planeStep, width } = set;
  const [planes, rows, columns] = set.size;
  const last = 1 << ((columns - 1) & 31);
  let count = 0;
  for (let z = 0; z < planes; z++) {
    // At an end the pixel itself stands in for the neighbour that is missing.
    const nearer = z > 0 ? planeStep : 0;
    const farther = z < planes - 1 ? planeStep : 0;
    for (let y = 0; y < rows; y++) {
      const start = (z + 1) * planeStep + (y + 1) * rowStep + 1;
      const from = (z * rows + y) * columns;
      const up = y > 0 ? rowStep : 0;
      const down = y < rows - 1 ? rowStep : 0;
      for (let k = 0; k < width; k++) {
        const at = start + k;
        const word = words[at]!;
        let left = (word << 1) | (words[at - 1]! >>> 31);
        let right = (word >>> 1) | (words[at + 1]! << 31);
        if (k === 0) left |= word & 1;
        if (k === width - 1) right |= word & last;
        const difference =
          (left ^ right) | (words[at - up]! ^ words[at + down]!) | (words[at - nearer]! ^ words[at + farther]!);
        const moving = difference & region[at]!;
        if (moving === 0) continue;
        front.at[count] = at;
        front.pixel[count] = from + 32 * k;
        front.moving[count++] = moving;
      }
    }
  }
  front.count = count;
}
