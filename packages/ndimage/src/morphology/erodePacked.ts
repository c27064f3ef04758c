import type { PackedMask } from "./packedMask.js";
import { fillBorder } from "./packedMask.js";
import type { Offset } from "./structuringElement.js";

/**
 * One erosion of packed pixels: a pixel stays if the pixels at all offsets from it are set, outside counting as `border`.
 *
 * Shifts and ands of whole words: a pass costs 1/32 operation for each pixel and offset.
 */
export function erodePacked(source: PackedMask, target: PackedMask, offsets: readonly Offset[], border: 0 | 1): void {
  const { planes, rows, columns, inner, padding } = source;
  const width = inner + 2 * padding;
  fillBorder(source, border);
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      const at = (plane * rows + row) * width + padding;
      target.words.fill(0xffffffff, at, at + inner);
      for (const [planeOffset, rowOffset, columnOffset] of offsets) {
        const fromPlane = plane + planeOffset;
        const fromRow = row + rowOffset;
        const inside = fromPlane >= 0 && fromPlane < planes && fromRow >= 0 && fromRow < rows;
        if (inside && Math.abs(columnOffset) < columns) {
          const from = (fromPlane * rows + fromRow) * width + padding + (columnOffset >> 5);
          andShifted(target.words, at, source.words, from, columnOffset & 31, inner);
        } else if (border === 0) {
          target.words.fill(0, at, at + inner);
          break;
        }
      }
    }
  }
}

/** Ands a run of words with a run that begins `shift` bits into another. */
function andShifted(
  target: Uint32Array,
  at: number,
  source: Uint32Array,
  from: number,
  shift: number,
  count: number,
): void {
  if (shift === 0) for (let i = 0; i < count; i++) target[at + i]! &= source[from + i]!;
  else {
    for (let i = 0; i < count; i++) {
      target[at + i]! &= (source[from + i]! >>> shift) | (source[from + i + 1]! << (32 - shift));
    }
  }
}
