import type { PackedSet } from "./packedSet.js";
import { swap } from "./packedSet.js";

/**
 * One smoothing operator, in place: a morphological step of curvature motion.
 *
 * SI: 1 where some line of 3 pixels (plane of 9 voxels) through the pixel lies in the set; IS: 1 where every one meets it.
 *
 * @param phase 0: SI ∘ IS (first fill, then cut), 1: IS ∘ SI
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`), section 3.3.
 */
export function smoothPacked(set: PackedSet, phase: 0 | 1): void {
  const halfStep = set.rank === 2 ? lines : planes;
  halfStep(set, phase === 1);
  halfStep(set, phase === 0);
}

/** SI (cut) or IS of an image. IS is SI of the complement, complemented: `flip` is all ones for it. */
function lines(set: PackedSet, cut: boolean): void {
  const { words, scratch, region, rowStep, width, size } = set;
  const flip = cut ? 0 : -1;
  for (let y = 0; y < size[1]; y++) {
    const start = set.planeStep + (y + 1) * rowStep + 1;
    for (let at = start; at < start + width; at++) {
      const middle = words[at]! ^ flip;
      if (middle === 0) {
        scratch[at] = flip & region[at]!;
        continue;
      }
      const before = words[at - 1]! ^ flip;
      const after = words[at + 1]! ^ flip;
      const row = ((middle << 1) | (before >>> 31)) & ((middle >>> 1) | (after << 31));
      // Far from the contour all is alike.
      if ((middle & row) === middle) {
        scratch[at] = (middle ^ flip) & region[at]!;
        continue;
      }
      const up = at - rowStep;
      const down = at + rowStep;
      const a = words[up]! ^ flip;
      const b = words[down]! ^ flip;
      const some =
        row |
        (a & b) |
        (((a << 1) | ((words[up - 1]! ^ flip) >>> 31)) & ((b >>> 1) | ((words[down + 1]! ^ flip) << 31))) |
        (((a >>> 1) | ((words[up + 1]! ^ flip) << 31)) & ((b << 1) | ((words[down - 1]! ^ flip) >>> 31)));
      scratch[at] = ((middle & some) ^ flip) & region[at]!;
    }
  }
  swap(set);
}

/** The same of a volume: nine planes, three across the axes and six diagonal. */
function planes(set: PackedSet, cut: boolean): void {
  const { words, scratch, region, rowStep, planeStep, width, size } = set;
  const flip = cut ? 0 : -1;
  // Of the nine rows about a voxel (place 3·(dz + 1) + dy + 1): a neighbour before, the pixel's own word, a neighbour after.
  const before = new Int32Array(9);
  const own = new Int32Array(9);
  const after = new Int32Array(9);
  const steps = Int32Array.from({ length: 9 }, (_, k) => (Math.floor(k / 3) - 1) * planeStep + ((k % 3) - 1) * rowStep);
  for (let z = 0; z < size[0]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const start = (z + 1) * planeStep + (y + 1) * rowStep + 1;
      for (let at = start; at < start + width; at++) {
        const middle = words[at]! ^ flip;
        if (middle === 0) {
          scratch[at] = flip & region[at]!;
          continue;
        }
        let all = -1;
        for (let k = 0; k < 9; k++) {
          const from = at + steps[k]!;
          const word = words[from]! ^ flip;
          const left = (word << 1) | ((words[from - 1]! ^ flip) >>> 31);
          const right = (word >>> 1) | ((words[from + 1]! ^ flip) << 31);
          own[k] = word;
          before[k] = left;
          after[k] = right;
          all &= word & left & right;
        }
        const some = all === -1 ? -1 : anyPlane(before, own, after);
        scratch[at] = ((middle & some) ^ flip) & region[at]!;
      }
    }
  }
  swap(set);
}

/** Bits whose voxel lies in a plane that is wholly in the set; the centre is the caller's. */
function anyPlane(before: Int32Array, own: Int32Array, after: Int32Array): number {
  const row = before[4]! & after[4]!;
  const column = own[3]! & own[5]!;
  const across = own[1]! & own[7]!;
  // Pairs of opposite neighbours: a plane is the and of four of them.
  const zyUp = own[0]! & own[8]!;
  const zyDown = own[2]! & own[6]!;
  const zxUp = before[1]! & after[7]!;
  const zxDown = after[1]! & before[7]!;
  const yxUp = before[3]! & after[5]!;
  const yxDown = after[3]! & before[5]!;
  return (
    (across & column & zyUp & zyDown) |
    (across & row & zxUp & zxDown) |
    (column & row & yxUp & yxDown) |
    (across & yxUp & before[0]! & after[2]! & before[6]! & after[8]!) |
    (across & yxDown & after[0]! & before[2]! & after[6]! & before[8]!) |
    (column & zxUp & before[0]! & before[2]! & after[6]! & after[8]!) |
    (column & zxDown & after[0]! & after[2]! & before[6]! & before[8]!) |
    (row & zyUp & before[0]! & after[0]! & before[8]! & after[8]!) |
    (row & zyDown & before[2]! & after[2]! & before[6]! & after[6]!)
  );
}
