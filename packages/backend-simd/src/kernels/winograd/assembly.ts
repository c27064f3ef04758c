/**
 * 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3): 36 small matrix products in place of 144. NHWC; all channel
 * numbers are multiples of 8. Images are cut into tiles of 4×4 outputs; those over the border are filled with zeros when
 * read and clipped when written. Points lie 64 bytes more than their data apart, as 36 streams a power of two apart
 * would fall into the same cache sets.
 */
import { EDGE_BYTES, copyFloats, multiplyColumns, multiplyRows, transpose4, zeroFloats } from "../gemm/assembly";
import {
  transformFilter,
  transformFilterGradient,
  transformGradient,
  transformInput,
  transformOutput,
} from "./transforms.assembly";

/** Bytes for the first pass of a transform: 6×6 vectors. */
const WORK_BYTES: usize = 576;

/** Filter (3, 3, C, N) to 36 × panels [N / 8][C][8]; a chunk is a range of input channels. */
export function winogradFilter(
  filter: usize,
  points: usize,
  channels: usize,
  outChannels: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const tap = channels * outChannels * 4;
  const point = tap + 64;
  const end = min<usize>(channels, (chunk + 1) * perChunk);
  for (let c = chunk * perChunk; c < end; c++) {
    for (let n: usize = 0; n < outChannels; n += 4) {
      const to = points + (n >> 3) * channels * 32 + c * 32 + (n & 7) * 4;
      transformFilter(filter + (c * outChannels + n) * 4, 3 * tap, tap, to, 6 * point, point, scratch);
    }
  }
}

/**
 * The same for the input gradient: the filter turned by 180°, output channels N as input: 36 × panels [C / 8][N][8].
 * A chunk is a range of fours of output channels.
 */
export function winogradFilterTurned(
  filter: usize,
  points: usize,
  channels: usize,
  outChannels: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const tap = channels * outChannels * 4;
  const point = tap + 64;
  const block = scratch + WORK_BYTES;
  const end = min<usize>(outChannels, (chunk + 1) * perChunk * 4);
  // From the last tap backwards: strides below zero, modulo 2^32.
  const row: usize = 0 - 3 * tap;
  const column: usize = 0 - tap;
  for (let n = chunk * perChunk * 4; n < end; n += 4) {
    for (let c: usize = 0; c < channels; c += 4) {
      for (let x: usize = 0; x < 4; x++) {
        const from = filter + 8 * tap + ((c + x) * outChannels + n) * 4;
        transformFilter(from, row, column, block + x * 16, 384, 64, scratch);
      }
      let to = points + (c >> 3) * outChannels * 32 + n * 32 + (c & 7) * 4;
      for (let p: usize = 0; p < 36; p++) {
        transpose4(block + p * 64, 16, to, 32);
        to += point;
      }
    }
  }
}

/** Copies size × size pixels around (row, column) with zeros outside the image; `count` of `channels` floats each. */
function copyPixels(
  image: usize,
  rows: i32,
  columns: i32,
  channels: usize,
  row: i32,
  column: i32,
  size: i32,
  count: usize,
  to: usize,
): void {
  for (let i = 0; i < size; i++) {
    const y = row + i;
    for (let j = 0; j < size; j++) {
      const x = column + j;
      if (y >= 0 && y < rows && x >= 0 && x < columns)
        copyFloats(to, image + <usize>(y * columns + x) * channels * 4, count);
      else zeroFloats(to, count);
      to += count * 4;
    }
  }
}

/**
 * Transforms the input of tiles first … end - 1 to 36 × [tile][count channels].
 * @param image address of its first channel to be taken
 * @param patch 36 × count floats of scratch
 */
function transformInputs(
  image: usize,
  rows: i32,
  columns: i32,
  channels: usize,
  tileRows: i32,
  tileColumns: i32,
  padTop: i32,
  padLeft: i32,
  first: i32,
  end: i32,
  count: usize,
  to: usize,
  point: usize,
  patch: usize,
  work: usize,
): void {
  const pixel = channels * 4;
  const bytes = count * 4;
  for (let tile = first; tile < end; tile++) {
    const tileRow = tile / tileColumns;
    const y = (tileRow % tileRows) * 4 - padTop;
    const x = (tile % tileColumns) * 4 - padLeft;
    const entry = image + <usize>(tileRow / tileRows) * rows * columns * pixel;
    let from = entry + (y * columns + x) * pixel;
    let rowStride = columns * pixel;
    let columnStride = pixel;
    if (y < 0 || x < 0 || y + 6 > rows || x + 6 > columns) {
      copyPixels(entry, rows, columns, channels, y, x, 6, count, patch);
      from = patch;
      rowStride = 6 * bytes;
      columnStride = bytes;
    }
    for (let c: usize = 0; c < bytes; c += 16)
      transformInput(from + c, rowStride, columnStride, to + c, 6 * point, point, work);
    to += bytes;
  }
}

/** The convolution; a chunk is a range of tiles, taken `block` at a time. */
export function winogradConvolve(
  image: usize,
  rows: i32,
  columns: i32,
  channels: usize,
  filterPoints: usize,
  out: usize,
  outRows: i32,
  outColumns: i32,
  outChannels: usize,
  padTop: i32,
  padLeft: i32,
  bias: usize,
  activation: i32,
  alpha: f32,
  block: i32,
  tiles: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const tileRows = (outRows + 3) / 4;
  const tileColumns = (outColumns + 3) / 4;
  const inPoint = block * channels * 4 + 64;
  const outPoint = block * outChannels * 4 + 64;
  const filterPoint = channels * outChannels * 4 + 64;
  const outPixel = outChannels * 4;
  const edge = scratch;
  const work = edge + EDGE_BYTES;
  const corner = work + WORK_BYTES; // 4×4 vectors of a tile that is clipped
  const inPoints = corner + 256;
  const outPoints = inPoints + 36 * inPoint;
  const patch = outPoints + 36 * outPoint;
  const end = min<i32>(tiles, (chunk + 1) * perChunk);
  for (let first = chunk * perChunk; first < end; first += block) {
    const last = min<i32>(end, first + block);
    transformInputs(
      image, rows, columns, channels, tileRows, tileColumns, padTop, padLeft, first, last, channels, inPoints, inPoint,
      patch, work,
    );
    for (let p: usize = 0; p < 36; p++) {
      multiplyRows(
        inPoints + p * inPoint, channels * 4, last - first, channels, filterPoints + p * filterPoint, channels * 32,
        outPoints + p * outPoint, outPixel, outChannels, false, true, 0, 0, 0, edge,
      );
    }
    let from = outPoints;
    for (let tile = first; tile < last; tile++) {
      const tileRow = tile / tileColumns;
      const y = (tileRow % tileRows) * 4;
      const x = (tile % tileColumns) * 4;
      const to = out + (<usize>((tileRow / tileRows) * outRows + y) * outColumns + x) * outPixel;
      const height = min<i32>(4, outRows - y);
      const width = min<i32>(4, outColumns - x);
      const inside = height == 4 && width == 4;
      for (let c: usize = 0; c < outPixel; c += 16) {
        const add = bias != 0 ? v128.load(bias + c) : f32x4.splat(0);
        if (inside) {
          transformOutput(
            from + c, 6 * outPoint, outPoint, to + c, outColumns * outPixel, outPixel, work, add, activation, alpha,
          );
        } else {
          transformOutput(from + c, 6 * outPoint, outPoint, corner, 64, 16, work, add, activation, alpha);
          for (let i = 0; i < height; i++) {
            for (let j = 0; j < width; j++)
              v128.store(to + (i * outColumns + j) * outPixel + c, v128.load(corner + i * 64 + j * 16));
          }
        }
      }
      from += outPixel;
    }
  }
}

/**
 * Filter gradient at the 36 points: partial g holds the sum over the tiles of group g, 36 × (C, N). Chunk g * slabs + s
 * makes `slab` input channels of it.
 */
export function winogradFilterGradient(
  image: usize,
  rows: i32,
  columns: i32,
  channels: usize,
  gradient: usize,
  outRows: i32,
  outColumns: i32,
  outChannels: usize,
  padTop: i32,
  padLeft: i32,
  partials: usize,
  partialStride: usize,
  slab: usize,
  slabs: i32,
  block: i32,
  tiles: i32,
  perGroup: i32,
  chunk: i32,
  scratch: usize,
): void {
  const tileRows = (outRows + 3) / 4;
  const tileColumns = (outColumns + 3) / 4;
  const group = chunk / slabs;
  const channel = <usize>(chunk % slabs) * slab;
  const count = min<usize>(slab, channels - channel);
  const inPoint = block * count * 4 + 64;
  const outPoint = block * outChannels * 4 + 64;
  const filterPoint = channels * outChannels * 4 + 64;
  const outPixel = outChannels * 4;
  const edge = scratch;
  const work = edge + EDGE_BYTES;
  const inPoints = work + WORK_BYTES;
  const outPoints = inPoints + 36 * inPoint;
  const patch = outPoints + 36 * outPoint;
  const sums = partials + group * partialStride + channel * outPixel;
  const start = group * perGroup;
  const end = min<i32>(tiles, start + perGroup);
  for (let first = start; first < end; first += block) {
    const last = min<i32>(end, first + block);
    transformInputs(
      image + channel * 4, rows, columns, channels, tileRows, tileColumns, padTop, padLeft, first, last, count,
      inPoints, inPoint, patch, work,
    );
    let to = outPoints;
    for (let tile = first; tile < last; tile++) {
      const tileRow = tile / tileColumns;
      const y = (tileRow % tileRows) * 4;
      const x = (tile % tileColumns) * 4;
      const entry = gradient + <usize>(tileRow / tileRows) * outRows * outColumns * outPixel;
      let from = entry + <usize>(y * outColumns + x) * outPixel;
      let rowStride = outColumns * outPixel;
      if (y + 4 > outRows || x + 4 > outColumns) {
        copyPixels(entry, outRows, outColumns, outChannels, y, x, 4, outChannels, patch);
        from = patch;
        rowStride = 4 * outPixel;
      }
      for (let c: usize = 0; c < outPixel; c += 16)
        transformGradient(from + c, rowStride, outPixel, to + c, 6 * outPoint, outPoint, work);
      to += outPixel;
    }
    for (let p: usize = 0; p < 36; p++) {
      multiplyColumns(
        inPoints + p * inPoint, 24, count * 4, count, last - first, outPoints + p * outPoint, 32, outPixel,
        sums + p * filterPoint, outPixel, outChannels, first != start, true, 0, 0, 0, edge,
      );
    }
  }
}

/** From the 36 points back to the 9 taps; a chunk is a range of fours of (C, N). */
export function winogradFilterGradientFinish(
  sums: usize,
  out: usize,
  length: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const tap = length * 4;
  const point = tap + 64;
  const end = min<usize>(tap, (chunk + 1) * perChunk * 16);
  for (let i = chunk * perChunk * 16; i < end; i += 16)
    transformFilterGradient(sums + i, 6 * point, point, out + i, 3 * tap, tap, scratch);
}
