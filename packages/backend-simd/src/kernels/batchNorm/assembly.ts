/**
 * Batch normalisation over the last axis. Few channels are treated as more: `repeat` pixels side by side make one row, so
 * that vectors and loops are full; the channels of a row are "lanes", repeat * channels of them.
 */
import { positive } from "../activation.assembly";
import { loadPart, storePart } from "../lanes.assembly";
import { mad } from "../mad.assembly";

/** Writes channel values `repeat` times; 0 for the address stands for `missing` everywhere. */
export function repeatChannels(from: usize, missing: f32, channels: usize, repeat: usize, to: usize): void {
  for (let i: usize = 0; i < repeat; i++)
    for (let c: usize = 0; c < channels; c++, to += 4) f32.store(to, from != 0 ? f32.load(from + c * 4) : missing);
}

/** Writes scale / sqrt(variance + epsilon), repeated. */
function repeatFactors(
  variance: usize,
  scale: usize,
  epsilon: f32,
  channels: usize,
  repeat: usize,
  to: usize,
): void {
  const count = channels * repeat;
  for (let c: usize = 0; c < channels; c++) {
    const factor = scale != 0 ? f32.load(scale + c * 4) : 1;
    f32.store(to + c * 4, factor / sqrt<f32>(f32.load(variance + c * 4) + epsilon));
  }
  for (let c = channels; c < count; c++) f32.store(to + c * 4, f32.load(to + (c - channels) * 4));
}

/** Four lanes, or the first `part` of them if it is not 0. */
// @ts-ignore: decorator
@inline
function loadLanes(from: usize, part: usize): v128 {
  return part != 0 ? loadPart(from, part) : v128.load(from);
}

/** A value near the mean of a block: that of four of its rows, added in pairs so that a constant stays exactly itself. */
// @ts-ignore: decorator
@inline
function blockShift(r0: v128, r1: v128, r2: v128, r3: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.add(r0, r1), f32x4.add(r2, r3)), f32x4.splat(0.25));
}

/**
 * Merges a block into the moments of four lanes: `shift` plus s / count is its mean, q - s² / count its sum of squared
 * deviations. Means are kept relative to that of the first block, so that float32 is precise however large they are.
 */
// @ts-ignore: decorator
@inline
function mergeBlock(
  first: usize,
  mean: usize,
  squares: usize,
  shift: v128,
  s: v128,
  q: v128,
  count: f32,
  before: f32,
): void {
  const blockMean = f32x4.mul(s, f32x4.splat(1 / count));
  // Rounding must not make it negative; NaN stays.
  const blockSquares = f32x4.pmax(f32x4.sub(q, f32x4.mul(s, blockMean)), f32x4.splat(0));
  if (before == 0) {
    const start = f32x4.add(shift, blockMean);
    v128.store(first, start);
    v128.store(mean, f32x4.add(f32x4.sub(shift, start), blockMean)); // what the sum lost
    v128.store(squares, blockSquares);
    return;
  }
  const weight = count / (before + count);
  const old = v128.load(mean);
  const delta = f32x4.sub(f32x4.add(f32x4.sub(shift, v128.load(first)), blockMean), old);
  v128.store(mean, mad(delta, f32x4.splat(weight), old));
  const added = mad(f32x4.mul(delta, delta), f32x4.splat(before * weight), blockSquares);
  v128.store(squares, f32x4.add(v128.load(squares), added));
}

/**
 * Mean and sum of squared deviations of a chunk of pixels, two float64 a channel. Each block of rows is read once; its sums
 * are taken relative to some of its own rows: these are part of the variance, so that few digits can cancel.
 * @param rows rows of `repeat` pixels; pixels that are left make the end of the last chunk
 */
export function batchMoments(
  x: usize,
  partials: usize,
  pixels: usize,
  channels: usize,
  repeat: usize,
  rowsPerBlock: usize,
  rowsPerChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const rows = pixels / repeat;
  const lanes = channels * repeat;
  const stride = lanes * 4;
  const padded = (stride + 15) & ~15;
  const firsts = scratch;
  const means = scratch + padded;
  const squares = means + padded;
  const start = chunk * rowsPerChunk;
  const end = min<usize>(rows, start + rowsPerChunk);
  for (let row = start; row < end; row += rowsPerBlock) {
    const count = min<usize>(rowsPerBlock, end - row);
    const block = x + row * stride;
    const blockEnd = block + count * stride;
    const n = <f32>count;
    const row1 = (count / 4) * stride;
    const row2 = (count / 2) * stride;
    const row3 = ((count * 3) / 4) * stride;
    const before = <f32>(row - start);
    let at: usize = 0;
    for (; at + 64 <= stride; at += 64) {
      let from = block + at;
      const from1 = from + row1;
      const from2 = from + row2;
      const from3 = from + row3;
      const shift0 = blockShift(v128.load(from), v128.load(from1), v128.load(from2), v128.load(from3));
      const shift1 = blockShift(v128.load(from, 16), v128.load(from1, 16), v128.load(from2, 16), v128.load(from3, 16));
      const shift2 = blockShift(v128.load(from, 32), v128.load(from1, 32), v128.load(from2, 32), v128.load(from3, 32));
      const shift3 = blockShift(v128.load(from, 48), v128.load(from1, 48), v128.load(from2, 48), v128.load(from3, 48));
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let q0 = f32x4.splat(0);
      let q1 = f32x4.splat(0);
      let q2 = f32x4.splat(0);
      let q3 = f32x4.splat(0);
      for (; from < blockEnd; from += stride) {
        let d = f32x4.sub(v128.load(from), shift0);
        s0 = f32x4.add(s0, d);
        q0 = mad(d, d, q0);
        d = f32x4.sub(v128.load(from, 16), shift1);
        s1 = f32x4.add(s1, d);
        q1 = mad(d, d, q1);
        d = f32x4.sub(v128.load(from, 32), shift2);
        s2 = f32x4.add(s2, d);
        q2 = mad(d, d, q2);
        d = f32x4.sub(v128.load(from, 48), shift3);
        s3 = f32x4.add(s3, d);
        q3 = mad(d, d, q3);
      }
      mergeBlock(firsts + at, means + at, squares + at, shift0, s0, q0, n, before);
      mergeBlock(firsts + at + 16, means + at + 16, squares + at + 16, shift1, s1, q1, n, before);
      mergeBlock(firsts + at + 32, means + at + 32, squares + at + 32, shift2, s2, q2, n, before);
      mergeBlock(firsts + at + 48, means + at + 48, squares + at + 48, shift3, s3, q3, n, before);
    }
    for (; at < stride; at += 16) {
      const part = at + 16 <= stride ? 0 : (stride - at) / 4;
      let from = block + at;
      const shift = blockShift(
        loadLanes(from, part),
        loadLanes(from + row1, part),
        loadLanes(from + row2, part),
        loadLanes(from + row3, part),
      );
      let s = f32x4.splat(0);
      let q = f32x4.splat(0);
      for (; from < blockEnd; from += stride) {
        const d = f32x4.sub(loadLanes(from, part), shift);
        s = f32x4.add(s, d);
        q = mad(d, d, q);
      }
      mergeBlock(firsts + at, means + at, squares + at, shift, s, q, n, before);
    }
  }
  // The lanes of a channel are merged, then the pixels that fill no row.
  const last = end == rows;
  const inRows = <f64>(end - start);
  for (let c: usize = 0; c < channels; c++) {
    let count: f64 = 0;
    let mean: f64 = 0;
    let sum: f64 = 0;
    if (end > start) {
      for (let i = c; i < lanes; i += channels) {
        const laneMean = <f64>f32.load(firsts + i * 4) + <f64>f32.load(means + i * 4);
        const delta = laneMean - mean;
        const weight = inRows / (count + inRows);
        mean += delta * weight;
        sum += <f64>f32.load(squares + i * 4) + delta * delta * count * weight;
        count += inRows;
      }
    }
    if (last) {
      for (let p = rows * repeat; p < pixels; p++) {
        const value = <f64>f32.load(x + (p * channels + c) * 4);
        const delta = value - mean;
        count += 1;
        mean += delta / count;
        sum += delta * (value - mean);
      }
    }
    const to = partials + (chunk * channels + c) * 16;
    f64.store(to, mean);
    f64.store(to, sum, 8);
  }
}

/**
 * Merges the chunks' moments of channels `from` to `to` - 1 into those of all their values: mean and sum of squared deviations,
 * in the order of the channels and then of the chunks. They take the place of the first channel's first.
 */
// @ts-ignore: decorator
@inline
export function mergeMoments(
  partials: usize,
  count: usize,
  pixels: usize,
  channels: usize,
  repeat: usize,
  rowsPerChunk: usize,
  from: usize,
  to: usize,
): void {
  let seen: f64 = 0;
  let mean: f64 = 0;
  let sum: f64 = 0;
  for (let c = from; c < to; c++) {
    for (let k: usize = 0; k < count; k++) {
      const part = partials + (k * channels + c) * 16;
      const first = k * rowsPerChunk * repeat;
      const size = <f64>((k + 1 == count ? pixels : first + rowsPerChunk * repeat) - first);
      const delta = f64.load(part) - mean;
      const weight = size / (seen + size);
      mean += delta * weight;
      sum += f64.load(part, 8) + delta * delta * seen * weight;
      seen += size;
    }
  }
  f64.store(partials + from * 16, mean);
  f64.store(partials + from * 16, sum, 8);
}

/** Merges the chunks' moments in their order; the variance is that of the population. */
export function batchMomentsFinish(
  partials: usize,
  count: usize,
  mean: usize,
  variance: usize,
  pixels: usize,
  channels: usize,
  repeat: usize,
  rowsPerChunk: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(channels, (chunk + 1) * perChunk);
  for (let c = chunk * perChunk; c < end; c++) {
    mergeMoments(partials, count, pixels, channels, repeat, rowsPerChunk, c, c + 1);
    f32.store(mean + c * 4, <f32>f64.load(partials + c * 16));
    f32.store(variance + c * 4, <f32>(f64.load(partials + c * 16, 8) / <f64>pixels));
  }
}

/** out = (x - mean) * factor + offset, up to the address `end` of out. */
// @ts-ignore: decorator
@inline
export function normalizeRows(
  from: usize,
  to: usize,
  end: usize,
  stride: usize,
  means: usize,
  factors: usize,
  offsets: usize,
  relu: boolean,
): void {
  while (to < end) {
    const bytes = min<usize>(stride, end - to);
    const whole = bytes & ~15;
    let at: usize = 0;
    for (; at < whole; at += 16) {
      const d = f32x4.sub(v128.load(from + at), v128.load(means + at));
      const y = mad(d, v128.load(factors + at), v128.load(offsets + at));
      v128.store(to + at, relu ? positive(y) : y);
    }
    for (; at < bytes; at += 4) {
      const d = f32x4.sub(v128.load32_zero(from + at), v128.load32_zero(means + at));
      const y = mad(d, v128.load32_zero(factors + at), v128.load32_zero(offsets + at));
      v128.store32_lane(to + at, relu ? positive(y) : y, 0);
    }
    from += bytes;
    to += bytes;
  }
}

/** out = (x - mean) * scale / sqrt(variance + epsilon) + offset, which may be in place; mean, scale and offset may be 0 for none. */
export function batchNormalize(
  x: usize,
  out: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  offset: usize,
  epsilon: f32,
  relu: i32,
  length: usize,
  channels: usize,
  repeat: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const stride = channels * repeat * 4;
  const means = scratch;
  const factors = means + stride;
  const offsets = factors + stride;
  repeatChannels(mean, 0, channels, repeat, means);
  repeatFactors(variance, scale, epsilon, channels, repeat, factors);
  repeatChannels(offset, 0, channels, repeat, offsets);
  const start = chunk * perChunk;
  const end = out + min<usize>(length, start + perChunk) * 4;
  if (relu) normalizeRows(x + start * 4, out + start * 4, end, stride, means, factors, offsets, true);
  else normalizeRows(x + start * 4, out + start * 4, end, stride, means, factors, offsets, false);
}

// @ts-ignore: decorator
@inline
function gradientRows(
  x: usize,
  gradient: usize,
  out: usize,
  hasOut: boolean,
  count: usize,
  stride: usize,
  means: usize,
  factors: usize,
  sums: usize,
  products: usize,
): void {
  const end = gradient + count * stride;
  const toX = x - gradient;
  const toOut = out - gradient;
  let at: usize = 0;
  for (; at + 32 <= stride; at += 32) {
    const mean0 = v128.load(means + at);
    const mean1 = v128.load(means + at, 16);
    const factor0 = v128.load(factors + at);
    const factor1 = v128.load(factors + at, 16);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let q0 = f32x4.splat(0);
    let q1 = f32x4.splat(0);
    for (let from = gradient + at; from < end; from += stride) {
      const g0 = v128.load(from);
      const g1 = v128.load(from, 16);
      q0 = mad(g0, f32x4.sub(v128.load(from + toX), mean0), q0);
      q1 = mad(g1, f32x4.sub(v128.load(from + toX, 16), mean1), q1);
      s0 = f32x4.add(s0, g0);
      s1 = f32x4.add(s1, g1);
      if (hasOut) {
        v128.store(from + toOut, f32x4.mul(g0, factor0));
        v128.store(from + toOut, f32x4.mul(g1, factor1), 16);
      }
    }
    v128.store(sums + at, f32x4.add(v128.load(sums + at), s0));
    v128.store(sums + at, f32x4.add(v128.load(sums + at, 16), s1), 16);
    v128.store(products + at, f32x4.add(v128.load(products + at), q0));
    v128.store(products + at, f32x4.add(v128.load(products + at, 16), q1), 16);
  }
  for (; at < stride; at += 16) {
    const part = at + 16 <= stride ? 0 : (stride - at) / 4;
    const mean = v128.load(means + at);
    const factor = v128.load(factors + at);
    let s = f32x4.splat(0);
    let q = f32x4.splat(0);
    for (let from = gradient + at; from < end; from += stride) {
      const g = loadLanes(from, part);
      const value = loadLanes(from + toX, part);
      q = mad(g, f32x4.sub(value, mean), q);
      s = f32x4.add(s, g);
      if (hasOut) {
        if (part != 0) storePart(from + toOut, f32x4.mul(g, factor), part);
        else v128.store(from + toOut, f32x4.mul(g, factor));
      }
    }
    v128.store(sums + at, f32x4.add(v128.load(sums + at), s));
    v128.store(products + at, f32x4.add(v128.load(products + at), q));
  }
}

/**
 * The gradient of the input, and per chunk and channel, in float64, the sums of dy and of dy * (x - mean), in one pass.
 * @param out 0 leaves the gradient of the input out, and variance, scale and epsilon unread; it may be the gradient of the output
 */
export function batchNormGradients(
  x: usize,
  gradient: usize,
  out: usize,
  partials: usize,
  mean: usize,
  variance: usize,
  scale: usize,
  epsilon: f32,
  pixels: usize,
  channels: usize,
  repeat: usize,
  rowsPerBlock: usize,
  rowsPerChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const rows = pixels / repeat;
  const lanes = channels * repeat;
  const stride = lanes * 4;
  const padded = (stride + 15) & ~15;
  const means = scratch;
  const factors = means + padded;
  const sums = factors + padded;
  const products = sums + padded;
  repeatChannels(mean, 0, channels, repeat, means);
  if (out != 0) repeatFactors(variance, scale, epsilon, channels, repeat, factors);
  for (let at: usize = 0; at < 2 * padded; at += 16) v128.store(sums + at, f32x4.splat(0));
  const start = chunk * rowsPerChunk;
  const end = min<usize>(rows, start + rowsPerChunk);
  for (let row = start; row < end; row += rowsPerBlock) {
    const count = min<usize>(rowsPerBlock, end - row);
    const skip = row * stride;
    if (out != 0) {
      gradientRows(x + skip, gradient + skip, out + skip, true, count, stride, means, factors, sums, products);
    } else {
      gradientRows(x + skip, gradient + skip, out, false, count, stride, means, factors, sums, products);
    }
  }
  if (end == rows) {
    // The pixels that fill no row.
    const skip = rows * stride;
    const bytes = pixels * channels * 4 - skip;
    for (let at: usize = 0; at < bytes; at += 4) {
      const g = f32.load(gradient + skip + at);
      const d = f32.load(x + skip + at) - f32.load(means + at);
      f32.store(sums + at, f32.load(sums + at) + g);
      f32.store(products + at, f32.load(products + at) + g * d);
      if (out != 0) f32.store(out + skip + at, g * f32.load(factors + at));
    }
  }
  for (let c: usize = 0; c < channels; c++) {
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let i = c; i < lanes; i += channels) {
      sum += <f64>f32.load(sums + i * 4);
      product += <f64>f32.load(products + i * 4);
    }
    const to = partials + (chunk * channels + c) * 16;
    f64.store(to, sum);
    f64.store(to, product, 8);
  }
}

/**
 * Adds the chunks' sums in their order, and makes of them what is asked for; each of the four gradients may be 0 for none.
 * @param coefficients 0, or three floats a channel for `batchNormTrainingGradient`
 */
export function batchNormGradientsFinish(
  partials: usize,
  count: usize,
  variance: usize,
  scale: usize,
  epsilon: f32,
  meanGradient: usize,
  varianceGradient: usize,
  scaleGradient: usize,
  offsetGradient: usize,
  coefficients: usize,
  pixels: usize,
  channels: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(channels, (chunk + 1) * perChunk);
  for (let c = chunk * perChunk; c < end; c++) {
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let k: usize = 0; k < count; k++) {
      const from = partials + (k * channels + c) * 16;
      sum += f64.load(from);
      product += f64.load(from, 8);
    }
    const factor: f64 = scale != 0 ? f32.load(scale + c * 4) : 1;
    const inverse = 1 / sqrt<f64>(<f64>f32.load(variance + c * 4) + <f64>epsilon);
    if (meanGradient) f32.store(meanGradient + c * 4, <f32>(-inverse * factor * sum));
    if (varianceGradient) {
      f32.store(varianceGradient + c * 4, <f32>(-0.5 * inverse * inverse * inverse * factor * product));
    }
    if (scaleGradient) f32.store(scaleGradient + c * 4, <f32>(inverse * product));
    if (offsetGradient) f32.store(offsetGradient + c * 4, <f32>sum);
    if (coefficients) {
      const n = <f64>pixels;
      f32.store(coefficients + c * 4, <f32>(factor * inverse));
      f32.store(coefficients + (channels + c) * 4, <f32>((-factor * inverse * inverse * inverse * product) / n));
      f32.store(coefficients + (2 * channels + c) * 4, <f32>((-factor * inverse * sum) / n));
    }
  }
}

/**
 * out = k0 * dy + k1 * (x - mean) + k2: the gradient of the input where mean and variance are those of the input itself. May be
 * in place of dy.
 */
export function batchNormTrainingGradient(
  x: usize,
  gradient: usize,
  out: usize,
  mean: usize,
  coefficients: usize,
  length: usize,
  channels: usize,
  repeat: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const stride = channels * repeat * 4;
  const k0 = scratch;
  const k1 = k0 + stride;
  const k2 = k1 + stride;
  const means = k2 + stride;
  repeatChannels(coefficients, 0, channels, repeat, k0);
  repeatChannels(coefficients + channels * 4, 0, channels, repeat, k1);
  repeatChannels(coefficients + channels * 8, 0, channels, repeat, k2);
  repeatChannels(mean, 0, channels, repeat, means);
  let at = chunk * perChunk * 4;
  const end = min<usize>(length * 4, at + perChunk * 4);
  while (at < end) {
    const bytes = min<usize>(stride, end - at);
    const whole = bytes & ~15;
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const d = f32x4.sub(v128.load(x + at + i), v128.load(means + i));
      const y = mad(d, v128.load(k1 + i), v128.load(k2 + i));
      v128.store(out + at + i, mad(v128.load(gradient + at + i), v128.load(k0 + i), y));
    }
    for (; i < bytes; i += 4) {
      const d = f32x4.sub(v128.load32_zero(x + at + i), v128.load32_zero(means + i));
      const y = mad(d, v128.load32_zero(k1 + i), v128.load32_zero(k2 + i));
      v128.store32_lane(out + at + i, mad(v128.load32_zero(gradient + at + i), v128.load32_zero(k0 + i), y), 0);
    }
    at += bytes;
  }
}
