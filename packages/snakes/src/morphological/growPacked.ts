import type { PackedSet } from "./packedSet.js";
import { swap } from "./packedSet.js";

/** One step of the balloon, in place: dilation (or erosion) by the full cube of 3 pixels a side, where `where` allows a change. */
export function growPacked(set: PackedSet, outwards: boolean, where: Int32Array): void {
  const { words, scratch, region, rowStep, planeStep, width, rank } = set;
  const [planes, rows] = set.size;
  // Erosion is dilation of the complement, complemented.
  const flip = outwards ? 0 : -1;
  const reach = rank === 3 ? planeStep : 0;
  for (let z = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      const start = (z + 1) * planeStep + (y + 1) * rowStep + 1;
      for (let at = start; at < start + width; at++) {
        const word = words[at]!;
        const allowed = where[at]! & region[at]!;
        // Nothing may change, or all of the word has changed already.
        if (allowed === 0 || (word ^ flip) === -1) {
          scratch[at] = word;
          continue;
        }
        let any = 0;
        for (let from = at - reach; from <= at + reach; from += reach) {
          const up = from - rowStep;
          const down = from + rowStep;
          const own = (words[from]! ^ flip) | (words[up]! ^ flip) | (words[down]! ^ flip);
          const before = (words[from - 1]! ^ flip) | (words[up - 1]! ^ flip) | (words[down - 1]! ^ flip);
          const after = (words[from + 1]! ^ flip) | (words[up + 1]! ^ flip) | (words[down + 1]! ^ flip);
          any |= own | (own << 1) | (own >>> 1) | (before >>> 31) | (after << 31);
          if (reach === 0) break;
        }
        scratch[at] = (word & ~allowed) | ((any ^ flip) & allowed);
      }
    }
  }
  swap(set);
}
