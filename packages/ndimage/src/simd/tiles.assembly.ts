/**
 * Separable filters in float64, two pixels at a time: the operations of correlateAxis.ts in its order, so that not a bit differs. A
 * pixel's sum starts with the centre and takes the pairs from the outside in, each product rounded before it is added.
 *
 * Lines across memory are copied into tiles, border and all, that stay in the first-level cache. Two rows of sums are made at a time, for
 * what the one has loaded the other wants in the next step. They are kept as one line with the rows in the lanes, so that the pass along
 * it shifts by whole vectors.
 *
 * Of an axis with a kernel of radius r, `sources` are the indices that stand for the pixels from −r to length + r, −1 for the constant;
 * `weights` are the kernel's from distance r to 0.
 */

/** Columns of a tile. */
export const WIDTH: i32 = 32;
/** Bytes of its rows. */
export const PITCH: usize = 256;
/** Rows of a group, whose sums are kept until they are filtered along memory. */
export const ROWS: i32 = 16;

/** Rounded to float32, where the array is. */
// @ts-ignore: decorator
@inline
export function rounded(value: v128, single: bool): v128 {
  return single ? f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(value)) : value;
}

/** A sum and a pair's part of it. */
// @ts-ignore: decorator
@inline
export function plusPair(odd: bool, sum: v128, before: v128, behind: v128, weight: v128): v128 {
  return f64x2.add(sum, f64x2.mul(odd ? f64x2.sub(before, behind) : f64x2.add(before, behind), weight));
}

/** Fills rows of a tile from `pitch` bytes apart. The last tile of a row runs on into what follows in memory. */
export function fillTile(tile: usize, input: usize, pitch: usize, sources: usize, count: i32, constant: f64): void {
  const outside = f64x2.splat(constant);
  const end = sources + ((<usize>count) << 2);
  for (; sources < end; sources += 4, tile += PITCH) {
    const source = load<i32>(sources);
    const from = input + <usize>source * pitch;
    if (source < 0) for (let at: usize = 0; at < PITCH; at += 16) v128.store(tile + at, outside);
    else for (let at: usize = 0; at < PITCH; at += 16) v128.store(tile + at, v128.load(from + at));
  }
}

/** Bytes of a line and its borders; a cache line more keeps neighbours apart where lengths are powers of two. */
export function lineBytes(columns: i32, radius: i32): usize {
  return (((<usize>(columns + 2 * radius + 4)) << 4) + 127) & ~63;
}

/** Fills a line's borders. @param line its pixel 0 */
export function fillBorders(line: usize, sources: usize, radius: i32, columns: i32, constant: f64): void {
  for (let i = 0; i < 2 * radius; i++) {
    const entry = i < radius ? i : columns + i;
    const source = load<i32>(sources + ((<usize>entry) << 2));
    const value = source < 0 ? f64x2.splat(constant) : v128.load(line + ((<usize>source) << 4));
    v128.store(line + ((<isize>(entry - radius)) << 4), value);
  }
}

/** The sums of four vectors of a line, stored one after the other. @param line the first of them */
// @ts-ignore: decorator
@inline
export function alongLine(odd: bool, line: usize, radius: i32, weights: usize, sums: usize): void {
  const reach = (<usize>radius) << 4;
  const centre = v128.load64_splat(weights + (reach >> 1));
  let s0 = f64x2.mul(v128.load(line), centre);
  let s1 = f64x2.mul(v128.load(line, 16), centre);
  let s2 = f64x2.mul(v128.load(line, 32), centre);
  let s3 = f64x2.mul(v128.load(line, 48), centre);
  let before = line - reach;
  let behind = line + reach;
  let a0 = v128.load(before);
  let a1 = v128.load(before, 16);
  let a2 = v128.load(before, 32);
  let b1 = v128.load(behind, 16);
  let b2 = v128.load(behind, 32);
  let b3 = v128.load(behind, 48);
  for (; before < line; before += 16, behind -= 16, weights += 8) {
    const weight = v128.load64_splat(weights);
    const a3 = v128.load(before, 48);
    const b0 = v128.load(behind);
    s0 = plusPair(odd, s0, a0, b0, weight);
    s1 = plusPair(odd, s1, a1, b1, weight);
    s2 = plusPair(odd, s2, a2, b2, weight);
    s3 = plusPair(odd, s3, a3, b3, weight);
    a0 = a1;
    a1 = a2;
    a2 = a3;
    b3 = b2;
    b2 = b1;
    b1 = b0;
  }
  v128.store(sums, s0);
  v128.store(sums, s1, 16);
  v128.store(sums, s2, 32);
  v128.store(sums, s3, 48);
}

/** Stores two pixels of two rows, interleaved. */
// @ts-ignore: decorator
@inline
export function storeInterleaved(address: usize, upper: v128, lower: v128): void {
  v128.store(address, i64x2.shuffle(upper, lower, 0, 2));
  v128.store(address, i64x2.shuffle(upper, lower, 1, 3), 16);
}

/** Stores those of two pixels that are inside a row. */
// @ts-ignore: decorator
@inline
export function storeRow(address: usize, value: v128, columns: i32): void {
  if (columns >= 2) v128.store(address, value);
  else if (columns === 1) v128.store64_lane(address, value, 0);
}

/** Stores two pixels of the upper row and, where there is one, of the lower. */
// @ts-ignore: decorator
@inline
export function storeRows(address: usize, pitch: usize, upper: v128, lower: v128, columns: i32, both: bool): void {
  storeRow(address, upper, columns);
  if (both) storeRow(address + pitch, lower, columns);
}
