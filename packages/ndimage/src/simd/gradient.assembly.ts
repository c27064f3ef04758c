// Lengths of Gaussian gradients: what is loaded once across memory is smoothed and derived.
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
 * Two rows of a tile, smoothed and derived.
 *
 * @param interleaved the results are lines of both rows; else rows `pitch` bytes apart, the second only for `both`
 */
// @ts-ignore: decorator
@inline
function acrossTwice(
  interleaved: bool,
  tile: usize,
  radius: i32,
  smooth: usize,
  derive: usize,
  smoothed: usize,
  derived: usize,
  pitch: usize,
  columns: i32,
  both: bool,
  single: bool,
): void {
  const reach = <usize>radius * PITCH;
  const apart = derive - smooth;
  const centre = smooth + ((<usize>radius) << 3);
  for (let x = 0; x < columns; x += 2) {
    const middle = tile + reach + ((<usize>x) << 3);
    const upper = v128.load(middle);
    const lower = v128.load(middle + PITCH);
    const smoothCentre = v128.load64_splat(centre);
    const deriveCentre = v128.load64_splat(centre + apart);
    let s0 = f64x2.mul(upper, smoothCentre);
    let s1 = f64x2.mul(lower, smoothCentre);
    let d0 = f64x2.mul(upper, deriveCentre);
    let d1 = f64x2.mul(lower, deriveCentre);
    let before = middle - reach;
    let behind = middle + reach;
    let a0 = v128.load(before);
    let b1 = v128.load(behind + PITCH);
    for (let weights = smooth; weights < centre; weights += 8) {
      const smoothWeight = v128.load64_splat(weights);
      const deriveWeight = v128.load64_splat(weights + apart);
      const a1 = v128.load(before + PITCH);
      const b0 = v128.load(behind);
      s0 = plusPair(false, s0, a0, b0, smoothWeight);
      s1 = plusPair(false, s1, a1, b1, smoothWeight);
      d0 = plusPair(true, d0, a0, b0, deriveWeight);
      d1 = plusPair(true, d1, a1, b1, deriveWeight);
      a0 = a1;
      b1 = b0;
      before += PITCH;
      behind -= PITCH;
    }
    s0 = rounded(s0, single);
    s1 = rounded(s1, single);
    d0 = rounded(d0, single);
    d1 = rounded(d1, single);
    if (interleaved) {
      const at: usize = (<usize>x) << 4;
      storeInterleaved(smoothed + at, s0, s1);
      storeInterleaved(derived + at, d0, d1);
    } else {
      const at: usize = (<usize>x) << 3;
      storeRows(smoothed + at, pitch, s0, s1, columns - x, both);
      storeRows(derived + at, pitch, d0, d1, columns - x, both);
    }
  }
}

/** Across planes: stripes of WIDTH columns of the volume taken as an image of one row a plane. */
export function gradientPlanes(
  input: usize,
  smoothed: usize,
  derived: usize,
  sources: usize,
  smooth: usize,
  derive: usize,
  radius: i32,
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
      const to: usize = <usize>z * pitch + at;
      const tile = scratch + <usize>z * PITCH;
      const both = z + 1 < planes;
      acrossTwice(false, tile, radius, smooth, derive, smoothed + to, derived + to, pitch, width, both, single);
    }
  }
}

/** A sum of squares and one more. */
// @ts-ignore: decorator
@inline
function plusSquare(sum: v128, value: v128, single: bool): v128 {
  return rounded(f64x2.add(sum, rounded(f64x2.mul(value, value), single)), single);
}

/** A root of a sum of squares g or, with alpha ≥ 0, 1/√(1 + alpha·g). */
// @ts-ignore: decorator
@inline
function rootOf(sum: v128, alpha: f64, single: bool): v128 {
  const root = rounded(f64x2.sqrt(sum), single);
  if (alpha < 0) return root;
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.sqrt(f64x2.add(one, f64x2.mul(f64x2.splat(alpha), root))));
}

/**
 * Lengths of the gradients of planes.
 *
 * @param before of volumes: the derivative across planes, smoothed along the others; else 0
 * @param perChunk groups of rows of a chunk
 */
export function gradientSlices(
  input: usize,
  before: usize,
  output: usize,
  sourcesY: usize,
  smoothY: usize,
  deriveY: usize,
  radiusY: i32,
  sourcesX: usize,
  smoothX: usize,
  deriveX: usize,
  radiusX: i32,
  alpha: f64,
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
        const smoothed = lines + <usize>(2 * p) * bytes + ((<usize>x) << 4);
        const rowsOfPair = tile + <usize>(2 * p) * PITCH;
        acrossTwice(true, rowsOfPair, radiusY, smoothY, deriveY, smoothed, smoothed + bytes, 0, width, true, single);
      }
    }
    for (let p = 0; p < pairs; p++) {
      const smoothed = lines + <usize>(2 * p) * bytes;
      const derived = smoothed + bytes;
      fillBorders(smoothed, sourcesX, radiusX, columns, constant);
      fillBorders(derived, sourcesX, radiusX, columns, constant);
      const both = y + 2 * p + 1 < rows;
      const row: usize = plane + <usize>(y + 2 * p) * pitch;
      for (let x = 0; x < columns; x += 4) {
        const from: usize = (<usize>x) << 4;
        alongLine(false, derived + from, radiusX, smoothX, sums);
        alongLine(true, smoothed + from, radiusX, deriveX, sums + 64);
        for (let half = 0; half < 4 && x + half < columns; half += 2) {
          const pair: usize = sums + ((<usize>half) << 4);
          const at: usize = row + ((<usize>(x + half)) << 3);
          const d0 = rounded(v128.load(pair), single);
          const d1 = rounded(v128.load(pair, 16), single);
          const e0 = rounded(v128.load(pair, 64), single);
          const e1 = rounded(v128.load(pair, 80), single);
          let t0 = f64x2.splat(0);
          let t1 = t0;
          if (before != 0) {
            const upper = v128.load(before + at);
            const lower = v128.load(before + (both ? at + pitch : at));
            t0 = plusSquare(t0, i64x2.shuffle(upper, lower, 0, 2), single);
            t1 = plusSquare(t1, i64x2.shuffle(upper, lower, 1, 3), single);
          }
          t0 = rootOf(plusSquare(plusSquare(t0, d0, single), e0, single), alpha, single);
          t1 = rootOf(plusSquare(plusSquare(t1, d1, single), e1, single), alpha, single);
          const upper = i64x2.shuffle(t0, t1, 0, 2);
          const lower = i64x2.shuffle(t0, t1, 1, 3);
          storeRows(output + at, pitch, upper, lower, columns - x - half, both);
        }
      }
    }
  }
}
