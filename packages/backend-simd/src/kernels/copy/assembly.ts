/** Copies between tensors with strides, and what is done with whole rows or elements without arithmetic. */

/** Copies bytes forwards; never reads or writes beyond them. */
export function copyBytes(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  for (; to + 32 <= end; to += 32, from += 32) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
  for (; to + 4 <= end; to += 4, from += 4) i32.store(to, i32.load(from));
  for (; to < end; to++, from++) i32.store8(to, i32.load8_u(from));
}

/** Writes a pattern of 4 bytes again and again; the last may be cut. */
function fillBytes(to: usize, bytes: usize, pattern: i32): void {
  const end = to + bytes;
  for (; to + 16 <= end; to += 16) v128.store(to, i32x4.splat(pattern));
  for (; to + 4 <= end; to += 4) i32.store(to, pattern);
  for (; to < end; to++, pattern >>>= 8) i32.store8(to, pattern);
}

/** A run of `count` elements of 1 or 4 bytes; steps in bytes. */
function copyRun(from: usize, fromStep: usize, to: usize, toStep: usize, count: usize, size: usize): void {
  if (toStep == size) {
    if (fromStep == size) return copyBytes(to, from, count * size);
    if (fromStep == 0) {
      const pattern = size == 4 ? i32.load(from) : i32.load8_u(from) * 0x01010101;
      return fillBytes(to, count * size, pattern);
    }
  }
  if (size == 4) for (; count != 0; count--, from += fromStep, to += toStep) i32.store(to, i32.load(from));
  else for (; count != 0; count--, from += fromStep, to += toStep) i32.store8(to, i32.load8_u(from));
}

/**
 * Copies an array of six axes: five with sizes n and byte steps f (from) and t (to), outermost first, and the last, `inner`
 * long, in `pieces`.
 * @param size bytes of an element, 1 or 4
 */
export function copyStrided(
  from: usize,
  to: usize,
  size: usize,
  inner: usize,
  fromStep: usize,
  toStep: usize,
  piece: usize,
  pieces: usize,
  n0: usize,
  n1: usize,
  n2: usize,
  n3: usize,
  n4: usize,
  f0: usize,
  f1: usize,
  f2: usize,
  f3: usize,
  f4: usize,
  t0: usize,
  t1: usize,
  t2: usize,
  t3: usize,
  t4: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  let item = chunk * perChunk;
  const end = min<usize>(items, item + perChunk);
  let row = item / pieces;
  let at = (item - row * pieces) * piece;
  let i4 = row % n4;
  row /= n4;
  let i3 = row % n3;
  row /= n3;
  let i2 = row % n2;
  row /= n2;
  let i1 = row % n1;
  const i0 = row / n1;
  from += i0 * f0 + i1 * f1 + i2 * f2 + i3 * f3 + i4 * f4;
  to += i0 * t0 + i1 * t1 + i2 * t2 + i3 * t3 + i4 * t4;
  for (; item < end; item++) {
    copyRun(from + at * fromStep, fromStep, to + at * toStep, toStep, min<usize>(piece, inner - at), size);
    at += piece;
    if (at < inner) continue;
    at = 0;
    from += f4;
    to += t4;
    if (++i4 < n4) continue;
    i4 = 0;
    from += f3 - n4 * f4;
    to += t3 - n4 * t4;
    if (++i3 < n3) continue;
    i3 = 0;
    from += f2 - n3 * f3;
    to += t2 - n3 * t3;
    if (++i2 < n2) continue;
    i2 = 0;
    from += f1 - n2 * f2;
    to += t1 - n2 * t2;
    if (++i1 < n1) continue;
    i1 = 0;
    from += f0 - n1 * f1;
    to += t0 - n1 * t1;
  }
}

/**
 * Rows of two arrays side by side in a third one, whose memory is gone through once: `joined` to it (concat) or from it (split).
 * Lengths in bytes, multiples of 4.
 */
export function copyPairs(
  joining: i32,
  a: usize,
  aBytes: usize,
  b: usize,
  bBytes: usize,
  joined: usize,
  rows: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const first = chunk * perChunk;
  const end = min<usize>(rows, first + perChunk);
  a += first * aBytes;
  b += first * bBytes;
  joined += first * (aBytes + bBytes);
  for (let row = first; row < end; row++) {
    copyWords(joining ? joined : a, joining ? a : joined, aBytes);
    joined += aBytes;
    copyWords(joining ? joined : b, joining ? b : joined, bBytes);
    joined += bBytes;
    a += aBytes;
    b += bBytes;
  }
}

// @ts-ignore: decorator
@inline
function copyWords(to: usize, from: usize, bytes: usize): void {
  const end = to + bytes;
  for (; to + 32 <= end; to += 32, from += 32) {
    const low = v128.load(from);
    const high = v128.load(from, 16);
    v128.store(to, low);
    v128.store(to, high, 16);
  }
  for (; to < end; to += 4, from += 4) i32.store(to, i32.load(from));
}

/** Stores the transpose of the 4 × 4 block whose rows lie `fromStep` apart as rows `toStep` apart. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const lowAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const lowCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const highAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const highCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(lowAb, lowCd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(lowAb, lowCd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(highAb, highCd, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(highAb, highCd, 2, 3, 6, 7));
}

/**
 * Transposes planes of 4-byte elements: in `from`, rows are 4 bytes apart and columns `fromStep`; in `to`, rows are `toStep`
 * apart and columns 4 bytes. Four axes n of planes lie around. An item is 16 rows of a plane, as many as fill a line of the cache.
 */
export function copyTransposed(
  from: usize,
  to: usize,
  rows: usize,
  columns: usize,
  fromStep: usize,
  toStep: usize,
  n0: usize,
  n1: usize,
  n2: usize,
  n3: usize,
  f0: usize,
  f1: usize,
  f2: usize,
  f3: usize,
  t0: usize,
  t1: usize,
  t2: usize,
  t3: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const blocks = (rows + 15) / 16;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    let plane = item / blocks;
    const first = (item - plane * blocks) * 16;
    const i3 = plane % n3;
    plane /= n3;
    const i2 = plane % n2;
    plane /= n2;
    const i1 = plane % n1;
    const i0 = plane / n1;
    const source = from + i0 * f0 + i1 * f1 + i2 * f2 + i3 * f3 + first * 4;
    const target = to + i0 * t0 + i1 * t1 + i2 * t2 + i3 * t3 + first * toStep;
    const height = min<usize>(16, rows - first);
    const wholeHeight = height & ~3;
    const wholeColumns = columns & ~3;
    for (let c: usize = 0; c < wholeColumns; c += 4) {
      const column = source + c * fromStep;
      for (let r: usize = 0; r < wholeHeight; r += 4)
        transpose4(column + r * 4, fromStep, target + r * toStep + c * 4, toStep);
      for (let r = wholeHeight; r < height; r++) copyRun(column + r * 4, fromStep, target + r * toStep + c * 4, 4, 4, 4);
    }
    for (let c = wholeColumns; c < columns; c++) copyRun(source + c * fromStep, 4, target + c * 4, toStep, height, 4);
  }
}

/** Fills with a pattern of 4 bytes. */
export function fillPattern(to: usize, bytes: usize, pattern: i32, perChunk: usize, chunk: usize, scratch: usize): void {
  const start = chunk * perChunk;
  fillBytes(to + start, min<usize>(perChunk, bytes - start), pattern);
}

/**
 * out[b, o, i, :] = x[b, o, indices[b, i], :], zero where an index is outside.
 * @param bytes of an innermost row
 */
export function gatherRows(
  x: usize,
  indices: usize,
  out: usize,
  outer: usize,
  size: usize,
  count: usize,
  bytes: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const plane = item / count;
    const index = <usize>i32.load(indices + ((plane / outer) * count + (item - plane * count)) * 4);
    const to = out + item * bytes;
    if (index < size) copyBytes(to, x + (plane * size + index) * bytes, bytes);
    else fillBytes(to, bytes, 0);
  }
}

/**
 * out[s, :] = the sum of the rows whose id is s, added in their order; other ids count nowhere. An item owns some segments and
 * columns, and looks at all ids.
 */
export function segmentSums(
  x: usize,
  ids: usize,
  out: usize,
  rows: usize,
  columns: usize,
  segments: usize,
  segmentsPerItem: usize,
  columnsPerItem: usize,
  perChunk: usize,
  items: usize,
  chunk: usize,
  scratch: usize,
): void {
  const columnBlocks = (columns + columnsPerItem - 1) / columnsPerItem;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const block = item / columnBlocks;
    const column = (item - block * columnBlocks) * columnsPerItem;
    const width = min<usize>(columnsPerItem, columns - column);
    const first = block * segmentsPerItem;
    const count = min<usize>(segmentsPerItem, segments - first);
    const to = out + (first * columns + column) * 4;
    for (let s: usize = 0; s < count; s++) fillBytes(to + s * columns * 4, width * 4, 0);
    for (let row: usize = 0; row < rows; row++) {
      const segment = <usize>i32.load(ids + row * 4) - first; // wraps below zero: too large
      if (segment >= count) continue;
      let from = x + (row * columns + column) * 4;
      let sum = to + segment * columns * 4;
      const last = sum + width * 4;
      for (; sum + 16 <= last; sum += 16, from += 16) {
        v128.store(sum, f32x4.add(v128.load(sum), v128.load(from)));
      }
      for (; sum < last; sum += 4, from += 4) f32.store(sum, f32.load(sum) + f32.load(from));
    }
  }
}

/** 2^63. */
const I64_LIMIT: f32 = 9.223372036854775808e18;

/** JavaScript's conversion to int32: modulo 2^32, and 0 for NaN and infinities. */
function toInt32(x: f32): i32 {
  // Beyond 2^63 floats are multiples of 2^40.
  return abs<f32>(x) < I64_LIMIT ? <i32>(<i64>x) : 0;
}

/** Converts elements; the codes are those of simd.ts. */
export function castElements(
  code: i32,
  x: usize,
  out: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const start = chunk * perChunk;
  const end = min<usize>(length, start + perChunk);
  const whole = start + ((end - start) & ~3);
  let i = start;
  if (code == 0) {
    const limit = f32x4.splat(2147483648);
    for (; i < whole; i += 4) {
      const value = v128.load(x + i * 4);
      if (v128.all_true<i32>(f32x4.lt(f32x4.abs(value), limit))) {
        v128.store(out + i * 4, i32x4.trunc_sat_f32x4_s(value));
      } else {
        for (let k: usize = 0; k < 16; k += 4) i32.store(out + i * 4 + k, toInt32(f32.load(x + i * 4 + k)));
      }
    }
    for (; i < end; i++) i32.store(out + i * 4, toInt32(f32.load(x + i * 4)));
  } else if (code == 1) {
    for (; i < end; i++) i32.store8(out + i, i32(f32.load(x + i * 4) != 0));
  } else if (code == 2) {
    for (; i < whole; i += 4) v128.store(out + i * 4, f32x4.convert_i32x4_s(v128.load(x + i * 4)));
    for (; i < end; i++) f32.store(out + i * 4, <f32>i32.load(x + i * 4));
  } else if (code == 3) {
    for (; i < end; i++) i32.store8(out + i, i32(i32.load(x + i * 4) != 0));
  } else {
    for (; i < whole; i += 4) {
      const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x + i)));
      v128.store(out + i * 4, code == 4 ? f32x4.convert_i32x4_s(words) : words);
    }
    for (; i < end; i++) {
      const value = i32.load8_u(x + i);
      if (code == 4) f32.store(out + i * 4, <f32>value);
      else i32.store(out + i * 4, value);
    }
  }
}
