import type { NumericArray } from "@ddl/core";
import type { Labels } from "./countLabels.js";

const BLOCK = 32_768;
const ONES = 0x01010101;

/**
 * {@link countLabels} of many elements, four at a time, or undefined for what it cannot count: weights, 16 classes or more, and
 * labels that may be wrong, of which the definition finds the first.
 *
 * Both labels of an element share a byte, four bits each; two such bytes at a time go into a histogram of 65,536 bins, so that
 * increments are few and seldom hit one bin twice in a row. Elements to ignore become the byte 255, which no pair of labels has.
 */
export function countBytes({ reference, prediction, classes, ignoreIndex, weights }: Labels): Float64Array | undefined {
  const size = classes ?? 2;
  const toIgnore = ignoreIndex !== undefined;
  // Wider integers above 255 are stored as 255: to ignore that label would be to ignore them.
  const exact = !toIgnore || (ignoreIndex >= 0 && ignoreIndex < (reference.BYTES_PER_ELEMENT === 1 ? 256 : 255));
  if (weights || size > 15 || !exact) return undefined;
  const a = new Uint8ClampedArray(BLOCK);
  const b = new Uint8ClampedArray(BLOCK);
  const words = [new Uint32Array(a.buffer), new Uint32Array(b.buffer)] as const;
  const bins = new Uint32Array(1 << 16);
  const { length } = reference;
  for (let from = 0; from < length; from += BLOCK) {
    const count = Math.min(BLOCK, length - from);
    if (!store(reference, from, count, a) || !store(prediction, from, count, b)) return undefined;
    const ignored = toIgnore ? Math.imul(ignoreIndex, ONES) : undefined;
    if (!countWords(words[0], words[1], (count + 3) >> 2, ignored, classes === undefined, bins)) return undefined;
  }
  const counts = new Float64Array(size * size);
  for (const [pair, count] of bins.entries()) {
    for (const byte of [pair & 255, pair >> 8]) {
      const row = byte >> 4;
      const column = byte & 15;
      if (row < size && column < size) counts[row * size + column]! += count;
      else if (count > 0 && byte !== 255) return undefined;
    }
  }
  // The last word was filled up with zeros.
  if (ignoreIndex !== 0) counts[0]! -= -length & 3;
  return counts;
}

/** Copies a part of an array into bytes; false if an element would become another number. Integers beyond a byte become 255. */
function store(array: NumericArray, from: number, count: number, bytes: Uint8ClampedArray): boolean {
  const part = array.subarray(from, from + count);
  bytes.fill(0, count);
  if (part instanceof Float32Array || part instanceof Float64Array) {
    for (let i = 0; i < count; i++) {
      const label = part[i]! | 0;
      if (label !== part[i] || label >>> 0 > 255) return false;
      bytes[i] = label;
    }
    return true;
  }
  // As unsigned numbers, lest a negative one become 0.
  const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = part;
  const Unsigned = width === 1 ? Uint8Array : width === 2 ? Uint16Array : Uint32Array;
  bytes.set(new Unsigned(buffer as ArrayBuffer, byteOffset, count));
  return true;
}

/** False if a label is 16 or more. */
function countWords(
  a: Uint32Array,
  b: Uint32Array,
  count: number,
  ignored: number | undefined,
  masks: boolean,
  bins: Uint32Array,
): boolean {
  const toIgnore = ignored !== undefined;
  let high = 0;
  for (let i = 0; i < count; i++) {
    let x = a[i]!;
    let y = b[i]!;
    const keep = toIgnore ? Math.imul(nonZero(x ^ ignored), 255) : -1;
    if (masks) {
      x = nonZero(x);
      y = nonZero(y);
    }
    high |= (x | y) & keep;
    const pairs = ((x & 0x0f0f0f0f) << 4) | (y & 0x0f0f0f0f) | ~keep;
    bins[pairs & 0xffff]!++;
    bins[pairs >>> 16]!++;
  }
  return (high & 0xf0f0f0f0) === 0;
}

/** 1 in every byte that is not 0. */
function nonZero(word: number): number {
  return ((((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word) >>> 7) & ONES;
}
