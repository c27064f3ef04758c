/**
 * Reductions, and softmax. Sums of a few numbers are made in float32, those of these sums in float64, so that long sums are as
 * good as short ones. Codes of the operations: 0 sum, 1 max, 2 min, 3 product.
 */

import { loadPart, storePart } from "../lanes.assembly";
import { exp, log2Float64 } from "../vectorMath.assembly";

// @ts-ignore: decorator
@inline
function identity(op: i32): f64 {
  return op == 0 ? 0 : op == 1 ? -Infinity : op == 2 ? Infinity : 1;
}

// NaN passes through min and max, as in the reference.
// @ts-ignore: decorator
@inline
function combine(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f32x4.add(a, b);
  if (op == 1) return f32x4.max(a, b);
  if (op == 2) return f32x4.min(a, b);
  return f32x4.mul(a, b);
}

// @ts-ignore: decorator
@inline
function combinePairs(op: i32, a: v128, b: v128): v128 {
  if (op == 0) return f64x2.add(a, b);
  if (op == 1) return f64x2.max(a, b);
  if (op == 2) return f64x2.min(a, b);
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator
@inline
function combineOne(op: i32, a: f64, b: f64): f64 {
  if (op == 0) return a + b;
  if (op == 1) return max<f64>(a, b);
  if (op == 2) return min<f64>(a, b);
  return a * b;
}

// @ts-ignore: decorator
@inline
function highPair(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** Of `count` neighbours. */
// @ts-ignore: decorator
@inline
function reduceRun(op: i32, from: usize, count: usize): f64 {
  let total = f64x2.splat(identity(op));
  const end = from + count * 4;
  // A product is made factor by factor: in another order, or in float32, it may leave the range in between.
  if (op != 3) {
    for (; from + 256 <= end; from += 256) {
      let a = v128.load(from);
      let b = v128.load(from, 16);
      let c = v128.load(from, 32);
      let d = v128.load(from, 48);
      a = combine(op, a, v128.load(from, 64));
      b = combine(op, b, v128.load(from, 80));
      c = combine(op, c, v128.load(from, 96));
      d = combine(op, d, v128.load(from, 112));
      a = combine(op, a, v128.load(from, 128));
      b = combine(op, b, v128.load(from, 144));
      c = combine(op, c, v128.load(from, 160));
      d = combine(op, d, v128.load(from, 176));
      a = combine(op, a, v128.load(from, 192));
      b = combine(op, b, v128.load(from, 208));
      c = combine(op, c, v128.load(from, 224));
      d = combine(op, d, v128.load(from, 240));
      const all = combine(op, combine(op, a, b), combine(op, c, d));
      total = combinePairs(op, total, f64x2.promote_low_f32x4(all));
      total = combinePairs(op, total, highPair(all));
    }
    for (; from + 16 <= end; from += 16) {
      const x = v128.load(from);
      total = combinePairs(op, total, f64x2.promote_low_f32x4(x));
      total = combinePairs(op, total, highPair(x));
    }
  }
  let result = combineOne(op, f64x2.extract_lane(total, 0), f64x2.extract_lane(total, 1));
  for (; from < end; from += 4) result = combineOne(op, result, <f64>f32.load(from));
  return result;
}

/** Rows that are combined in float32; 16 equal numbers are added with an error below 5e-7. */
const BLOCK_ROWS: usize = 16;

// @ts-ignore: decorator
@inline
function addTotals(op: i32, totals: usize, x: v128): void {
  v128.store(totals, combinePairs(op, v128.load(totals), f64x2.promote_low_f32x4(x)));
  v128.store(totals, combinePairs(op, v128.load(totals, 16), highPair(x)), 16);
}

/** Combines rows of `lanes` floats, `stride` bytes apart, into `lanes` float64. */
// @ts-ignore: decorator
@inline
function reduceColumns(op: i32, from: usize, rows: usize, stride: usize, lanes: usize, totals: usize): void {
  for (let i: usize = 0; i < lanes; i++) f64.store(totals + i * 8, identity(op));
  const blockRows = op == 3 ? 1 : BLOCK_ROWS;
  const bytes = lanes * 4;
  while (rows != 0) {
    const count = min<usize>(blockRows, rows);
    const end = from + count * stride;
    let at: usize = 0;
    for (; at + 64 <= bytes; at += 64) {
      let row = from + at;
      let a = v128.load(row);
      let b = v128.load(row, 16);
      let c = v128.load(row, 32);
      let d = v128.load(row, 48);
      for (row += stride; row < end; row += stride) {
        a = combine(op, a, v128.load(row));
        b = combine(op, b, v128.load(row, 16));
        c = combine(op, c, v128.load(row, 32));
        d = combine(op, d, v128.load(row, 48));
      }
      addTotals(op, totals + at * 2, a);
      addTotals(op, totals + at * 2 + 32, b);
      addTotals(op, totals + at * 2 + 64, c);
      addTotals(op, totals + at * 2 + 96, d);
    }
    for (; at + 16 <= bytes; at += 16) {
      let row = from + at;
      let a = v128.load(row);
      for (row += stride; row < end; row += stride) a = combine(op, a, v128.load(row));
      addTotals(op, totals + at * 2, a);
    }
    for (; at < bytes; at += 4) {
      let total = f64.load(totals + at * 2);
      for (let row = from + at; row < end; row += stride) total = combineOne(op, total, <f64>f32.load(row));
      f64.store(totals + at * 2, total);
    }
    from += count * stride;
    rows -= count;
  }
}

// @ts-ignore: decorator
@inline
function reduceItems(
  op: i32,
  x: usize,
  out: usize,
  partials: usize,
  reduced: usize,
  inner: usize,
  repeat: usize,
  segment: usize,
  segments: usize,
  columnsPerItem: usize,
  divisor: f64,
  item: usize,
  end: usize,
  scratch: usize,
): void {
  const columnBlocks = (inner + columnsPerItem - 1) / columnsPerItem;
  for (; item < end; item++) {
    const rest = item / columnBlocks;
    const column = (item - rest * columnBlocks) * columnsPerItem;
    const o = rest / segments;
    const first = (rest - o * segments) * segment;
    const rows = min<usize>(segment, reduced - first);
    const from = x + ((o * reduced + first) * inner + column) * 4;
    const to = partials + (rest * inner + column) * 8;
    const result = out + (o * inner + column) * 4;
    if (inner == 1) {
      const total = reduceRun(op, from, rows);
      if (segments == 1) f32.store(result, <f32>(total / divisor));
      else f64.store(to, total);
      continue;
    }
    const width = min<usize>(columnsPerItem, inner - column);
    // Few columns: `repeat` rows side by side are one.
    const wide = rows / repeat;
    reduceColumns(op, from, wide, inner * repeat * 4, width * repeat, scratch);
    for (let c: usize = 0; c < width; c++) {
      let total = f64.load(scratch + c * 8);
      for (let i: usize = 1; i < repeat; i++) total = combineOne(op, total, f64.load(scratch + (i * width + c) * 8));
      for (let row = wide * repeat; row < rows; row++) {
        total = combineOne(op, total, <f64>f32.load(from + (row * inner + c) * 4));
      }
      if (segments == 1) f32.store(result + c * 4, <f32>(total / divisor));
      else f64.store(to + c * 8, total);
    }
  }
}

/**
 * Reduces the middle axis of (outer, reduced, inner). An item is a segment of it, for some columns.
 * @param repeat rows that are treated as one; more than 1 only if an item has all columns
 * @param partials float64, (outer, segments, inner), used if there is more than one segment; else `out` is written
 */
export function reduceSegments(
  op: i32,
  x: usize,
  out: usize,
  partials: usize,
  reduced: usize,
  inner: usize,
  repeat: usize,
  segment: usize,
  segments: usize,
  columnsPerItem: usize,
  divisor: f64,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const item = chunk * perChunk;
  const end = min<usize>(items, item + perChunk);
  const columns = columnsPerItem;
  if (op == 0) {
    reduceItems(0, x, out, partials, reduced, inner, repeat, segment, segments, columns, divisor, item, end, scratch);
  } else if (op == 1) {
    reduceItems(1, x, out, partials, reduced, inner, repeat, segment, segments, columns, divisor, item, end, scratch);
  } else if (op == 2) {
    reduceItems(2, x, out, partials, reduced, inner, repeat, segment, segments, columns, divisor, item, end, scratch);
  } else {
    reduceItems(3, x, out, partials, reduced, inner, repeat, segment, segments, columns, divisor, item, end, scratch);
  }
}

/** Combines the segments in their order. */
export function reduceFinish(
  op: i32,
  partials: usize,
  out: usize,
  inner: usize,
  segments: usize,
  divisor: f64,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(length, (chunk + 1) * perChunk);
  for (let index = chunk * perChunk; index < end; index++) {
    const o = index / inner;
    let from = partials + (o * segments * inner + (index - o * inner)) * 8;
    let total = f64.load(from);
    for (let k: usize = 1; k < segments; k++) {
      from += inner * 8;
      total = combineOne(op, total, f64.load(from));
    }
    f32.store(out + index * 4, <f32>(total / divisor));
  }
}

// @ts-ignore: decorator
@inline
function largestOf(from: usize, count: usize): f32 {
  const end = from + count * 4;
  let most = f32x4.splat(-Infinity);
  for (; from + 16 <= end; from += 16) most = f32x4.max(most, v128.load(from));
  let result = max<f32>(
    max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  );
  for (; from < end; from += 4) result = max<f32>(result, f32.load(from));
  return result;
}

/** Softmax, or its logarithm, of rows; may be in place. */
export function softmaxRows(
  x: usize,
  out: usize,
  columns: usize,
  logarithm: i32,
  rows: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(rows, (chunk + 1) * perChunk);
  const whole = columns & ~3;
  const rest = columns - whole;
  for (let row = chunk * perChunk; row < end; row++) {
    const from = x + row * columns * 4;
    const to = out + row * columns * 4;
    const most = f32x4.splat(largestOf(from, columns));
    // In float64: where one exponential outweighs the others, the logarithm of the sum is only what they add to 1.
    let totals = f64x2.splat(0);
    for (let i: usize = 0; i < whole; i += 4) {
      const e = exp(f32x4.sub(v128.load(from + i * 4), most));
      totals = f64x2.add(totals, f64x2.add(f64x2.promote_low_f32x4(e), highPair(e)));
      if (!logarithm) v128.store(to + i * 4, e);
    }
    let total = f64x2.extract_lane(totals, 0) + f64x2.extract_lane(totals, 1);
    const lastFrom = from + whole * 4;
    const lastTo = to + whole * 4;
    if (rest != 0) {
      const e = exp(f32x4.sub(loadPart(lastFrom, rest), most));
      for (let k: usize = 0; k < rest; k++) {
        total += <f64>(k == 0 ? f32x4.extract_lane(e, 0) : k == 1 ? f32x4.extract_lane(e, 1) : f32x4.extract_lane(e, 2));
      }
      if (!logarithm) storePart(lastTo, e, rest);
    }
    if (logarithm) {
      const shift = f32x4.splat(total == total ? <f32>(log2Float64(total) * 0.6931471805599453) : NaN);
      for (let i: usize = 0; i < whole; i += 4) {
        v128.store(to + i * 4, f32x4.sub(f32x4.sub(v128.load(from + i * 4), most), shift));
      }
      if (rest != 0) storePart(lastTo, f32x4.sub(f32x4.sub(loadPart(lastFrom, rest), most), shift), rest);
    } else {
      const sum = f32x4.splat(<f32>total);
      for (let i: usize = 0; i < whole; i += 4) v128.store(to + i * 4, f32x4.div(v128.load(to + i * 4), sum));
      if (rest != 0) storePart(lastTo, f32x4.div(loadPart(lastTo, rest), sum), rest);
    }
  }
}
