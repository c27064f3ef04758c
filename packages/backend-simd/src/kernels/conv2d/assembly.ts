/**
 * Convolution as a product of matrices: rows of A are patches of the image, copied block by block into scratch.
 *
 * "Gather" form: output (r, c) of a grid sums taps (i, j) at image position
 * (r * rowStep + rowOffset + i * rowTapStep, c * columnStep + columnOffset + j * columnTapStep), zero outside. The
 * forward pass is one such grid; the input gradient is one for each phase of the strides, with the output gradient as
 * the image.
 */
import {
  EDGE_BYTES,
  ROW_STRIDE,
  copyFloats,
  multiplyColumns,
  multiplyRows,
  packPanel,
  packPanelTransposed,
  zeroFloats,
} from "../gemm/assembly";

/**
 * Copies patch elements k0 … k0 + count - 1, in the order (tap row, tap column, channel).
 * @param image address of the first row of this entry of the batch
 * @param row, column image position of the first tap
 */
function copyPatch(
  image: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  row: i32,
  column: i32,
  tapColumns: i32,
  rowTapStep: i32,
  columnTapStep: i32,
  k0: i32,
  count: i32,
  to: usize,
): void {
  // Taps that lie side by side are copied as one run.
  const tapsPerRun = columnTapStep == 1 ? tapColumns : 1;
  const runLength = tapsPerRun * channels;
  const runsPerRow = tapColumns / tapsPerRun;
  const width = columns * channels;
  let run = k0 / runLength;
  let start = k0 - run * runLength;
  let tapRow = run / runsPerRow;
  let tapColumn = run - tapRow * runsPerRow;
  while (count > 0) {
    const end = min<i32>(runLength, start + count);
    const y = row + tapRow * rowTapStep;
    if (y < 0 || y >= rows) {
      zeroFloats(to, end - start);
    } else {
      // Position in the image row of element `start` of the run is x + start; inside are 0 <= x + s < width.
      const x = (column + tapColumn * columnTapStep) * channels;
      const low = min<i32>(end, max<i32>(start, -x));
      const high = max<i32>(low, min<i32>(end, width - x));
      if (low > start) zeroFloats(to, low - start);
      copyFloats(to + (low - start) * 4, image + (y * width + x + low) * 4, high - low);
      if (end > high) zeroFloats(to + (high - start) * 4, end - high);
    }
    to += (end - start) * 4;
    count -= end - start;
    start = 0;
    if (++tapColumn == runsPerRow) {
      tapColumn = 0;
      tapRow++;
    }
  }
}

/** Copies the patches of grid positions first … first + pixels - 1, ROW_STRIDE bytes apart. */
function copyPatches(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  channels: i32,
  gridRows: i32,
  gridColumns: i32,
  rowOffset: i32,
  rowTapStep: i32,
  rowStep: i32,
  tapColumns: i32,
  columnOffset: i32,
  columnTapStep: i32,
  columnStep: i32,
  first: i32,
  pixels: i32,
  k0: i32,
  count: i32,
  to: usize,
): void {
  if (pixels == 0 || count == 0) return; // empty grids and phases without taps: nothing to divide by
  let gridRow = first / gridColumns;
  let gridColumn = first - gridRow * gridColumns;
  const imageBytes: usize = imageRows * imageColumns * channels * 4;
  let entry = image + (gridRow / gridRows) * imageBytes;
  gridRow %= gridRows;
  for (; pixels > 0; pixels--) {
    copyPatch(
      entry, imageRows, imageColumns, channels, gridRow * rowStep + rowOffset,
      gridColumn * columnStep + columnOffset, tapColumns, rowTapStep, columnTapStep, k0, count, to,
    );
    to += ROW_STRIDE;
    if (++gridColumn == gridColumns) {
      gridColumn = 0;
      if (++gridRow == gridRows) {
        gridRow = 0;
        entry += imageBytes;
      }
    }
  }
}

/**
 * One grid of outputs; a chunk is a run of grid positions.
 * @param packed panels of the filter, (tap row, tap column, channel) by output channel
 * @param outImageStride, outRowStride, outPixelStride bytes: a phase of the input gradient writes every s-th pixel
 * @param kBlock patch elements copied at a time, at most 256
 * @param block grid positions at a time, at most 120
 */
export function convolve(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  channels: i32,
  packed: usize,
  out: usize,
  outChannels: usize,
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
  kBlock: i32,
  block: i32,
  total: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const edge = scratch;
  const patches = scratch + EDGE_BYTES;
  const spread = patches + block * ROW_STRIDE;
  const outBytes = outChannels * 4;
  // No gaps between pixels, rows and images: results are stored where they belong at once.
  const dense = outImageStride == gridRows * gridColumns * outBytes;
  const inner = tapRows * tapColumns * channels;
  const panelStride: usize = inner * 32;
  const end = min<i32>(total, (chunk + 1) * perChunk);
  for (let first = chunk * perChunk; first < end; first += block) {
    const pixels = min<i32>(block, end - first);
    const to = dense ? out + first * outBytes : spread;
    let k = 0;
    // At least one pass, as an output without taps is zero.
    do {
      const count = min<i32>(kBlock, inner - k);
      copyPatches(
        image, imageRows, imageColumns, channels, gridRows, gridColumns, rowOffset, rowTapStep, rowStep, tapColumns,
        columnOffset, columnTapStep, columnStep, first, pixels, k, count, patches,
      );
      multiplyRows(
        patches, ROW_STRIDE, pixels, count, packed + k * 32, panelStride, to, outBytes, outChannels, k != 0,
        k + count == inner, bias, activation, alpha, edge,
      );
      k += count;
    } while (k < inner);
    if (!dense) {
      let gridRow = first / gridColumns;
      let gridColumn = first - gridRow * gridColumns;
      let entry = out + (gridRow / gridRows) * outImageStride;
      gridRow %= gridRows;
      let from = spread;
      for (let i = 0; i < pixels; i++) {
        copyFloats(entry + gridRow * outRowStride + gridColumn * outPixelStride, from, outChannels);
        from += outBytes;
        if (++gridColumn == gridColumns) {
          gridColumn = 0;
          if (++gridRow == gridRows) {
            gridRow = 0;
            entry += outImageStride;
          }
        }
      }
    }
  }
}

/**
 * Packs the filter for one phase of the input gradient: taps (firstRow + i * rowStep, firstColumn + j * columnStep),
 * which become rows (tap row, tap column, output channel) and columns (input channel). An item is a panel of one tap.
 */
export function convolvePackInputGradient(
  filter: usize,
  filterColumns: i32,
  channels: usize,
  outChannels: usize,
  tapRows: i32,
  firstRow: i32,
  rowStep: i32,
  tapColumns: i32,
  firstColumn: i32,
  columnStep: i32,
  packed: usize,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const taps = tapRows * tapColumns;
  const end = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const panel: usize = item / taps;
    const tap: usize = item % taps;
    const tapRow = firstRow + (tap / tapColumns) * rowStep;
    const tapColumn = firstColumn + (tap % tapColumns) * columnStep;
    const from = filter + ((tapRow * filterColumns + tapColumn) * channels + panel * 8) * outChannels * 4;
    const to = packed + (panel * taps + tap) * outChannels * 32;
    packPanelTransposed(from, outChannels * 4, to, outChannels, min<usize>(8, channels - panel * 8));
  }
}

/**
 * Filter gradient: (patches)ᵀ times the output gradient. Chunk g * kBlocks + i sums the pixels of group g for block i of
 * the filter's rows (tap row, tap column, channel), into partial g.
 */
export function convolveFilterGradient(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  channels: i32,
  gradient: usize,
  outChannels: usize,
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
  kBlock: i32,
  kBlocks: i32,
  block: i32,
  total: i32,
  perGroup: i32,
  chunk: i32,
  scratch: usize,
): void {
  const edge = scratch;
  const patches = scratch + EDGE_BYTES;
  const panels = patches + block * ROW_STRIDE;
  const group = chunk / kBlocks;
  const k = (chunk % kBlocks) * kBlock;
  const inner = tapRows * tapColumns * channels;
  const count = min<i32>(kBlock, inner - k);
  const outBytes = outChannels * 4;
  const to = partials + group * partialStride + k * outBytes;
  const start = min<i32>(total, group * perGroup);
  const end = min<i32>(total, start + perGroup);
  let first = start;
  // At least one pass, as the gradient of nothing is zero.
  do {
    const pixels = min<i32>(block, end - first);
    copyPatches(
      image, imageRows, imageColumns, channels, gridRows, gridColumns, rowOffset, rowTapStep, rowStep, tapColumns,
      columnOffset, columnTapStep, columnStep, first, pixels, k, count, patches,
    );
    const panelStride: usize = pixels * 32;
    for (let j: usize = 0; j < outChannels; j += 8) {
      const width = min<usize>(8, outChannels - j);
      packPanel(gradient + first * outBytes + j * 4, outBytes, panels + (j / 8) * panelStride, pixels, width);
    }
    multiplyColumns(
      patches, 24, ROW_STRIDE, count, pixels, panels, panelStride, 32, to, outBytes, outChannels, first != start, true,
      0, 0, 0, edge,
    );
    first += pixels;
  } while (first < end);
}
