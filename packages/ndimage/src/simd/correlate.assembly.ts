// Separable filters with one kernel an axis.
import {
  alongLine,
  fillBorders,
  fillTile,
  lineBytes,
  PITCH,
  plusPair,
  ROWS,
  rounded,
  storeInterleaved,
  storeRows,
  WIDTH,
} from "./tiles.assembly";

/**
 * Two rows of a tile, filtered.
 *
 * @param interleaved the result is a line of both rows; else rows `pitch` bytes apart, the second only for `both`
 */
// @ts-ignore: decorator
@inline
function across(
  odd: bool,
  interleaved: bool,
  tile: usize,
  radius: i32,
  weights: usize,
  result: usize,
  pitch: usize,
  columns: i32,
  both: bool,
  single: bool,
): void {
  const reach = <usize>radius * PITCH;
  const centre = weights + ((<usize>radius) << 3);
  for (let x = 0; x < columns; x += 4) {
    const middle = tile + reach + ((<usize>x) << 3);
    const weight = v128.load64_splat(centre);
    let s0 = f64x2.mul(v128.load(middle), weight);
    let s1 = f64x2.mul(v128.load(middle + PITCH), weight);
    let t0 = f64x2.mul(v128.load(middle, 16), weight);
    let t1 = f64x2.mul(v128.load(middle + PITCH, 16), weight);
    let before = middle - reach;
    let behind = middle + reach;
    let a0 = v128.load(before);
    let b1 = v128.load(behind + PITCH);
    let c0 = v128.load(before, 16);
    let d1 = v128.load(behind + PITCH, 16);
    for (let at = weights; at < centre; at += 8) {
      const weight = v128.load64_splat(at);
      const a1 = v128.load(before + PITCH);
      const b0 = v128.load(behind);
      const c1 = v128.load(before + PITCH, 16);
      const d0 = v128.load(behind, 16);
      s0 = plusPair(odd, s0, a0, b0, weight);
      s1 = plusPair(odd, s1, a1, b1, weight);
      t0 = plusPair(odd, t0, c0, d0, weight);
      t1 = plusPair(odd, t1, c1, d1, weight);
      a0 = a1;
      b1 = b0;
      c0 = c1;
      d1 = d0;
      before += PITCH;
      behind -= PITCH;
    }
    s0 = rounded(s0, single);
    s1 = rounded(s1, single);
    t0 = rounded(t0, single);
    t1 = rounded(t1, single);
    if (interleaved) {
      const at: usize = (<usize>x) << 4;
      storeInterleaved(result + at, s0, s1);
      storeInterleaved(result + at + 32, t0, t1);
    } else {
      const at: usize = (<usize>x) << 3;
      storeRows(result + at, pitch, s0, s1, columns - x, both);
      storeRows(result + at + 16, pitch, t0, t1, columns - x - 2, both);
    }
  }
}

/** Across planes: stripes of WIDTH columns of the volume taken as an image of one row a plane. */
export function correlatePlanes(
  input: usize,
  output: usize,
  sources: usize,
  weights: usize,
  radius: i32,
  odd: bool,
  planes: i32,
  rows: i32,
  columns: i32,
  constant: f64,
  single: bool,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const pixels = rows * columns;
  const pitch: usize = (<usize>pixels) << 3;
  const end = min(pixels, (chunk + 1) * perChunk * WIDTH);
  for (let x = chunk * perChunk * WIDTH; x < end; x += WIDTH) {
    const at: usize = (<usize>x) << 3;
    const width = min(WIDTH, pixels - x);
    fillTile(scratch, input + at, pitch, sources, planes + 1 + 2 * radius, constant);
    for (let z = 0; z < planes; z += 2) {
      const to = output + <usize>z * pitch + at;
      const tile = scratch + <usize>z * PITCH;
      const both = z + 1 < planes;
      if (odd) across(true, false, tile, radius, weights, to, pitch, width, both, single);
      else across(false, false, tile, radius, weights, to, pitch, width, both, single);
    }
  }
}

/** Down and along planes. @param perChunk groups of rows of a chunk */
export function correlateSlices(
  input: usize,
  output: usize,
  sourcesY: usize,
  weightsY: usize,
  radiusY: i32,
  oddY: bool,
  sourcesX: usize,
  weightsX: usize,
  radiusX: i32,
  oddX: bool,
  planes: i32,
  rows: i32,
  columns: i32,
  constant: f64,
  single: bool,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const groups = (rows + ROWS - 1) / ROWS;
  const pitch: usize = (<usize>columns) << 3;
  const bytes = lineBytes(columns, radiusX);
  const sums = scratch;
  const tile = scratch + 128;
  const lines = tile + <usize>(ROWS + 2 * radiusY) * PITCH + ((<usize>radiusX) << 4);
  const end = min(planes * groups, (chunk + 1) * perChunk);
  for (let group = chunk * perChunk; group < end; group++) {
    const y = (group % groups) * ROWS;
    const plane: usize = <usize>(group / groups) * <usize>rows * pitch;
    const pairs = (min(ROWS, rows - y) + 1) >> 1;
    for (let x = 0; x < columns; x += WIDTH) {
      const from = input + plane + ((<usize>x) << 3);
      fillTile(tile, from, pitch, sourcesY + ((<usize>y) << 2), 2 * pairs + 2 * radiusY, constant);
      const width = min(WIDTH, columns - x);
      for (let p = 0; p < pairs; p++) {
        const line = lines + <usize>p * bytes + ((<usize>x) << 4);
        const rowsOfPair = tile + <usize>(2 * p) * PITCH;
        if (oddY) across(true, true, rowsOfPair, radiusY, weightsY, line, 0, width, true, single);
        else across(false, true, rowsOfPair, radiusY, weightsY, line, 0, width, true, single);
      }
    }
    for (let p = 0; p < pairs; p++) {
      const line = lines + <usize>p * bytes;
      fillBorders(line, sourcesX, radiusX, columns, constant);
      const both = y + 2 * p + 1 < rows;
      const row = output + plane + <usize>(y + 2 * p) * pitch;
      for (let x = 0; x < columns; x += 4) {
        const from: usize = line + ((<usize>x) << 4);
        if (oddX) alongLine(true, from, radiusX, weightsX, sums);
        else alongLine(false, from, radiusX, weightsX, sums);
        const s0 = rounded(v128.load(sums), single);
        const s1 = rounded(v128.load(sums, 16), single);
        const s2 = rounded(v128.load(sums, 32), single);
        const s3 = rounded(v128.load(sums, 48), single);
        const to = row + ((<usize>x) << 3);
        storeRows(to, pitch, i64x2.shuffle(s0, s1, 0, 2), i64x2.shuffle(s0, s1, 1, 3), columns - x, both);
        storeRows(to + 16, pitch, i64x2.shuffle(s2, s3, 0, 2), i64x2.shuffle(s2, s3, 1, 3), columns - x - 2, both);
      }
    }
  }
}
