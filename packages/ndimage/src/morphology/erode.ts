import { erodePacked } from "./erodePacked.js";
import type { PackedMask } from "./packedMask.js";
import { packMask, unpackMask } from "./packedMask.js";
import { propagateErosion } from "./propagateErosion.js";
import type { Offset } from "./structuringElement.js";
import { reflectOffsets, separate } from "./structuringElement.js";

/** One operator with its arguments checked. */
export interface Erosion {
  /** `dilate` is the erosion of the complement by the reflected element. */
  operation: "erode" | "dilate";
  offsets: readonly Offset[];
  iterations: number | "until-stable";
  border: 0 | 1;
  /** Pixels that may change, or undefined for all. */
  within: Uint8Array | undefined;
}

/** Erodes or dilates the C-ordered pixels 0 and 1 of a mask of one to three axes; gives new pixels. */
export function erode(mask: Uint8Array, shape: readonly number[], erosion: Erosion): Uint8Array {
  const { iterations, within } = erosion;
  if (mask.length === 0) return new Uint8Array(0);
  const dilating = erosion.operation === "dilate";
  const offsets = dilating ? reflectOffsets(erosion.offsets) : erosion.offsets;
  const border = dilating ? (erosion.border === 1 ? 0 : 1) : erosion.border;
  const passes = separate(offsets);
  const columns = shape.at(-1)!;
  const reach = Math.min(columns, Math.max(...offsets.map((offset) => Math.abs(offset[2]))));
  let current = packMask(mask, shape, reach, dilating);
  const allowed = within === undefined ? undefined : packMask(within, shape, reach, false);
  let spare: PackedMask = { ...current, words: new Uint32Array(current.words.length) };
  const before = { ...current, words: current.words.slice() };
  const steps = iterations === "until-stable" ? 1 : iterations;
  for (let step = 0; step < steps; step++) {
    if (allowed !== undefined || step > 0) before.words.set(current.words);
    for (const pass of passes) {
      erodePacked(current, spare, pass, border);
      [current, spare] = [spare, current];
    }
    if (allowed !== undefined) restoreOutside(current.words, before.words, allowed.words);
    if (step > 0 && equal(current, before)) break;
  }
  const result = unpackMask(current, dilating);
  if (iterations !== "until-stable") return result;
  // In terms of the erosion: 0 is what was removed.
  const flip = dilating ? 1 : 0;
  const removed: number[] = [];
  const remaining = result.map((value) => value ^ flip);
  for (let i = 0; i < remaining.length; i++) if ((mask[i]! ^ flip) !== remaining[i]) removed.push(i);
  propagateErosion(remaining, shape, removed, offsets, within);
  return remaining.map((value) => value ^ flip);
}

/** Pixels that may not change get their old value. */
function restoreOutside(words: Uint32Array, old: Uint32Array, allowed: Uint32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i]! & allowed[i]!) | (old[i]! & ~allowed[i]!);
}

/** Equal pixels; what lies beside them does not count. */
function equal(a: PackedMask, b: PackedMask): boolean {
  const { planes, rows, columns, inner, padding } = a;
  const tail = columns % 32 === 0 ? 0xffffffff : ~(0xffffffff << (columns % 32));
  for (let row = 0; row < planes * rows; row++) {
    const start = row * (inner + 2 * padding) + padding;
    for (let i = 0; i < inner; i++) {
      const used = i === inner - 1 ? tail : 0xffffffff;
      if (((a.words[start + i]! ^ b.words[start + i]!) & used) !== 0) return false;
    }
  }
  return true;
}
