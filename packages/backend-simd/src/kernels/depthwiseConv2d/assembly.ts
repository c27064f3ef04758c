/**
 * Depthwise convolution with one output a channel, in the gather form of conv2d. A channel multiplier is brought to this
 * form by repeating the channels of the input.
 */
import { activate } from "../activation.assembly";
import { mad } from "../mad.assembly";

/** First tap at or after the image's begin, `position` being that of tap 0. */
// @ts-ignore: decorator
@inline
function firstTap(position: i32, step: i32): i32 {
  return position < 0 ? (step - 1 - position) / step : 0;
}

/** One more than the last tap inside an image of `size`. */
// @ts-ignore: decorator
@inline
function endTap(position: i32, step: i32, taps: i32, size: i32): i32 {
  return position >= size ? 0 : min<i32>(taps, (size - 1 - position) / step + 1);
}

/** Sums of four channels of one pixel over a rectangle of taps. */
function sumPixel(
  from: usize,
  tapRowBytes: usize,
  tapBytes: usize,
  filter: usize,
  filterRowBytes: usize,
  filterTapBytes: usize,
  tapRows: i32,
  tapColumns: i32,
): v128 {
  let sum = f32x4.splat(0);
  for (let i = 0; i < tapRows; i++) {
    let p = from;
    let w = filter;
    for (let j = 0; j < tapColumns; j++) {
      sum = mad(v128.load(p), v128.load(w), sum);
      p += tapBytes;
      w += filterTapBytes;
    }
    from += tapRowBytes;
    filter += filterRowBytes;
  }
  return sum;
}

/** The same for a single channel. */
function sumPixelScalar(
  from: usize,
  tapRowBytes: usize,
  tapBytes: usize,
  filter: usize,
  filterRowBytes: usize,
  filterTapBytes: usize,
  tapRows: i32,
  tapColumns: i32,
): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < tapRows; i++) {
    let p = from;
    let w = filter;
    for (let j = 0; j < tapColumns; j++) {
      sum += f32.load(p) * f32.load(w);
      p += tapBytes;
      w += filterTapBytes;
    }
    from += tapRowBytes;
    filter += filterRowBytes;
  }
  return sum;
}

/** Four channels of four neighbouring pixels, which share the loads of the filter. */
function storeFourPixels(
  from: usize,
  pixelBytes: usize,
  tapRowBytes: usize,
  tapBytes: usize,
  filter: usize,
  filterRowBytes: usize,
  filterTapBytes: usize,
  tapRows: i32,
  tapColumns: i32,
  to: usize,
  toBytes: usize,
  bias: v128,
  activation: i32,
  alpha: f32,
): void {
  let s0 = bias;
  let s1 = bias;
  let s2 = bias;
  let s3 = bias;
  for (let i = 0; i < tapRows; i++) {
    let p0 = from;
    let p1 = p0 + pixelBytes;
    let p2 = p1 + pixelBytes;
    let p3 = p2 + pixelBytes;
    let w = filter;
    for (let j = 0; j < tapColumns; j++) {
      const tap = v128.load(w);
      s0 = mad(v128.load(p0), tap, s0);
      s1 = mad(v128.load(p1), tap, s1);
      s2 = mad(v128.load(p2), tap, s2);
      s3 = mad(v128.load(p3), tap, s3);
      p0 += tapBytes;
      p1 += tapBytes;
      p2 += tapBytes;
      p3 += tapBytes;
      w += filterTapBytes;
    }
    from += tapRowBytes;
    filter += filterRowBytes;
  }
  v128.store(to, activate(s0, activation, alpha));
  v128.store(to + toBytes, activate(s1, activation, alpha));
  v128.store(to + 2 * toBytes, activate(s2, activation, alpha));
  v128.store(to + 3 * toBytes, activate(s3, activation, alpha));
}

/**
 * The same for three taps side by side in each row, of neighbouring pixels: each pixel is loaded once for all of them. All channels
 * that come in fours.
 */
function storeFourPixelsThreeTaps(
  from: usize,
  pixelBytes: usize,
  tapRowBytes: usize,
  filter: usize,
  filterRowBytes: usize,
  filterTapBytes: usize,
  tapRows: i32,
  to: usize,
  toBytes: usize,
  bias: usize,
  activation: i32,
  alpha: f32,
  vectorBytes: usize,
): void {
  for (let c: usize = 0; c < vectorBytes; c += 16) {
    const begin = bias != 0 ? v128.load(bias + c) : f32x4.splat(0);
    let s0 = begin;
    let s1 = begin;
    let s2 = begin;
    let s3 = begin;
    let p = from + c;
    let w = filter + c;
    for (let i = 0; i < tapRows; i++) {
      const first = v128.load(w);
      const second = v128.load(w + filterTapBytes);
      const third = v128.load(w + 2 * filterTapBytes);
      let x = v128.load(p);
      s0 = mad(x, first, s0);
      x = v128.load(p + pixelBytes);
      s0 = mad(x, second, s0);
      s1 = mad(x, first, s1);
      x = v128.load(p + 2 * pixelBytes);
      s0 = mad(x, third, s0);
      s1 = mad(x, second, s1);
      s2 = mad(x, first, s2);
      x = v128.load(p + 3 * pixelBytes);
      s1 = mad(x, third, s1);
      s2 = mad(x, second, s2);
      s3 = mad(x, first, s3);
      x = v128.load(p + 4 * pixelBytes);
      s2 = mad(x, third, s2);
      s3 = mad(x, second, s3);
      x = v128.load(p + 5 * pixelBytes);
      s3 = mad(x, third, s3);
      p += tapRowBytes;
      w += filterRowBytes;
    }
    v128.store(to + c, activate(s0, activation, alpha));
    v128.store(to + c + toBytes, activate(s1, activation, alpha));
    v128.store(to + c + 2 * toBytes, activate(s2, activation, alpha));
    v128.store(to + c + 3 * toBytes, activate(s3, activation, alpha));
  }
}

/**
 * One grid of outputs (see conv2d); a chunk is a range of its rows.
 * @param filter address of the first tap
 * @param filterRowBytes, filterTapBytes to the next tap used, below zero for the input gradient
 */
export function depthwiseConvolve(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  channels: usize,
  filter: usize,
  filterRowBytes: usize,
  filterTapBytes: usize,
  out: usize,
  gridRows: i32,
  gridColumns: i32,
  tapRows: i32,
  rowOffset: i32,
  rowTapStep: i32,
  rowStep: i32,
  tapColumns: i32,
  columnOffset: i32,
  columnTapStep: i32,
  columnStep: i32,
  outImageStride: usize,
  outRowStride: usize,
  outPixelStride: usize,
  bias: usize,
  activation: i32,
  alpha: f32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const pixelBytes = channels * 4;
  const vectorBytes = (channels & ~3) * 4;
  const imageRowBytes = imageColumns * pixelBytes;
  const tapRowBytes = rowTapStep * imageRowBytes;
  const tapBytes = columnTapStep * pixelBytes;
  const stepBytes = columnStep * pixelBytes;
  const threeTaps = tapColumns == 3 && columnTapStep == 1 && columnStep == 1;
  // Outputs all of whose taps lie inside, if there are four of them.
  const left = firstTap(columnOffset, columnStep);
  let right = endTap(columnOffset + (tapColumns - 1) * columnTapStep, columnStep, gridColumns, imageColumns);
  if (right - left < 4) right = left;
  const end = min<i32>(total, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const entry = item / gridRows;
    const gridRow = item - entry * gridRows;
    const y = gridRow * rowStep + rowOffset;
    const firstRow = firstTap(y, rowTapStep);
    const rowTaps = endTap(y, rowTapStep, tapRows, imageRows) - firstRow;
    const from = image + <usize>(entry * imageRows + y + firstRow * rowTapStep) * imageRowBytes;
    const rowFilter = filter + firstRow * filterRowBytes;
    const toRow = out + entry * outImageStride + gridRow * outRowStride;
    let gridColumn = 0;
    while (gridColumn < gridColumns) {
      const fours = gridColumn >= left && gridColumn < right;
      // The last four may overlap those before, and write the same again.
      if (fours) gridColumn = min<i32>(gridColumn, right - 4);
      const x = gridColumn * columnStep + columnOffset;
      const to = toRow + gridColumn * outPixelStride;
      if (fours) {
        const pixel = from + x * pixelBytes;
        if (threeTaps) {
          storeFourPixelsThreeTaps(
            pixel, pixelBytes, tapRowBytes, rowFilter, filterRowBytes, filterTapBytes, rowTaps, to, outPixelStride, bias,
            activation, alpha, vectorBytes,
          );
        } else for (let c: usize = 0; c < vectorBytes; c += 16) {
          const add = bias != 0 ? v128.load(bias + c) : f32x4.splat(0);
          storeFourPixels(
            pixel + c, stepBytes, tapRowBytes, tapBytes, rowFilter + c, filterRowBytes, filterTapBytes, rowTaps,
            tapColumns, to + c, outPixelStride, add, activation, alpha,
          );
        }
        for (let c = vectorBytes; c < pixelBytes; c += 4) {
          for (let i: usize = 0; i < 4; i++) {
            const sum = sumPixelScalar(
              pixel + i * stepBytes + c, tapRowBytes, tapBytes, rowFilter + c, filterRowBytes, filterTapBytes, rowTaps,
              tapColumns,
            );
            const added = f32x4.splat(sum + (bias != 0 ? f32.load(bias + c) : 0));
            f32.store(to + i * outPixelStride + c, f32x4.extract_lane(activate(added, activation, alpha), 0));
          }
        }
        gridColumn += 4;
        continue;
      }
      const firstColumn = firstTap(x, columnTapStep);
      const columnTaps = endTap(x, columnTapStep, tapColumns, imageColumns) - firstColumn;
      const pixel = from + (x + firstColumn * columnTapStep) * pixelBytes;
      const pixelFilter = rowFilter + firstColumn * filterTapBytes;
      for (let c: usize = 0; c < vectorBytes; c += 16) {
        const sum = sumPixel(
          pixel + c, tapRowBytes, tapBytes, pixelFilter + c, filterRowBytes, filterTapBytes, rowTaps, columnTaps,
        );
        const added = bias != 0 ? f32x4.add(sum, v128.load(bias + c)) : sum;
        v128.store(to + c, activate(added, activation, alpha));
      }
      for (let c = vectorBytes; c < pixelBytes; c += 4) {
        const sum = sumPixelScalar(
          pixel + c, tapRowBytes, tapBytes, pixelFilter + c, filterRowBytes, filterTapBytes, rowTaps, columnTaps,
        );
        const added = f32x4.splat(sum + (bias != 0 ? f32.load(bias + c) : 0));
        f32.store(to + c, f32x4.extract_lane(activate(added, activation, alpha), 0));
      }
      gridColumn++;
    }
  }
}

/**
 * Adds to the sums of three taps side by side what one row of outputs gives, for eight channels: each pixel is loaded once for
 * all of them. `from` is the pixel of the first tap of the first output; all pixels lie inside.
 */
function addThreeTaps(from: usize, other: usize, pixelBytes: usize, count: i32, to: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let pa = v128.load(from);
  let pb = v128.load(from, 16);
  from += pixelBytes;
  let qa = v128.load(from);
  let qb = v128.load(from, 16);
  for (; count > 0; count--) {
    from += pixelBytes;
    const ra = v128.load(from);
    const rb = v128.load(from, 16);
    const ga = v128.load(other);
    const gb = v128.load(other, 16);
    other += pixelBytes;
    a0 = mad(pa, ga, a0);
    b0 = mad(pb, gb, b0);
    a1 = mad(qa, ga, a1);
    b1 = mad(qb, gb, b1);
    a2 = mad(ra, ga, a2);
    b2 = mad(rb, gb, b2);
    pa = qa;
    pb = qb;
    qa = ra;
    qb = rb;
  }
  v128.store(to, f32x4.add(v128.load(to), a0));
  v128.store(to, f32x4.add(v128.load(to, 16), b0), 16);
  to += pixelBytes;
  v128.store(to, f32x4.add(v128.load(to), a1));
  v128.store(to, f32x4.add(v128.load(to, 16), b1), 16);
  to += pixelBytes;
  v128.store(to, f32x4.add(v128.load(to), a2));
  v128.store(to, f32x4.add(v128.load(to, 16), b2), 16);
}

/**
 * Filter gradient; chunk g sums the output rows of group g into partial g. Each row is summed apart before it is added,
 * which keeps rounding errors small in large images.
 */
export function depthwiseFilterGradient(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  channels: usize,
  gradient: usize,
  gridRows: i32,
  gridColumns: i32,
  tapRows: i32,
  rowOffset: i32,
  rowTapStep: i32,
  rowStep: i32,
  tapColumns: i32,
  columnOffset: i32,
  columnTapStep: i32,
  columnStep: i32,
  partials: usize,
  partialStride: usize,
  total: i32,
  perGroup: i32,
  chunk: i32,
  scratch: usize,
): void {
  const pixelBytes = channels * 4;
  const eights = (channels & ~7) * 4;
  const threeTaps = tapColumns == 3 && columnTapStep == 1 && columnStep == 1;
  const stepBytes = columnStep * pixelBytes;
  const sums = partials + chunk * partialStride;
  const start = chunk * perGroup;
  const end = min<i32>(total, start + perGroup);
  memory.fill(sums, 0, tapRows * tapColumns * pixelBytes);
  for (let item = start; item < end; item++) {
    const entry = item / gridRows;
    const y = (item - entry * gridRows) * rowStep + rowOffset;
    const firstRow = firstTap(y, rowTapStep);
    const endRow = endTap(y, rowTapStep, tapRows, imageRows);
    for (let i = firstRow; i < endRow; i++) {
      const row = image + <usize>(entry * imageRows + y + i * rowTapStep) * imageColumns * pixelBytes;
      const other = gradient + <usize>(item * gridColumns) * pixelBytes;
      const to = sums + i * tapColumns * pixelBytes;
      // Outputs all of whose taps lie inside.
      const left = min<i32>(firstTap(columnOffset, columnStep), gridColumns);
      const right = max<i32>(left, endTap(columnOffset + (tapColumns - 1) * columnTapStep, columnStep, gridColumns, imageColumns));
      if (threeTaps && right > left) {
        const from = row + (columnOffset + left) * pixelBytes;
        for (let c: usize = 0; c < eights; c += 32) {
          addThreeTaps(from + c, other + left * pixelBytes + c, pixelBytes, right - left, to + c);
        }
      }
      const done: usize = threeTaps && right > left ? eights : 0;
      for (let j = 0; j < tapColumns; j++) {
        // Outputs whose tap lies inside the image.
        const x = columnOffset + j * columnTapStep;
        const low = firstTap(x, columnStep);
        const high = endTap(x, columnStep, gridColumns, imageColumns);
        const pixel = row + x * pixelBytes;
        const sum = to + j * pixelBytes;
        if (done != 0) {
          addTap(pixel, stepBytes, other, pixelBytes, low, min<i32>(left, high), sum, 0, done);
          addTap(pixel, stepBytes, other, pixelBytes, max<i32>(right, low), high, sum, 0, done);
        }
        addTap(pixel, stepBytes, other, pixelBytes, low, high, sum, done, pixelBytes);
      }
    }
  }
}

/** Adds to the sums of one tap what the outputs `low` to `high` of a row give, for the channels from byte `begin` to `end`. */
function addTap(
  pixel: usize,
  stepBytes: usize,
  other: usize,
  pixelBytes: usize,
  low: i32,
  high: i32,
  to: usize,
  begin: usize,
  end: usize,
): void {
  if (high <= low) return;
  const from = pixel + low * stepBytes;
  other += low * pixelBytes;
  let c = begin;
  for (; c + 16 <= end; c += 16) {
    let p = from + c;
    let q = other + c;
    let sum = f32x4.splat(0);
    for (let left = high - low; left > 0; left--) {
      sum = mad(v128.load(p), v128.load(q), sum);
      p += stepBytes;
      q += pixelBytes;
    }
    v128.store(to + c, f32x4.add(v128.load(to + c), sum));
  }
  for (; c < end; c += 4) {
    let p = from + c;
    let q = other + c;
    let sum: f32 = 0;
    for (let left = high - low; left > 0; left--) {
      sum += f32.load(p) * f32.load(q);
      p += stepBytes;
      q += pixelBytes;
    }
    f32.store(to + c, f32.load(to + c) + sum);
  }
}

/** Repeats each float `count` times in a row; a chunk is a range of floats. */
export function repeatFloats(
  from: usize,
  to: usize,
  count: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(length, (chunk + 1) * perChunk);
  for (let i = chunk * perChunk; i < end; i++) {
    const value = f32.load(from + i * 4);
    for (let n: usize = 0; n < count; n++) f32.store(to + (i * count + n) * 4, value);
  }
}

/** Sums each `count` floats in a row, the reverse; a chunk is a range of sums. */
export function sumFloats(
  from: usize,
  to: usize,
  count: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(length, (chunk + 1) * perChunk);
  for (let i = chunk * perChunk; i < end; i++) {
    let sum: f32 = 0;
    for (let n: usize = 0; n < count; n++) sum += f32.load(from + (i * count + n) * 4);
    f32.store(to + i * 4, sum);
  }
}
