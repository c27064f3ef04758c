import type { PackedSet } from "./packedSet.js";
import { forEachRow, swap } from "./packedSet.js";

/** One step of the balloon, in place: dilation (or erosion) by the full cube of 3 pixels a side, where `where` allows a change. */
export function growPacked(set: PackedSet, outwards: boolean, where: Int32Array): void {
  const { region, rowStep, planeStep, width, rank } = set;
  const flip = outwards ? 0 : -1;
  const { words, scratch } = set;
  const reach = rank === 3 ? [-planeStep, 0, planeStep] : [0];
  forEachRow(set, (start) => {
    for (let at = start; at < start + width; at++) {
      const word = words[at]!;
      const allowed = where[at]! & region[at]!;
      let any = 0;
      if (allowed !== 0) {
        for (const step of reach) {
          for (let from = at + step - rowStep; from <= at + step + rowStep; from += rowStep) {
            const own = words[from]! ^ flip;
            any |=
              own | (own << 1) | (own >>> 1) | ((words[from - 1]! ^ flip) >>> 31) | ((words[from + 1]! ^ flip) << 31);
          }
        }
      }
      scratch[at] = (word & ~allowed) | ((any ^ flip) & allowed);
    }
  });
  swap(set);
}
