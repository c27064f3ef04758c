/**
 * Products of blocks that fit the second-level cache: packing, the loops over tiles, and what is done to a finished
 * result. B is always in panels of 8 columns; A is read row by row, k by k, or from packed panels of 6 rows.
 */
import { activate } from "../activation.assembly";
import {
  columnTile,
  columnTile6x2,
  rowTile,
  rowTile6x2,
  rowTile6x2Stride64,
  rowTile6x2Stride128,
  rowTile6x2Stride256,
  rowTile6x2Stride512,
  rowTile6x2Stride1088,
} from "./tiles.assembly";

/** Longest run of k in a block. */
export const K_BLOCK: usize = 256;
/** Bytes between the rows of a copied block of A: 272 floats, as a power of two would fill few of the cache's sets. */
export const ROW_STRIDE: usize = 1088;
/** Bytes of the tile in which results with fewer than 8 columns are made. */
export const EDGE_BYTES: usize = 192;

/** Copies floats; never reads or writes beyond them. */
export function copyFloats(to: usize, from: usize, count: usize): void {
  const end = to + count * 4;
  if (count < 4) {
    for (; to < end; to += 4, from += 4) f32.store(to, f32.load(from));
    return;
  }
  const last = end - 16;
  const lastFrom = from + count * 4 - 16;
  for (; to < last; to += 16, from += 16) v128.store(to, v128.load(from));
  v128.store(last, v128.load(lastFrom)); // may overlap the one before
}

/** Writes zeros. */
export function zeroFloats(to: usize, count: usize): void {
  const end = to + count * 4;
  for (; to + 16 <= end; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) f32.store(to, 0);
}

/** Packs `width` <= 8 columns of a row-major matrix as [k][8], filled up with zeros. */
export function packPanel(from: usize, stride: usize, to: usize, k: usize, width: usize): void {
  if (width == 8) {
    for (; k != 0; k--) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += 32;
      from += stride;
    }
    return;
  }
  for (; k != 0; k--) {
    v128.store(to, f32x4.splat(0));
    v128.store(to, f32x4.splat(0), 16);
    for (let j: usize = 0; j < width; j++) f32.store(to + j * 4, f32.load(from + j * 4));
    to += 32;
    from += stride;
  }
}

// @ts-ignore: decorator
@inline
function storeTransposed4(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const efLow = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const efHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * step, v128.shuffle<f32>(efLow, efHigh, 0, 1, 4, 5));
  v128.store(to + 3 * step, v128.shuffle<f32>(efLow, efHigh, 2, 3, 6, 7));
}

/** Stores the transpose of a 4 × 4 block whose rows lie `stride` bytes apart as four rows `step` bytes apart. */
export function transpose4(from: usize, stride: usize, to: usize, step: usize): void {
  storeTransposed4(
    v128.load(from),
    v128.load(from + stride),
    v128.load(from + 2 * stride),
    v128.load(from + 3 * stride),
    to,
    step,
  );
}

/** Packs `width` <= 8 rows of a row-major matrix as [k][8], filled up with zeros. */
export function packPanelTransposed(from: usize, stride: usize, to: usize, k: usize, width: usize): void {
  if (width < 8) zeroFloats(to, k * 8);
  let j: usize = 0;
  for (; j + 4 <= width; j += 4) {
    const source = from + j * stride;
    let i: usize = 0;
    for (; i + 4 <= k; i += 4) transpose4(source + i * 4, stride, to + i * 32 + j * 4, 32);
    for (; i < k; i++) {
      for (let x: usize = 0; x < 4; x++) f32.store(to + i * 32 + (j + x) * 4, f32.load(source + x * stride + i * 4));
    }
  }
  for (; j < width; j++) {
    for (let i: usize = 0; i < k; i++) f32.store(to + i * 32 + j * 4, f32.load(from + j * stride + i * 4));
  }
}

/** Packs `rows` columns of a row-major matrix (k, columns) as panels [k][6] for `multiplyColumns`. */
export function packColumns(from: usize, stride: usize, to: usize, k: usize, rows: usize): void {
  for (let i: usize = 0; i < rows; i += 6) {
    const count = min<usize>(6, rows - i);
    let source = from + i * 4;
    if (count == 6) {
      for (let left = k; left != 0; left--) {
        v128.store(to, v128.load(source));
        i64.store(to, i64.load(source, 16), 16);
        to += 24;
        source += stride;
      }
    } else {
      for (let left = k; left != 0; left--) {
        for (let x: usize = 0; x < count; x++) f32.store(to + x * 4, f32.load(source + x * 4));
        to += 24;
        source += stride;
      }
    }
  }
}

/** Adds the bias of each column and applies the activation, in place, to `columns` <= 8 columns. */
export function finish(
  c: usize,
  cStride: usize,
  rows: usize,
  columns: usize,
  bias: usize,
  activation: i32,
  alpha: f32,
): void {
  if (columns == 8) {
    let bias0 = f32x4.splat(0);
    let bias1 = bias0;
    if (bias != 0) {
      bias0 = v128.load(bias);
      bias1 = v128.load(bias, 16);
    }
    for (; rows != 0; rows--) {
      v128.store(c, activate(f32x4.add(v128.load(c), bias0), activation, alpha));
      v128.store(c, activate(f32x4.add(v128.load(c, 16), bias1), activation, alpha), 16);
      c += cStride;
    }
    return;
  }
  for (; rows != 0; rows--) {
    for (let j: usize = 0; j < columns; j++) {
      const added = f32.load(c + j * 4) + (bias != 0 ? f32.load(bias + j * 4) : 0);
      f32.store(c + j * 4, f32x4.extract_lane(activate(f32x4.splat(added), activation, alpha), 0));
    }
    c += cStride;
  }
}

/** Moves a tile of results between its place and the edge tile, which has 8 columns. */
function copyTile(from: usize, fromStride: usize, to: usize, toStride: usize, rows: usize, columns: usize): void {
  for (; rows != 0; rows--) {
    for (let j: usize = 0; j < columns; j++) f32.store(to + j * 4, f32.load(from + j * 4));
    from += fromStride;
    to += toStride;
  }
}

/**
 * C (rows, columns) = A B, or C += A B, with A row-major.
 * @param b panels [k][8], `panelStride` bytes apart
 * @param last that no further k follows: bias and activation are applied
 * @param edge EDGE_BYTES of scratch
 */
export function multiplyRows(
  a: usize,
  aStride: usize,
  rows: usize,
  k: usize,
  b: usize,
  panelStride: usize,
  c: usize,
  cStride: usize,
  columns: usize,
  accumulate: bool,
  last: bool,
  bias: usize,
  activation: i32,
  alpha: f32,
  edge: usize,
): void {
  const whole = rows - (rows % 6);
  const finishes = last && (bias != 0 || activation != 0);
  for (let j: usize = 0; j < columns; j += 8) {
    const width = min<usize>(8, columns - j);
    const vectors: usize = width > 4 ? 2 : 1;
    const to = c + j * 4;
    if (width == 8) {
      const end = a + whole * aStride;
      const step = 6 * aStride;
      let p = a;
      let q = to;
      // A branch outside the loop for each built-in stride.
      if (aStride == 64)
        for (; p < end; p += step, q += 6 * cStride) rowTile6x2Stride64(p, b, q, cStride, k, accumulate);
      else if (aStride == 128)
        for (; p < end; p += step, q += 6 * cStride) rowTile6x2Stride128(p, b, q, cStride, k, accumulate);
      else if (aStride == 256)
        for (; p < end; p += step, q += 6 * cStride) rowTile6x2Stride256(p, b, q, cStride, k, accumulate);
      else if (aStride == 512)
        for (; p < end; p += step, q += 6 * cStride) rowTile6x2Stride512(p, b, q, cStride, k, accumulate);
      else if (aStride == ROW_STRIDE)
        for (; p < end; p += step, q += 6 * cStride) rowTile6x2Stride1088(p, b, q, cStride, k, accumulate);
      else for (; p < end; p += step, q += 6 * cStride) rowTile6x2(p, aStride, b, q, cStride, k, accumulate);
      if (whole < rows) rowTile(rows - whole, 2, p, aStride, b, q, cStride, k, accumulate);
    } else {
      for (let i: usize = 0; i < rows; i += 6) {
        const height = min<usize>(6, rows - i);
        const q = to + i * cStride;
        if (width == 4) {
          rowTile(height, 1, a + i * aStride, aStride, b, q, cStride, k, accumulate);
        } else {
          if (accumulate) copyTile(q, cStride, edge, 32, height, width);
          rowTile(height, vectors, a + i * aStride, aStride, b, edge, 32, k, accumulate);
          copyTile(edge, 32, q, cStride, height, width);
        }
      }
    }
    if (finishes) finish(to, cStride, rows, width, bias != 0 ? bias + j * 4 : 0, activation, alpha);
    b += panelStride;
  }
}

/**
 * The same with A in k-major order: element (i, k) at a + (i / 6) * tileStride + k * aStep + (i % 6) * 4, so packed
 * panels and a row-major transpose are both served.
 * @param bStep bytes from one k of a panel to the next: 32, or the row of a matrix whose columns divide by 8
 */
export function multiplyColumns(
  a: usize,
  tileStride: usize,
  aStep: usize,
  rows: usize,
  k: usize,
  b: usize,
  panelStride: usize,
  bStep: usize,
  c: usize,
  cStride: usize,
  columns: usize,
  accumulate: bool,
  last: bool,
  bias: usize,
  activation: i32,
  alpha: f32,
  edge: usize,
): void {
  const whole = rows - (rows % 6);
  const finishes = last && (bias != 0 || activation != 0);
  for (let j: usize = 0; j < columns; j += 8) {
    const width = min<usize>(8, columns - j);
    const vectors: usize = width > 4 ? 2 : 1;
    const to = c + j * 4;
    let p = a;
    let q = to;
    if (width == 8) {
      for (let i: usize = 0; i < whole; i += 6, p += tileStride, q += 6 * cStride)
        columnTile6x2(p, aStep, b, bStep, q, cStride, k, accumulate);
      if (whole < rows) columnTile(rows - whole, 2, p, aStep, b, bStep, q, cStride, k, accumulate);
    } else {
      for (let i: usize = 0; i < rows; i += 6, p += tileStride, q += 6 * cStride) {
        const height = min<usize>(6, rows - i);
        if (width == 4) {
          columnTile(height, 1, p, aStep, b, bStep, q, cStride, k, accumulate);
        } else {
          if (accumulate) copyTile(q, cStride, edge, 32, height, width);
          columnTile(height, vectors, p, aStep, b, bStep, edge, 32, k, accumulate);
          copyTile(edge, 32, q, cStride, height, width);
        }
      }
    }
    if (finishes) finish(to, cStride, rows, width, bias != 0 ? bias + j * 4 : 0, activation, alpha);
    b += panelStride;
  }
}

/** out[i] = the sum of partial[0][i], partial[1][i], ... in this order, whatever the number of threads. */
export function sumPartials(
  partials: usize,
  count: usize,
  stride: usize,
  out: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  let i = chunk * perChunk;
  const end = min<usize>(length, i + perChunk);
  for (; i + 4 <= end; i += 4) {
    let p = partials + i * 4;
    let sum = v128.load(p);
    for (let n: usize = 1; n < count; n++) {
      p += stride;
      sum = f32x4.add(sum, v128.load(p));
    }
    v128.store(out + i * 4, sum);
  }
  for (; i < end; i++) {
    let p = partials + i * 4;
    let sum = f32.load(p);
    for (let n: usize = 1; n < count; n++) {
      p += stride;
      sum += f32.load(p);
    }
    f32.store(out + i * 4, sum);
  }
}
