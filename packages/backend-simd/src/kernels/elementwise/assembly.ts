/**
 * Element by element: functions of one tensor, and of two with broadcasting. The codes are those of simd.ts. NaN,
 * infinities and the sign of zero come out as in tfjs's cpu backend.
 */
import { positive } from "../activation.assembly";
import { loadPart, storePart } from "../lanes.assembly";
import { exp, expm1Negative, log, pow, sigmoid, softplus, tanh } from "../vectorMath.assembly";

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_SCALE_ALPHA: f32 = 1.7580993408473768;

// The code is a constant wherever this is inlined, so that one branch remains.
// @ts-ignore: decorator
@inline
function unaryOf(op: i32, x: v128, alpha: v128, beta: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == 0) return positive(x); // relu
  if (op == 1) return f32x4.pmin(positive(x), f32x4.splat(6)); // relu6
  if (op == 2) return v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, zero)); // leakyRelu
  if (op == 3) return v128.bitselect(x, expm1Negative(x), f32x4.ge(x, zero)); // elu
  if (op == 4) {
    const negative = f32x4.mul(expm1Negative(x), f32x4.splat(SELU_SCALE_ALPHA));
    return v128.bitselect(f32x4.mul(x, f32x4.splat(SELU_SCALE)), negative, f32x4.ge(x, zero)); // selu
  }
  if (op == 5) return sigmoid(x);
  if (op == 6) return tanh(x);
  if (op == 7) return exp(x);
  if (op == 8) return log(x);
  if (op == 9) return f32x4.sqrt(x);
  if (op == 10) return f32x4.div(one, f32x4.sqrt(x)); // rsqrt
  if (op == 11) return f32x4.mul(x, x); // square
  if (op == 12) return f32x4.abs(x);
  if (op == 13) return f32x4.neg(x);
  if (op == 14) return f32x4.div(one, x); // reciprocal
  if (op == 15) {
    const step = v128.bitselect(one, alpha, f32x4.gt(x, zero));
    return v128.bitselect(step, x, f32x4.eq(x, x)); // step
  }
  if (op == 16) return v128.or(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), f32x4.splat(-1))); // sign
  if (op == 17) return f32x4.floor(x);
  if (op == 18) return f32x4.ceil(x);
  if (op == 19) return softplus(x);
  return f32x4.pmax(f32x4.pmin(x, beta), alpha); // clip; pmin and pmax leave NaN in x as it is
}

// @ts-ignore: decorator
@inline
function unaryLoop(op: i32, from: usize, to: usize, count: usize, alpha: v128, beta: v128): void {
  const rest = count & 3;
  const end = to + (count - rest) * 4;
  for (; to < end; to += 16, from += 16) v128.store(to, unaryOf(op, v128.load(from), alpha, beta));
  if (rest != 0) storePart(to, unaryOf(op, loadPart(from, rest), alpha, beta), rest);
}

/** out = f(x), which may be in place. */
export function unaryMap(
  op: i32,
  x: usize,
  out: usize,
  alphaValue: f32,
  betaValue: f32,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const start = chunk * perChunk;
  const count = min<usize>(perChunk, length - start);
  const from = x + start * 4;
  const to = out + start * 4;
  const alpha = f32x4.splat(alphaValue);
  const beta = f32x4.splat(betaValue);
  switch (op) {
    case 0: return unaryLoop(0, from, to, count, alpha, beta);
    case 1: return unaryLoop(1, from, to, count, alpha, beta);
    case 2: return unaryLoop(2, from, to, count, alpha, beta);
    case 3: return unaryLoop(3, from, to, count, alpha, beta);
    case 4: return unaryLoop(4, from, to, count, alpha, beta);
    case 5: return unaryLoop(5, from, to, count, alpha, beta);
    case 6: return unaryLoop(6, from, to, count, alpha, beta);
    case 7: return unaryLoop(7, from, to, count, alpha, beta);
    case 8: return unaryLoop(8, from, to, count, alpha, beta);
    case 9: return unaryLoop(9, from, to, count, alpha, beta);
    case 10: return unaryLoop(10, from, to, count, alpha, beta);
    case 11: return unaryLoop(11, from, to, count, alpha, beta);
    case 12: return unaryLoop(12, from, to, count, alpha, beta);
    case 13: return unaryLoop(13, from, to, count, alpha, beta);
    case 14: return unaryLoop(14, from, to, count, alpha, beta);
    case 15: return unaryLoop(15, from, to, count, alpha, beta);
    case 16: return unaryLoop(16, from, to, count, alpha, beta);
    case 17: return unaryLoop(17, from, to, count, alpha, beta);
    case 18: return unaryLoop(18, from, to, count, alpha, beta);
    case 19: return unaryLoop(19, from, to, count, alpha, beta);
    default: return unaryLoop(20, from, to, count, alpha, beta);
  }
}

/** The first code of a comparison: from there on the results are bytes. */
const FIRST_COMPARISON: i32 = 32;

// @ts-ignore: decorator
@inline
function binaryOf(op: i32, a: v128, b: v128, alpha: v128): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  if (op == 0) return f32x4.add(a, b);
  if (op == 1) return f32x4.sub(a, b);
  if (op == 2) return f32x4.mul(a, b);
  if (op == 3) return f32x4.div(a, b);
  if (op == 4) return f32x4.max(a, b);
  if (op == 5) return f32x4.min(a, b);
  if (op == 6) {
    const difference = f32x4.sub(a, b);
    return f32x4.mul(difference, difference); // squaredDifference
  }
  if (op == 7) return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, zero)); // prelu
  // Gradients: a is the gradient of the result, b the argument x or the result y.
  if (op == 8) return v128.bitselect(a, f32x4.mul(a, f32x4.add(b, one)), f32x4.ge(b, zero)); // elu, y
  if (op == 9) return f32x4.mul(a, v128.bitselect(v128.and(f32x4.gt(b, zero), one), b, f32x4.eq(b, b))); // relu, x
  if (op == 10) {
    const inside = v128.and(f32x4.gt(b, zero), f32x4.le(b, f32x4.splat(6)));
    return f32x4.mul(a, v128.bitselect(v128.and(inside, one), b, f32x4.eq(b, b))); // relu6, x
  }
  if (op == 11) return v128.bitselect(a, f32x4.mul(a, alpha), f32x4.gt(b, zero)); // leakyRelu, x
  if (op == 12) return f32x4.mul(a, f32x4.mul(b, f32x4.sub(one, b))); // sigmoid, y
  return f32x4.mul(a, f32x4.sub(one, f32x4.mul(b, b))); // tanh, y
}

/** An operand whose step is 0 is one vector that serves all elements. */
// @ts-ignore: decorator
@inline
function loadRest(from: usize, step: usize, rest: usize): v128 {
  return step != 0 ? loadPart(from, rest) : v128.load(from);
}

// @ts-ignore: decorator
@inline
function binaryLoop(
  op: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  to: usize,
  count: usize,
  alpha: v128,
): void {
  const rest = count & 3;
  const end = to + (count - rest) * 4;
  for (; to < end; to += 16, a += aStep, b += bStep) v128.store(to, binaryOf(op, v128.load(a), v128.load(b), alpha));
  if (rest != 0) storePart(to, binaryOf(op, loadRest(a, aStep, rest), loadRest(b, bStep, rest), alpha), rest);
}

// @ts-ignore: decorator
@inline
function comparisonOf(op: i32, a: v128, b: v128): v128 {
  if (op == 32) return f32x4.eq(a, b);
  if (op == 33) return f32x4.ne(a, b);
  if (op == 34) return f32x4.lt(a, b);
  if (op == 35) return f32x4.le(a, b);
  if (op == 36) return f32x4.gt(a, b);
  return f32x4.ge(a, b);
}

// @ts-ignore: decorator
@inline
function comparisonLoop(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: usize): void {
  const end = to + count;
  const last = to + (count & ~15);
  while (to < last) {
    const m0 = comparisonOf(op, v128.load(a), v128.load(b));
    const m1 = comparisonOf(op, v128.load(a + aStep), v128.load(b + bStep));
    const m2 = comparisonOf(op, v128.load(a + 2 * aStep), v128.load(b + 2 * bStep));
    const m3 = comparisonOf(op, v128.load(a + 3 * aStep), v128.load(b + 3 * bStep));
    const m = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
    v128.store(to, v128.and(m, i8x16.splat(1)));
    to += 16;
    a += 4 * aStep;
    b += 4 * bStep;
  }
  for (; to < end; to++, a += aStep >> 2, b += bStep >> 2)
    i32.store8(to, i32x4.extract_lane(comparisonOf(op, v128.load32_zero(a), v128.load32_zero(b)), 0) & 1);
}

function powLoop(a: usize, aStep: usize, b: usize, bStep: usize, to: usize, count: usize): void {
  const end = to + count * 4;
  for (; to < end; to += 4, a += aStep >> 2, b += bStep >> 2) f32.store(to, pow(f32.load(a), f32.load(b)));
}

/** A run of elements; an operand whose step is 0 (not 16) is a vector of equal numbers. */
function binaryRun(
  op: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  to: usize,
  count: usize,
  alpha: v128,
): void {
  switch (op) {
    case 0: return binaryLoop(0, a, aStep, b, bStep, to, count, alpha);
    case 1: return binaryLoop(1, a, aStep, b, bStep, to, count, alpha);
    case 2: return binaryLoop(2, a, aStep, b, bStep, to, count, alpha);
    case 3: return binaryLoop(3, a, aStep, b, bStep, to, count, alpha);
    case 4: return binaryLoop(4, a, aStep, b, bStep, to, count, alpha);
    case 5: return binaryLoop(5, a, aStep, b, bStep, to, count, alpha);
    case 6: return binaryLoop(6, a, aStep, b, bStep, to, count, alpha);
    case 7: return binaryLoop(7, a, aStep, b, bStep, to, count, alpha);
    case 8: return binaryLoop(8, a, aStep, b, bStep, to, count, alpha);
    case 9: return binaryLoop(9, a, aStep, b, bStep, to, count, alpha);
    case 10: return binaryLoop(10, a, aStep, b, bStep, to, count, alpha);
    case 11: return binaryLoop(11, a, aStep, b, bStep, to, count, alpha);
    case 12: return binaryLoop(12, a, aStep, b, bStep, to, count, alpha);
    case 13: return binaryLoop(13, a, aStep, b, bStep, to, count, alpha);
    case 14: return powLoop(a, aStep, b, bStep, to, count);
    case 32: return comparisonLoop(32, a, aStep, b, bStep, to, count);
    case 33: return comparisonLoop(33, a, aStep, b, bStep, to, count);
    case 34: return comparisonLoop(34, a, aStep, b, bStep, to, count);
    case 35: return comparisonLoop(35, a, aStep, b, bStep, to, count);
    case 36: return comparisonLoop(36, a, aStep, b, bStep, to, count);
    default: return comparisonLoop(37, a, aStep, b, bStep, to, count);
  }
}

/**
 * out = f(a, b) with broadcasting. The last axis, `inner` long, is divided into `pieces`; the five axes before it have sizes
 * n and byte strides, outermost first.
 * @param mode 0: both operands run along the last axis; 1: b is constant on it; 2: a is
 */
export function binaryMap(
  op: i32,
  a: usize,
  b: usize,
  out: usize,
  alphaValue: f32,
  inner: usize,
  mode: i32,
  piece: usize,
  pieces: usize,
  n0: usize,
  n1: usize,
  n2: usize,
  n3: usize,
  n4: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  b4: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const alpha = f32x4.splat(alphaValue);
  const size: usize = op >= FIRST_COMPARISON ? 1 : 4;
  const aStep: usize = mode == 2 ? 0 : 16;
  const bStep: usize = mode == 1 ? 0 : 16;
  let item = chunk * perChunk;
  const end = min<usize>(items, item + perChunk);
  let row = item / pieces;
  let at = (item - row * pieces) * piece;
  let to = out + row * inner * size;
  let i4 = row % n4;
  row /= n4;
  let i3 = row % n3;
  row /= n3;
  let i2 = row % n2;
  row /= n2;
  let i1 = row % n1;
  const i0 = row / n1;
  a += i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3 + i4 * a4;
  b += i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3 + i4 * b4;
  for (; item < end; item++) {
    let left = a + at * 4;
    let right = b + at * 4;
    if (mode == 2) {
      left = scratch;
      v128.store(left, v128.load32_splat(a));
    } else if (mode == 1) {
      right = scratch;
      v128.store(right, v128.load32_splat(b));
    }
    binaryRun(op, left, aStep, right, bStep, to + at * size, min<usize>(piece, inner - at), alpha);
    at += piece;
    if (at < inner) continue;
    at = 0;
    to += inner * size;
    a += a4;
    b += b4;
    if (++i4 < n4) continue;
    i4 = 0;
    a += a3 - n4 * a4;
    b += b3 - n4 * b4;
    if (++i3 < n3) continue;
    i3 = 0;
    a += a2 - n3 * a3;
    b += b2 - n3 * b3;
    if (++i2 < n2) continue;
    i2 = 0;
    a += a1 - n2 * a2;
    b += b1 - n2 * b2;
    if (++i1 < n1) continue;
    i1 = 0;
    a += a0 - n1 * a1;
    b += b0 - n1 * b1;
  }
}

/**
 * out = f(a, b), or f(b, a) if `swapped`, where b is one short row for all rows of a, or one number a row: b is repeated in
 * scratch so that the loops are long.
 * @param columns length of a row
 * @param rowsPerBlock rows treated together; scratch holds as many
 * @param column whether b is a column
 */
export function binaryShortRows(
  op: i32,
  a: usize,
  b: usize,
  out: usize,
  alphaValue: f32,
  swapped: i32,
  column: i32,
  rows: usize,
  columns: usize,
  rowsPerBlock: usize,
  rowsPerChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const alpha = f32x4.splat(alphaValue);
  const size: usize = op >= FIRST_COMPARISON ? 1 : 4;
  let row = chunk * rowsPerChunk;
  const end = min<usize>(rows, row + rowsPerChunk);
  if (!column) {
    let to = scratch;
    for (let i: usize = 0; i < rowsPerBlock; i++)
      for (let j: usize = 0; j < columns; j++, to += 4) f32.store(to, f32.load(b + j * 4));
  }
  while (row < end) {
    const count = min<usize>(rowsPerBlock, end - row);
    if (column) {
      let to = scratch;
      for (let i: usize = 0; i < count; i++) {
        const value = f32.load(b + (row + i) * 4);
        for (let j: usize = 0; j < columns; j++, to += 4) f32.store(to, value);
      }
    }
    const from = a + row * columns * 4;
    const to = out + row * columns * size;
    if (swapped) binaryRun(op, scratch, 16, from, 16, to, count * columns, alpha);
    else binaryRun(op, from, 16, scratch, 16, to, count * columns, alpha);
    row += count;
  }
}

/** Floats that addTensors sums in scratch before it stores them. */
const ADD_BLOCK: usize = 1024;

// @ts-ignore: decorator
@inline
function addBlock(from: usize, to: usize, bytes: usize, first: boolean): void {
  const end = to + (bytes & ~15);
  const last = to + bytes;
  if (first) {
    // Zero is added, as in a sum that begins with it: -0 becomes 0.
    for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(from), f32x4.splat(0)));
    for (; to < last; to += 4, from += 4) f32.store(to, f32.load(from) + 0);
  } else {
    for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    for (; to < last; to += 4, from += 4) f32.store(to, f32.load(to) + f32.load(from));
  }
}

/** out = the sum of up to 8 tensors, in their order; 0 stands for none. Any of them may be out. */
export function addTensors(
  out: usize,
  length: usize,
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  x4: usize,
  x5: usize,
  x6: usize,
  x7: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(length, (chunk + 1) * perChunk);
  for (let at = chunk * perChunk; at < end; at += ADD_BLOCK) {
    const bytes = min<usize>(ADD_BLOCK, end - at) * 4;
    const skip = at * 4;
    addBlock(x0 + skip, scratch, bytes, true);
    if (x1) addBlock(x1 + skip, scratch, bytes, false);
    if (x2) addBlock(x2 + skip, scratch, bytes, false);
    if (x3) addBlock(x3 + skip, scratch, bytes, false);
    if (x4) addBlock(x4 + skip, scratch, bytes, false);
    if (x5) addBlock(x5 + skip, scratch, bytes, false);
    if (x6) addBlock(x6 + skip, scratch, bytes, false);
    if (x7) addBlock(x7 + skip, scratch, bytes, false);
    for (let i: usize = 0; i < (bytes & ~15); i += 16) v128.store(out + skip + i, v128.load(scratch + i));
    for (let i = bytes & ~15; i < bytes; i += 4) f32.store(out + skip + i, f32.load(scratch + i));
  }
}

/** out = condition == 1 ? a : b, elements of 4 bytes, the condition a byte each. */
export function selectElements(
  condition: usize,
  a: usize,
  b: usize,
  out: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const start = chunk * perChunk;
  const end = min<usize>(length, start + perChunk);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const bytes = v128.load32_zero(condition + i);
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    const mask = i32x4.eq(words, i32x4.splat(1));
    v128.store(out + i * 4, v128.bitselect(v128.load(a + i * 4), v128.load(b + i * 4), mask));
  }
  for (; i < end; i++) {
    const from = load<u8>(condition + i) == 1 ? a : b;
    i32.store(out + i * 4, i32.load(from + i * 4));
  }
}
