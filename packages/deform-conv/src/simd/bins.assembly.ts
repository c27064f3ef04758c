/**
 * Weighted sums of pixels, each weight the product of a row's and a column's: every RoI operation that takes means. A line is a count and
 * so many pairs of pixel (int32) and weight (float32); a bin is four int32: image, byte offsets of its line of rows and its line of columns,
 * and its first channel.
 */
import { mad } from "../../../backend-simd/src/kernels/mad.assembly";

/** One channel of a bin, the one of the image's first pixel that stands at `image`. */
// @ts-ignore: decorator
@inline
function sumScalar(image: usize, rows: usize, columns: usize, rowBytes: usize, pixelBytes: usize): f32 {
  let sum: f32 = 0;
  const rowsEnd = rows + 4 + (<usize>load<u32>(rows) << 3);
  const columnsEnd = columns + 4 + (<usize>load<u32>(columns) << 3);
  for (let r = rows + 4; r < rowsEnd; r += 8) {
    const line = image + <usize>load<u32>(r) * rowBytes;
    const weight = load<f32>(r, 4);
    for (let c = columns + 4; c < columnsEnd; c += 8) {
      sum += weight * load<f32>(c, 4) * load<f32>(line + <usize>load<u32>(c) * pixelBytes);
    }
  }
  return sum;
}

export function sumOf4(image: usize, rows: usize, columns: usize, rowBytes: usize, pixelBytes: usize, out: usize): void {
  let sum = f32x4.splat(0);
  const rowsEnd = rows + 4 + (<usize>load<u32>(rows) << 3);
  const columnsEnd = columns + 4 + (<usize>load<u32>(columns) << 3);
  for (let r = rows + 4; r < rowsEnd; r += 8) {
    const line = image + <usize>load<u32>(r) * rowBytes;
    const weight = load<f32>(r, 4);
    for (let c = columns + 4; c < columnsEnd; c += 8) {
      const w = f32x4.splat(weight * load<f32>(c, 4));
      sum = mad(w, v128.load(line + <usize>load<u32>(c) * pixelBytes), sum);
    }
  }
  v128.store(out, sum);
}

export function sumOf32(image: usize, rows: usize, columns: usize, rowBytes: usize, pixelBytes: usize, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  const rowsEnd = rows + 4 + (<usize>load<u32>(rows) << 3);
  const columnsEnd = columns + 4 + (<usize>load<u32>(columns) << 3);
  for (let r = rows + 4; r < rowsEnd; r += 8) {
    const line = image + <usize>load<u32>(r) * rowBytes;
    const weight = load<f32>(r, 4);
    for (let c = columns + 4; c < columnsEnd; c += 8) {
      const w = f32x4.splat(weight * load<f32>(c, 4));
      const from = line + <usize>load<u32>(c) * pixelBytes;
      s0 = mad(w, v128.load(from), s0);
      s1 = mad(w, v128.load(from, 16), s1);
      s2 = mad(w, v128.load(from, 32), s2);
      s3 = mad(w, v128.load(from, 48), s3);
      s4 = mad(w, v128.load(from, 64), s4);
      s5 = mad(w, v128.load(from, 80), s5);
      s6 = mad(w, v128.load(from, 96), s6);
      s7 = mad(w, v128.load(from, 112), s7);
    }
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
  v128.store(out, s4, 64);
  v128.store(out, s5, 80);
  v128.store(out, s6, 96);
  v128.store(out, s7, 112);
}

/** A chunk is a run of bins. `stride`: channels from one of a bin to its next. */
export function deformBinSums(
  image: usize,
  lines: usize,
  bins: usize,
  out: usize,
  channels: usize,
  stride: usize,
  rowBytes: usize,
  pixelBytes: usize,
  imageBytes: usize,
  total: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const end = min<usize>(total, (chunk + 1) * perChunk);
  for (let at = chunk * perChunk; at < end; at++) {
    const bin = bins + (at << 4);
    let from = image + <usize>load<u32>(bin) * imageBytes + (<usize>load<u32>(bin, 12) << 2);
    const rows = lines + <usize>load<u32>(bin, 4);
    const columns = lines + <usize>load<u32>(bin, 8);
    let to = out + at * channels * 4;
    let left = channels;
    if (stride == 1) {
      for (; left >= 32; left -= 32, from += 128, to += 128) sumOf32(from, rows, columns, rowBytes, pixelBytes, to);
      for (; left >= 4; left -= 4, from += 16, to += 16) sumOf4(from, rows, columns, rowBytes, pixelBytes, to);
    }
    for (; left != 0; left--, from += stride << 2, to += 4) {
      store<f32>(to, sumScalar(from, rows, columns, rowBytes, pixelBytes));
    }
  }
}

/** The adjoint, to be added to `imageGradient`; a chunk is a slice of each bin's channels, which one thread owns. */
export function deformBinGradient(
  imageGradient: usize,
  lines: usize,
  bins: usize,
  gradient: usize,
  channels: usize,
  stride: usize,
  rowBytes: usize,
  pixelBytes: usize,
  imageBytes: usize,
  total: usize,
  slice: usize,
  chunk: usize,
  scratch: usize,
): void {
  const first = chunk * slice;
  const count = min<usize>(slice, channels - first);
  const vectors = stride == 1 ? count >> 2 : 0;
  for (let at: usize = 0; at < total; at++) {
    const bin = bins + (at << 4);
    const start = <usize>load<u32>(bin, 12) + first * stride;
    const image = imageGradient + <usize>load<u32>(bin) * imageBytes + (start << 2);
    const rows = lines + <usize>load<u32>(bin, 4);
    const columns = lines + <usize>load<u32>(bin, 8);
    const rowsEnd = rows + 4 + (<usize>load<u32>(rows) << 3);
    const columnsEnd = columns + 4 + (<usize>load<u32>(columns) << 3);
    const dy = gradient + (at * channels + first) * 4;
    for (let r = rows + 4; r < rowsEnd; r += 8) {
      const line = image + <usize>load<u32>(r) * rowBytes;
      const weight = load<f32>(r, 4);
      for (let c = columns + 4; c < columnsEnd; c += 8) {
        const factor = weight * load<f32>(c, 4);
        const w = f32x4.splat(factor);
        let from = dy;
        let to = line + <usize>load<u32>(c) * pixelBytes;
        for (let v: usize = 0; v < vectors; v++, from += 16, to += 16) {
          v128.store(to, mad(w, v128.load(from), v128.load(to)));
        }
        for (let k: usize = vectors << 2; k < count; k++, from += 4, to += stride << 2) {
          store<f32>(to, load<f32>(to) + factor * load<f32>(from));
        }
      }
    }
  }
}
