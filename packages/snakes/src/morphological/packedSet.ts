import { zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A binary set, 32 pixels to a word, in a rim of zeros: a row above and below, a plane before and behind, a word at each row's ends.
 * What lies outside the image, or outside its region of interest, is outside the set.
 */
export interface PackedSet {
  words: Int32Array;
  /** Scratch of the same length; its rim is 0 too. */
  scratch: Int32Array;
  /** 1 where a pixel may belong to the set; 0 in the rim and behind a row's end. */
  region: Int32Array;
  /** Whether every pixel of the image may belong to the set. */
  isWhole: boolean;
  /** (planes, rows, columns); an image has one plane. */
  size: readonly [planes: number, rows: number, columns: number];
  /** 2 or 3 axes. */
  rank: number;
  /** Words with pixels in a row. */
  width: number;
  /** Words from a row to the next, and from a plane to the next. */
  rowStep: number;
  planeStep: number;
}

/** Packs a C-ordered set of 0 and 1; `region`, of the same length, says which pixels count. */
export function packedSet(shape: readonly number[], set: Uint8Array, region?: Uint8Array): PackedSet {
  const rank = shape.length;
  const size = [rank === 3 ? shape[0]! : 1, shape[rank - 2]!, shape[rank - 1]!] as const;
  const width = Math.ceil(size[2] / 32);
  const rowStep = width + 1;
  const planeStep = (size[1] + 2) * rowStep;
  const length = (size[0] + 2) * planeStep + 1;
  const empty = (): Int32Array => new Int32Array(length);
  const result: PackedSet = {
    words: empty(),
    scratch: empty(),
    region: empty(),
    isWhole: region === undefined || !region.includes(0),
    size,
    rank,
    width,
    rowStep,
    planeStep,
  };
  result.region = region === undefined ? packAll(result) : packAbove(result, region, 0);
  result.words = packAbove(result, set, 0);
  for (let at = 0; at < length; at++) result.words[at]! &= result.region[at]!;
  return result;
}

/** Packs an array in C order, in the same layout as the set: 1 where a value is above the limit. */
export function packAbove(layout: PackedSet, values: Uint8Array | Float64Array, limit: number): Int32Array {
  const words = new Int32Array(layout.words.length);
  const [planes, rows, columns] = layout.size;
  for (let row = 0; row < planes * rows; row++) {
    const start = (Math.floor(row / rows) + 1) * layout.planeStep + ((row % rows) + 1) * layout.rowStep + 1;
    const from = row * columns;
    for (let x = 0; x < columns; ) {
      const at = start + (x >> 5);
      let word = 0;
      for (const end = Math.min(columns, x + 32); x < end; x++) word |= Number(values[from + x]! > limit) << (x & 31);
      words[at] = word;
    }
  }
  return words;
}

/** 1 for every pixel. */
function packAll(layout: PackedSet): Int32Array {
  const words = new Int32Array(layout.words.length);
  const unused = 32 * layout.width - layout.size[2];
  forEachRow(layout, (start) => {
    words.fill(-1, start, start + layout.width);
    words[start + layout.width - 1] = -1 >>> unused;
  });
  return words;
}

/** The set as an array of the image's shape, 0 and 1. */
export function unpack(set: PackedSet, shape: readonly number[]): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, shape);
  const { data } = result;
  const { words, width } = set;
  forEachRow(set, (start, from) => {
    for (let k = 0; k < width; k++, from += 32) {
      const word = words[start + k]!;
      if (word === -1) data.fill(1, from, from + 32);
      else for (let rest = word; rest !== 0; rest &= rest - 1) data[from + 31 - Math.clz32(rest & -rest)] = 1;
    }
  });
  return result;
}

/** Calls back for every row of the image: its first word, its first pixel, its place. */
function forEachRow(
  { size: [planes, rows, columns], rowStep, planeStep }: PackedSet,
  call: (start: number, from: number, y: number, z: number) => void,
): void {
  for (let z = 0; z < planes; z++) {
    for (let y = 0; y < rows; y++) {
      call((z + 1) * planeStep + (y + 1) * rowStep + 1, (z * rows + y) * columns, y, z);
    }
  }
}

/** The result of a pass lies in the scratch: make it the set. */
export function swap(set: PackedSet): void {
  const { words } = set;
  set.words = set.scratch;
  set.scratch = words;
}
