/**
 * Resizing of NHWC images. An output position of an axis mixes two neighbouring input positions; tables of these, made
 * once, serve every row and the gradient.
 *
 * Entry o of an axis, 24 bytes: low, high (i32), fraction (f64), weight of low, weight of high (f32); the output is
 * low + (high - low) * fraction.
 * Range i of an axis, 12 bytes: start, middle, end (i32). Input i is the high one of outputs start … middle - 1, and the low
 * one of outputs middle … end - 1.
 */
import { copyFloats, zeroFloats } from "../gemm/assembly";
import { mad } from "../mad.assembly";

const ENTRY_BYTES: usize = 24;
const RANGE_BYTES: usize = 12;

/** JavaScript's Math.round: halves go up. */
// @ts-ignore: decorator
@inline
function roundHalfUp(x: f64): f64 {
  const up = Math.ceil(x);
  return up - 0.5 > x ? up - 1 : up;
}

/** Fills the entries of one axis, in float64 and in the order of operations of tfjs's `cpu`. */
function fillEntries(to: usize, inSize: i32, outSize: i32, alignCorners: bool, halfPixelCenters: bool, nearest: bool): void {
  const aligned = alignCorners && outSize > 1;
  const ratio = aligned ? <f64>(inSize - 1) / <f64>(outSize - 1) : <f64>inSize / <f64>outSize;
  const last = <f64>(inSize - 1);
  for (let o = 0; o < outSize; o++) {
    let position = ratio * (halfPixelCenters ? <f64>o + 0.5 : <f64>o);
    if (nearest) position = alignCorners ? roundHalfUp(position) : Math.floor(position);
    else if (halfPixelCenters) position -= 0.5;
    const low = max<f64>(0, min<f64>(last, Math.floor(position)));
    const high = max<f64>(0, min<f64>(last, Math.ceil(position)));
    // Beyond the centre of an outer pixel, low and high are the same.
    const fraction = nearest ? 0 : position - low;
    i32.store(to, <i32>low);
    i32.store(to, <i32>high, 4);
    f64.store(to, fraction, 8);
    f32.store(to, low == high ? 1 : <f32>(1 - fraction), 16);
    f32.store(to, <f32>fraction, 20);
    to += ENTRY_BYTES;
  }
}

/** Fills the ranges of one axis: low and high ascend with the output position. */
function fillRanges(entries: usize, to: usize, inSize: i32, outSize: i32): void {
  let start = 0;
  let end = 0;
  for (let i = 0; i < inSize; i++) {
    while (start < outSize && i32.load(entries + start * ENTRY_BYTES, 4) < i) start++;
    i32.store(to, start);
    i32.store(to, max<i32>(start, end), 4); // the end of the input before
    while (end < outSize && i32.load(entries + end * ENTRY_BYTES) <= i) end++;
    i32.store(to, end, 8);
    to += RANGE_BYTES;
  }
}

/**
 * Makes the tables, in one chunk: entries of the rows, entries of the columns, ranges of the rows, ranges of the columns.
 * @param ranges whether ranges are wanted
 */
export function resizeTables(
  tables: usize,
  inRows: i32,
  outRows: i32,
  inColumns: i32,
  outColumns: i32,
  alignCorners: i32,
  halfPixelCenters: i32,
  nearest: i32,
  ranges: i32,
  chunk: i32,
  scratch: usize,
): void {
  const columnEntries = tables + outRows * ENTRY_BYTES;
  fillEntries(tables, inRows, outRows, alignCorners != 0, halfPixelCenters != 0, nearest != 0);
  fillEntries(columnEntries, inColumns, outColumns, alignCorners != 0, halfPixelCenters != 0, nearest != 0);
  if (ranges == 0) return;
  const rowRanges = columnEntries + outColumns * ENTRY_BYTES;
  fillRanges(tables, rowRanges, inRows, outRows);
  fillRanges(columnEntries, rowRanges + inRows * RANGE_BYTES, inColumns, outColumns);
}

/** Mixes neighbours of an image row, into float64. */
function mixColumns(row: usize, entries: usize, columns: i32, channels: usize, to: usize): void {
  const pixelBytes = channels * 4;
  const pairBytes = (channels & ~1) * 4;
  for (; columns > 0; columns--) {
    const low = row + i32.load(entries) * pixelBytes;
    const high = row + i32.load(entries, 4) * pixelBytes;
    const fraction = f64.load(entries, 8);
    const factor = f64x2.splat(fraction);
    for (let c: usize = 0; c < pairBytes; c += 8) {
      const left = f64x2.promote_low_f32x4(v128.load64_zero(low + c));
      const right = f64x2.promote_low_f32x4(v128.load64_zero(high + c));
      v128.store(to, f64x2.add(left, f64x2.mul(f64x2.sub(right, left), factor)));
      to += 16;
    }
    if (pairBytes != pixelBytes) {
      const left = <f64>f32.load(low + pairBytes);
      f64.store(to, left + (<f64>f32.load(high + pairBytes) - left) * fraction);
      to += 8;
    }
    entries += ENTRY_BYTES;
  }
}

/** Mixes two rows of float64 and rounds. */
function mixRows(top: usize, bottom: usize, fraction: f64, count: usize, to: usize): void {
  const factor = f64x2.splat(fraction);
  for (; count >= 4; count -= 4) {
    const top0 = v128.load(top);
    const top1 = v128.load(top, 16);
    const mixed0 = f64x2.add(top0, f64x2.mul(f64x2.sub(v128.load(bottom), top0), factor));
    const mixed1 = f64x2.add(top1, f64x2.mul(f64x2.sub(v128.load(bottom, 16), top1), factor));
    const low = f32x4.demote_f64x2_zero(mixed0);
    const high = f32x4.demote_f64x2_zero(mixed1);
    v128.store(to, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
    top += 32;
    bottom += 32;
    to += 16;
  }
  for (; count != 0; count--) {
    const upper = f64.load(top);
    f32.store(to, <f32>(upper + (f64.load(bottom) - upper) * fraction));
    top += 8;
    bottom += 8;
    to += 4;
  }
}

/**
 * Bilinear; a chunk is a range of output rows. Products and sums are those of `cpu` in float64, so the values are, too.
 * Scratch: two mixed rows of `columnBlock` pixels, which successive outputs share.
 */
export function resizeBilinear(
  image: usize,
  inRows: i32,
  inColumns: i32,
  channels: usize,
  tables: usize,
  out: usize,
  outRows: i32,
  outColumns: i32,
  columnBlock: i32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const first = chunk * perChunk;
  const end = min<i32>(total, first + perChunk);
  const rowBytes = inColumns * channels * 4;
  const pixelBytes = channels * 4;
  for (let column = 0; column < outColumns; column += columnBlock) {
    const columns = min<i32>(columnBlock, outColumns - column);
    const entries = tables + (outRows + column) * ENTRY_BYTES;
    // Which rows of the batch's images the two mixed rows come from.
    let top = scratch;
    let topRow = -1;
    let bottom = scratch + columnBlock * channels * 8;
    let bottomRow = -1;
    let to = out + (first * outColumns + column) * pixelBytes;
    for (let item = first; item < end; item++) {
      const entry = item / outRows;
      const rowEntry = tables + (item - entry * outRows) * ENTRY_BYTES;
      const low = entry * inRows + i32.load(rowEntry);
      const high = entry * inRows + i32.load(rowEntry, 4);
      if (low != topRow) {
        const other = top;
        top = bottom;
        bottom = other;
        const otherRow = topRow;
        topRow = bottomRow;
        bottomRow = otherRow;
      }
      if (low != topRow) {
        mixColumns(image + low * rowBytes, entries, columns, channels, top);
        topRow = low;
      }
      if (high != low && high != bottomRow) {
        mixColumns(image + high * rowBytes, entries, columns, channels, bottom);
        bottomRow = high;
      }
      mixRows(top, high == low ? top : bottom, f64.load(rowEntry, 8), columns * channels, to);
      to += outColumns * pixelBytes;
    }
  }
}

/** Nearest neighbour, of any numbers of 4 bytes; a chunk is a range of output rows. */
export function resizeNearest(
  image: usize,
  inRows: i32,
  inColumns: i32,
  channels: usize,
  tables: usize,
  out: usize,
  outRows: i32,
  outColumns: i32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const first = chunk * perChunk;
  const end = min<i32>(total, first + perChunk);
  const pixelBytes = channels * 4;
  const outRowBytes = outColumns * pixelBytes;
  const columnEntries = tables + outRows * ENTRY_BYTES;
  let row = out + first * outRowBytes;
  let before = -1;
  for (let item = first; item < end; item++) {
    const entry = item / outRows;
    const source = entry * inRows + i32.load(tables + (item - entry * outRows) * ENTRY_BYTES);
    if (source == before) {
      copyFloats(row, row - outRowBytes, outColumns * channels);
    } else {
      const from = image + source * inColumns * pixelBytes;
      let to = row;
      let column = columnEntries;
      if (channels == 1) {
        for (; to < row + outRowBytes; to += 4, column += ENTRY_BYTES) i32.store(to, i32.load(from + i32.load(column) * 4));
      } else {
        for (; to < row + outRowBytes; to += pixelBytes, column += ENTRY_BYTES)
          copyFloats(to, from + i32.load(column) * pixelBytes, channels);
      }
      before = source;
    }
    row += outRowBytes;
  }
}

/** to = from * weight, or to += from * weight. */
function addRow(to: usize, from: usize, weight: f32, count: usize, accumulate: bool): void {
  const factor = f32x4.splat(weight);
  if (accumulate) {
    for (; count >= 4; count -= 4) {
      v128.store(to, mad(v128.load(from), factor, v128.load(to)));
      to += 16;
      from += 16;
    }
  } else {
    for (; count >= 4; count -= 4) {
      v128.store(to, f32x4.mul(v128.load(from), factor));
      to += 16;
      from += 16;
    }
  }
  for (; count != 0; count--) {
    f32.store(to, f32.load(from) * weight + (accumulate ? f32.load(to) : 0));
    to += 4;
    from += 4;
  }
}

/** Adds to `sum` the four channels of `count` outputs, with the weights at `weights`. */
// @ts-ignore: decorator
@inline
function addWeighted(sum: v128, from: usize, pixelBytes: usize, weights: usize, count: i32): v128 {
  for (; count > 0; count--) {
    sum = mad(v128.load(from), v128.load32_splat(weights), sum);
    from += pixelBytes;
    weights += ENTRY_BYTES;
  }
  return sum;
}

/** The same for one channel. */
// @ts-ignore: decorator
@inline
function addWeightedScalar(sum: f32, from: usize, pixelBytes: usize, weights: usize, count: i32): f32 {
  for (; count > 0; count--) {
    sum += f32.load(from) * f32.load(weights);
    from += pixelBytes;
    weights += ENTRY_BYTES;
  }
  return sum;
}

/**
 * Gathers one input pixel.
 * @param row, entries the first output that it adds to
 * @param asHigh, asLow how many outputs it adds to as the high one, then as the low one
 */
function gatherPixel(row: usize, entries: usize, asHigh: i32, asLow: i32, channels: usize, to: usize): void {
  const pixelBytes = channels * 4;
  const vectorBytes = (channels & ~3) * 4;
  const middle = row + asHigh * pixelBytes;
  const middleEntries = entries + asHigh * ENTRY_BYTES;
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    const sum = addWeighted(f32x4.splat(0), row + c, pixelBytes, entries + 20, asHigh);
    v128.store(to + c, addWeighted(sum, middle + c, pixelBytes, middleEntries + 16, asLow));
  }
  for (let c = vectorBytes; c < pixelBytes; c += 4) {
    const sum = addWeightedScalar(0, row + c, pixelBytes, entries + 20, asHigh);
    f32.store(to + c, addWeightedScalar(sum, middle + c, pixelBytes, middleEntries + 16, asLow));
  }
}

/**
 * Gradient of both, the transpose of the forward map; a chunk is a range of input rows, each of which gathers the output
 * rows that it adds to, in their order: first whole rows into scratch, then along the columns.
 * @param columnBlock input columns at a time; scratch must hold all outputs that they add to
 */
export function resizeGradient(
  gradient: usize,
  outRows: i32,
  outColumns: i32,
  channels: usize,
  tables: usize,
  out: usize,
  inRows: i32,
  inColumns: i32,
  columnBlock: i32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const pixelBytes = channels * 4;
  const columnEntries = tables + outRows * ENTRY_BYTES;
  const rowRanges = columnEntries + outColumns * ENTRY_BYTES;
  const columnRanges = rowRanges + inRows * RANGE_BYTES;
  const end = min<i32>(total, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const image = item / inRows;
    const rowRange = rowRanges + (item - image * inRows) * RANGE_BYTES;
    const firstRow = i32.load(rowRange);
    const middleRow = i32.load(rowRange, 4);
    const endRow = i32.load(rowRange, 8);
    let to = out + item * inColumns * pixelBytes;
    if (firstRow == endRow) {
      zeroFloats(to, inColumns * channels);
      continue;
    }
    for (let column = 0; column < inColumns; column += columnBlock) {
      const endColumn = min<i32>(inColumns, column + columnBlock);
      const start = i32.load(columnRanges + column * RANGE_BYTES);
      const columns = i32.load(columnRanges + (endColumn - 1) * RANGE_BYTES, 8) - start;
      let from = gradient + ((image * outRows + firstRow) * outColumns + start) * pixelBytes;
      let sums = from;
      // A single row of weight 1 is used where it is.
      if (endRow - firstRow > 1 || firstRow < middleRow || f32.load(tables + firstRow * ENTRY_BYTES, 16) != 1) {
        sums = scratch;
        for (let o = firstRow; o < endRow; o++) {
          const weight = f32.load(tables + o * ENTRY_BYTES + (o < middleRow ? 20 : 16));
          addRow(sums, from, weight, columns * channels, o != firstRow);
          from += outColumns * pixelBytes;
        }
      }
      for (let c = column; c < endColumn; c++) {
        const range = columnRanges + c * RANGE_BYTES;
        const first = i32.load(range);
        const middle = i32.load(range, 4);
        const entries = columnEntries + first * ENTRY_BYTES;
        const row = sums + (first - start) * pixelBytes;
        gatherPixel(row, entries, middle - first, i32.load(range, 8) - middle, channels, to);
        to += pixelBytes;
      }
    }
  }
}
