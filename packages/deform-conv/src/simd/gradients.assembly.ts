import {
  EDGE_BYTES,
  multiplyColumns,
  multiplyRows,
  packPanel,
  packPanelTransposed,
} from "../../../backend-simd/src/kernels/gemm/assembly";
import { mad } from "../../../backend-simd/src/kernels/mad.assembly";
import { pixelAt } from "./forward.assembly";
import { entryAt, planBytes, planWindow } from "./plan.assembly";
import { Shape } from "./settings.assembly";

/**
 * Channels are cut into slices of one length that cross neither groups nor offset groups. A slice owns its channels of the image's and
 * its rows of the filter's gradient, so that threads never write to the same place; what it finds of the offsets and the mask is one of
 * the parts that `deformReduce` adds in order.
 */

// @ts-ignore: decorator
@inline
function paddedSlice(slice: usize): usize {
  return (slice + 7) & ~(<usize>7);
}

/** Packs the filter for its product with the result's gradient: of each slice and tap panels of 8 channels, outputs by channel. */
export function deformPackTransposed(
  shape: Shape,
  filter: usize,
  packed: usize,
  slice: usize,
  chunk: usize,
  scratch: usize,
): void {
  const taps = <usize>shape.taps;
  const perGroup = <usize>(shape.inChannels / shape.groups);
  const outputs = <usize>(shape.outChannels / shape.groups);
  const outBytes = <usize>shape.outChannels * 4;
  const channel = chunk * slice;
  const group = channel / perGroup;
  const panels = paddedSlice(slice) >> 3;
  let to = packed + chunk * taps * panels * outputs * 32;
  for (let tap: usize = 0; tap < taps; tap++) {
    const from = filter + (tap * perGroup + (channel - group * perGroup)) * outBytes + group * outputs * 4;
    for (let panel: usize = 0; panel < panels; panel++) {
      packPanelTransposed(from + panel * 8 * outBytes, outBytes, to, outputs, min<usize>(8, slice - panel * 8));
      to += outputs * 32;
    }
  }
}

/** Plans the windows of a strip; a chunk is 64 of them. */
export function deformPlan(
  shape: Shape,
  offset: usize,
  mask: usize,
  plans: usize,
  first: i32,
  windows: i32,
  chunk: i32,
  scratch: usize,
): void {
  const bytes = planBytes(<usize>(shape.taps * shape.offsetGroups));
  const end = min<i32>(windows, (chunk + 1) << 6);
  for (let w = chunk << 6; w < end; w++) planWindow(shape, first + w, offset, mask, plans + <usize>w * bytes, false);
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): f32 {
  const half = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1);
}

/** Slopes of one tap's sample in mask, row and column, summed over channels, to `part`; the masked samples to `column`. */
export function differentiateTap(
  entry: usize,
  image: usize,
  zeros: usize,
  slopes: usize,
  count: usize,
  column: usize,
  part: usize,
): void {
  let p00 = pixelAt(entry, image, zeros);
  let p01 = pixelAt(entry + 16, image, zeros);
  let p10 = pixelAt(entry + 32, image, zeros);
  let p11 = pixelAt(entry + 48, image, zeros);
  const ly = v128.load32_splat(entry, 64);
  const lx = v128.load32_splat(entry, 80);
  const m = v128.load32_splat(entry, 96);
  let ofMask = f32x4.splat(0);
  let ofRow = f32x4.splat(0);
  let ofColumn = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const v00 = v128.load(p00);
    const v10 = v128.load(p10);
    const across0 = f32x4.sub(v128.load(p01), v00);
    const across1 = f32x4.sub(v128.load(p11), v10);
    const top = mad(across0, lx, v00);
    const down = f32x4.sub(mad(across1, lx, v10), top);
    const value = mad(down, ly, top);
    const slope = v128.load(slopes);
    v128.store(column, f32x4.mul(value, m));
    ofMask = mad(slope, value, ofMask);
    ofRow = mad(slope, down, ofRow);
    ofColumn = mad(slope, mad(f32x4.sub(across1, across0), ly, across0), ofColumn);
    p00 += 16;
    p01 += 16;
    p10 += 16;
    p11 += 16;
    slopes += 16;
    column += 16;
  }
  for (; count != 0; count--) {
    const v00 = v128.load32_zero(p00);
    const v10 = v128.load32_zero(p10);
    const across0 = f32x4.sub(v128.load32_zero(p01), v00);
    const across1 = f32x4.sub(v128.load32_zero(p11), v10);
    const top = mad(across0, lx, v00);
    const down = f32x4.sub(mad(across1, lx, v10), top);
    const value = mad(down, ly, top);
    const slope = v128.load32_zero(slopes);
    store<f32>(column, f32x4.extract_lane(f32x4.mul(value, m), 0));
    ofMask = mad(slope, value, ofMask);
    ofRow = mad(slope, down, ofRow);
    ofColumn = mad(slope, mad(f32x4.sub(across1, across0), ly, across0), ofColumn);
    p00 += 4;
    p01 += 4;
    p10 += 4;
    p11 += 4;
    slopes += 4;
    column += 4;
  }
  store<f32>(part, sumLanes(ofMask));
  store<f32>(part, sumLanes(ofRow), 4);
  store<f32>(part, sumLanes(ofColumn), 8);
}

// @ts-ignore: decorator
@inline
function addTo(pixel: usize, weight: v128, value: v128): void {
  v128.store(pixel, mad(weight, value, v128.load(pixel)));
}

// @ts-ignore: decorator
@inline
function addOne(pixel: usize, weight: f32, value: f32): void {
  store<f32>(pixel, load<f32>(pixel) + weight * value);
}

/** Adds the slopes of one tap's samples to the gradient of the four pixels it read. */
export function scatterTap(entry: usize, imageGradient: usize, outside: usize, slopes: usize, count: usize): void {
  let p00 = pixelAt(entry, imageGradient, outside);
  let p01 = pixelAt(entry + 16, imageGradient, outside);
  let p10 = pixelAt(entry + 32, imageGradient, outside);
  let p11 = pixelAt(entry + 48, imageGradient, outside);
  const m = load<f32>(entry, 96);
  const bottom = load<f32>(entry, 64) * m;
  const top = m - bottom;
  const lx = load<f32>(entry, 80);
  const s01 = top * lx;
  const s11 = bottom * lx;
  const s00 = top - s01;
  const s10 = bottom - s11;
  const w00 = f32x4.splat(s00);
  const w01 = f32x4.splat(s01);
  const w10 = f32x4.splat(s10);
  const w11 = f32x4.splat(s11);
  for (; count >= 4; count -= 4) {
    const slope = v128.load(slopes);
    addTo(p00, w00, slope);
    addTo(p01, w01, slope);
    addTo(p10, w10, slope);
    addTo(p11, w11, slope);
    p00 += 16;
    p01 += 16;
    p10 += 16;
    p11 += 16;
    slopes += 16;
  }
  for (; count != 0; count--) {
    const slope = load<f32>(slopes);
    addOne(p00, s00, slope);
    addOne(p01, s01, slope);
    addOne(p10, s10, slope);
    addOne(p11, s11, slope);
    p00 += 4;
    p01 += 4;
    p10 += 4;
    p11 += 4;
    slopes += 4;
  }
}

/**
 * The gradients of one slice (`chunk`) from a strip of windows.
 * @param packed see deformPackTransposed
 * @param plans see deformPlan
 * @param imageGradient to be added to; 0: not wanted
 * @param filterGradient to be added to; 0: neither it nor the parts are wanted, and the image is not read
 * @param parts of each slice, window and tap the slopes in mask, row and column
 * @param block windows at a time
 */
export function deformGradients(
  shape: Shape,
  image: usize,
  packed: usize,
  plans: usize,
  gradient: usize,
  imageGradient: usize,
  filterGradient: usize,
  parts: usize,
  slice: usize,
  first: usize,
  windows: usize,
  block: usize,
  chunk: usize,
  scratch: usize,
): void {
  const taps = <usize>shape.taps;
  const perGroup = <usize>(shape.inChannels / shape.groups);
  const perOffset = <usize>(shape.inChannels / shape.offsetGroups);
  const outputs = <usize>(shape.outChannels / shape.groups);
  const outBytes = <usize>shape.outChannels * 4;
  const padded = paddedSlice(slice);
  const width = taps * padded;
  // A power of two would put the rows into few sets of the cache.
  const rowBytes = width * 4 + 64;
  const edge = scratch;
  const outside = edge + EDGE_BYTES;
  const slopes = outside + ((slice * 4 + 63) & ~(<usize>63));
  const columns = slopes + block * rowBytes;
  const panels = columns + block * rowBytes;
  const channel = chunk * slice;
  const group = channel / perGroup;
  const offsetGroup = channel / perOffset;
  const bytesOfPlan = planBytes(taps * <usize>shape.offsetGroups);
  const filterPart = filterGradient + (channel - group * perGroup) * outBytes + group * outputs * 4;
  const packedSlice = packed + chunk * width * outputs * 4;
  for (let start: usize = 0; start < windows; start += block) {
    const rows = min<usize>(block, windows - start);
    const dy = gradient + (first + start) * outBytes + group * outputs * 4;
    multiplyRows(
      dy, outBytes, rows, outputs, packedSlice, outputs * 32, slopes, rowBytes, width, false, true, 0, 0, 0, edge,
    );
    for (let w: usize = 0; w < rows; w++) {
      const plan = plans + (start + w) * bytesOfPlan;
      const row = w * rowBytes;
      let part = parts + ((chunk * windows + start + w) * taps) * 12;
      for (let tap: usize = 0; tap < taps; tap++) {
        const entry = entryAt(plan, offsetGroup * taps + tap);
        const at = row + tap * padded * 4;
        if (filterGradient != 0) {
          differentiateTap(entry, image + channel * 4, shape.zeros, slopes + at, slice, columns + at, part);
          part += 12;
        }
        if (imageGradient != 0) scatterTap(entry, imageGradient + channel * 4, outside, slopes + at, slice);
      }
    }
    if (filterGradient != 0) {
      let b = dy;
      let panelStride: usize = 32;
      let bStep = outBytes;
      if ((outputs & 7) != 0) {
        b = panels;
        bStep = 32;
        panelStride = rows * 32;
        for (let j: usize = 0; j < outputs; j += 8) {
          packPanel(dy + j * 4, outBytes, panels + (j >> 3) * panelStride, rows, min<usize>(8, outputs - j));
        }
      }
      for (let tap: usize = 0; tap < taps; tap++) {
        multiplyColumns(
          columns + tap * padded * 4, 24, rowBytes, slice, rows, b, panelStride, bStep,
          filterPart + tap * perGroup * outBytes, outBytes, outputs, first + start != 0, true, 0, 0, 0, edge,
        );
      }
    }
  }
}

/** Adds the parts of a strip's windows to the gradients of offset and mask; a chunk is 64 windows. */
export function deformReduce(
  shape: Shape,
  parts: usize,
  mask: usize,
  offsetGradient: usize,
  maskGradient: usize,
  slices: usize,
  first: usize,
  windows: usize,
  chunk: usize,
  scratch: usize,
): void {
  const taps = <usize>shape.taps;
  const groups = <usize>shape.offsetGroups;
  const perOffset = slices / groups;
  const sliceBytes = windows * taps * 12;
  const end = min<usize>(windows, (chunk + 1) << 6);
  for (let w = chunk << 6; w < end; w++) {
    for (let group: usize = 0; group < groups; group++) {
      for (let tap: usize = 0; tap < taps; tap++) {
        let from = parts + group * perOffset * sliceBytes + (w * taps + tap) * 12;
        let ofMask: f32 = 0;
        let ofRow: f32 = 0;
        let ofColumn: f32 = 0;
        for (let n: usize = 0; n < perOffset; n++) {
          ofMask += load<f32>(from);
          ofRow += load<f32>(from, 4);
          ofColumn += load<f32>(from, 8);
          from += sliceBytes;
        }
        const at = ((first + w) * groups + group) * taps + tap;
        const m: f32 = mask == 0 ? 1 : load<f32>(mask + at * 4);
        store<f32>(offsetGradient + at * 8, m * ofRow);
        store<f32>(offsetGradient + at * 8 + 4, m * ofColumn);
        store<f32>(maskGradient + at * 4, ofMask);
      }
    }
  }
}
