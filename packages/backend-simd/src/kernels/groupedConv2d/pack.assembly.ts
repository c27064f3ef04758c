/** The filters of all groups in panels, in the order in which the tiles read them. */
import { packPanel, packPanelTransposed, transpose4 } from "../gemm/assembly";

/**
 * Packs the filters of all groups: panels of 8 output columns, the last one of 4 if that is enough, each for all blocks of
 * channels one after the other as [tap][channel][column], filled up with zeros. Tap (i, j) is (firstRow + i * rowStep,
 * firstColumn + j * columnStep). An item is a panel.
 * @param channels, columns of a group: rows of the product for each tap, and its columns
 * @param channelStride, columnStride, groupStride bytes in the filter; one of the first two is 4
 */
export function groupedPack(
  filter: usize,
  filterColumns: i32,
  tapBytes: usize,
  tapRows: i32,
  firstRow: i32,
  rowStep: i32,
  tapColumns: i32,
  firstColumn: i32,
  columnStep: i32,
  channels: i32,
  channelStride: usize,
  columns: i32,
  columnStride: usize,
  groupStride: usize,
  channelBlock: i32,
  packed: usize,
  packedGroupBytes: usize,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const panels = (columns + 7) / 8;
  const end = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const group = item / panels;
    const j = (item - group * panels) * 8;
    const width: usize = min<i32>(8, columns - j);
    const panel = filter + group * groupStride + j * columnStride;
    let to = packed + group * packedGroupBytes + <usize>(tapRows * tapColumns * j * channels) * 4;
    for (let first = 0; first < channels; first += channelBlock) {
      const count: usize = min<i32>(channelBlock, channels - first);
      for (let i = 0; i < tapRows; i++) {
        for (let t = 0; t < tapColumns; t++) {
          const tap = (firstRow + i * rowStep) * filterColumns + firstColumn + t * columnStep;
          const from = panel + tap * tapBytes + first * channelStride;
          if (width > 4) {
            if (columnStride == 4) packPanel(from, channelStride, to, count, width);
            else packPanelTransposed(from, columnStride, to, count, width);
            to += count * 32;
          } else {
            packNarrow(from, channelStride, columnStride, to, count, width);
            to += count * 16;
          }
        }
      }
    }
  }
}

/**
 * The same for bundles of four groups: panels of two output columns as [tap][channel][column][group], filled up with zeros.
 * An item is a bundle.
 */
export function groupedPackLanes(
  filter: usize,
  filterColumns: i32,
  tapBytes: usize,
  tapRows: i32,
  firstRow: i32,
  rowStep: i32,
  tapColumns: i32,
  firstColumn: i32,
  columnStep: i32,
  channels: i32,
  channelStride: usize,
  columns: i32,
  columnStride: usize,
  groupStride: usize,
  packed: usize,
  packedBundleBytes: usize,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const end = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const bundle = filter + item * 4 * groupStride;
    let to = packed + item * packedBundleBytes;
    for (let j = 0; j < columns; j += 2) {
      const second = j + 1 < columns;
      for (let i = 0; i < tapRows; i++) {
        for (let t = 0; t < tapColumns; t++) {
          const tap = (firstRow + i * rowStep) * filterColumns + firstColumn + t * columnStep;
          let from = bundle + tap * tapBytes + j * columnStride;
          for (let c = 0; c < channels; c++, from += channelStride, to += 32) {
            for (let g: usize = 0; g < 4; g++) {
              const p = from + g * groupStride;
              f32.store(to + g * 4, f32.load(p));
              f32.store(to + g * 4, second ? f32.load(p + columnStride) : 0, 16);
            }
          }
        }
      }
    }
  }
}

/** Packs `width` <= 4 columns as [k][4], filled up with zeros. */
export function packNarrow(from: usize, stride: usize, columnStride: usize, to: usize, k: usize, width: usize): void {
  if (width == 4 && columnStride == 4) {
    for (; k != 0; k--, from += stride, to += 16) v128.store(to, v128.load(from));
    return;
  }
  if (width == 4 && stride == 4) {
    for (; k >= 4; k -= 4, from += 16, to += 64) transpose4(from, columnStride, to, 16);
  }
  for (; k != 0; k--, from += stride, to += 16) {
    v128.store(to, f32x4.splat(0));
    for (let j: usize = 0; j < width; j++) f32.store(to + j * 4, f32.load(from + j * columnStride));
  }
}
