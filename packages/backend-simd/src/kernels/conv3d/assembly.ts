/**
 * 3-D convolution as a product of matrices, in the gather form of conv2d with one axis more: output (d, r, c) of a grid sums
 * taps (h, i, j) at volume position (d * depthStep + depthOffset + h * depthTapStep, …), zero outside.
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
 * Copies patch elements k0 … k0 + count - 1, in the order (tap plane, tap row, tap column, channel).
 * @param volume address of this entry of the batch
 * @param plane, row, column position of the first tap
 */
function copyPatch(
  volume: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  plane: i32,
  row: i32,
  column: i32,
  tapRows: i32,
  tapColumns: i32,
  depthTapStep: i32,
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
  const run = k0 / runLength;
  let start = k0 - run * runLength;
  let tapRow = run / runsPerRow;
  let tapColumn = run - tapRow * runsPerRow;
  const tapPlane = tapRow / tapRows;
  tapRow -= tapPlane * tapRows;
  let z = plane + tapPlane * depthTapStep;
  while (count > 0) {
    const end = min<i32>(runLength, start + count);
    const y = row + tapRow * rowTapStep;
    if (z < 0 || z >= planes || y < 0 || y >= rows) {
      zeroFloats(to, end - start);
    } else {
      // Position in the row of element `start` of the run is x + start; inside are 0 <= x + s < width.
      const x = (column + tapColumn * columnTapStep) * channels;
      const low = min<i32>(end, max<i32>(start, -x));
      const high = max<i32>(low, min<i32>(end, width - x));
      if (low > start) zeroFloats(to, low - start);
      copyFloats(to + (low - start) * 4, volume + ((z * rows + y) * width + x + low) * 4, high - low);
      if (end > high) zeroFloats(to + (high - start) * 4, end - high);
    }
    to += (end - start) * 4;
    count -= end - start;
    start = 0;
    if (++tapColumn == runsPerRow) {
      tapColumn = 0;
      if (++tapRow == tapRows) {
        tapRow = 0;
        z += depthTapStep;
      }
    }
  }
}

/** Copies the patches of grid positions first … first + voxels - 1, ROW_STRIDE bytes apart. */
function copyPatches(
  volume: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  gridPlanes: i32,
  gridRows: i32,
  gridColumns: i32,
  depthOffset: i32,
  depthTapStep: i32,
  depthStep: i32,
  tapRows: i32,
  rowOffset: i32,
  rowTapStep: i32,
  rowStep: i32,
  tapColumns: i32,
  columnOffset: i32,
  columnTapStep: i32,
  columnStep: i32,
  first: i32,
  voxels: i32,
  k0: i32,
  count: i32,
  to: usize,
): void {
  if (voxels == 0 || count == 0) return; // empty grids and phases without taps: nothing to divide by
  let gridRow = first / gridColumns;
  let gridColumn = first - gridRow * gridColumns;
  let gridPlane = gridRow / gridRows;
  gridRow -= gridPlane * gridRows;
  const volumeBytes: usize = planes * rows * columns * channels * 4;
  let entry = volume + (gridPlane / gridPlanes) * volumeBytes;
  gridPlane %= gridPlanes;
  for (; voxels > 0; voxels--) {
    copyPatch(
      entry, planes, rows, columns, channels, gridPlane * depthStep + depthOffset, gridRow * rowStep + rowOffset,
      gridColumn * columnStep + columnOffset, tapRows, tapColumns, depthTapStep, rowTapStep, columnTapStep, k0, count, to,
    );
    to += ROW_STRIDE;
    if (++gridColumn == gridColumns) {
      gridColumn = 0;
      if (++gridRow == gridRows) {
        gridRow = 0;
        if (++gridPlane == gridPlanes) {
          gridPlane = 0;
          entry += volumeBytes;
        }
      }
    }
  }
}

/**
 * One grid of outputs; a chunk is a run of grid positions.
 * @param packed panels of the filter, (tap plane, tap row, tap column, channel) by output channel
 * @param outVolumeStride, outPlaneStride, outRowStride, outVoxelStride bytes
 * @param kBlock patch elements copied at a time, at most 256
 * @param block grid positions at a time, at most 120
 */
export function convolve3d(
  volume: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  packed: usize,
  out: usize,
  outChannels: usize,
  gridPlanes: i32,
  gridRows: i32,
  gridColumns: i32,
  tapPlanes: i32,
  depthOffset: i32,
  depthTapStep: i32,
  depthStep: i32,
  tapRows: i32,
  rowOffset: i32,
  rowTapStep: i32,
  rowStep: i32,
  tapColumns: i32,
  columnOffset: i32,
  columnTapStep: i32,
  columnStep: i32,
  outVolumeStride: usize,
  outPlaneStride: usize,
  outRowStride: usize,
  outVoxelStride: usize,
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
  // No gaps between voxels, rows, planes and volumes: results are stored where they belong at once.
  const dense = outVolumeStride == gridPlanes * gridRows * gridColumns * outBytes;
  const inner = tapPlanes * tapRows * tapColumns * channels;
  const panelStride: usize = inner * 32;
  const end = min<i32>(total, (chunk + 1) * perChunk);
  for (let first = chunk * perChunk; first < end; first += block) {
    const voxels = min<i32>(block, end - first);
    const to = dense ? out + first * outBytes : spread;
    let k = 0;
    // At least one pass, as an output without taps is zero.
    do {
      const count = min<i32>(kBlock, inner - k);
      copyPatches(
        volume, planes, rows, columns, channels, gridPlanes, gridRows, gridColumns, depthOffset, depthTapStep, depthStep,
        tapRows, rowOffset, rowTapStep, rowStep, tapColumns, columnOffset, columnTapStep, columnStep, first, voxels, k,
        count, patches,
      );
      multiplyRows(
        patches, ROW_STRIDE, voxels, count, packed + k * 32, panelStride, to, outBytes, outChannels, k != 0,
        k + count == inner, 0, 0, 0, edge,
      );
      k += count;
    } while (k < inner);
    if (!dense) {
      let gridRow = first / gridColumns;
      let gridColumn = first - gridRow * gridColumns;
      let gridPlane = gridRow / gridRows;
      gridRow -= gridPlane * gridRows;
      let entry = out + (gridPlane / gridPlanes) * outVolumeStride;
      gridPlane %= gridPlanes;
      let from = spread;
      for (let i = 0; i < voxels; i++) {
        const place = entry + gridPlane * outPlaneStride + gridRow * outRowStride + gridColumn * outVoxelStride;
        copyFloats(place, from, outChannels);
        from += outBytes;
        if (++gridColumn == gridColumns) {
          gridColumn = 0;
          if (++gridRow == gridRows) {
            gridRow = 0;
            if (++gridPlane == gridPlanes) {
              gridPlane = 0;
              entry += outVolumeStride;
            }
          }
        }
      }
    }
  }
}

/**
 * Packs the filter for one phase of the input gradient: taps (firstPlane + h * planeStep, firstRow + i * rowStep,
 * firstColumn + j * columnStep), which become rows (tap, output channel) and columns (input channel). An item is a panel of
 * one tap.
 */
export function convolve3dPackInputGradient(
  filter: usize,
  filterRows: i32,
  filterColumns: i32,
  channels: usize,
  outChannels: usize,
  tapPlanes: i32,
  firstPlane: i32,
  planeStep: i32,
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
  const taps = tapPlanes * tapRows * tapColumns;
  const end = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const panel = item / taps;
    const tap = item - panel * taps;
    const line = tap / tapColumns;
    const tapPlane = firstPlane + (line / tapRows) * planeStep;
    const tapRow = firstRow + (line % tapRows) * rowStep;
    const tapColumn = firstColumn + (tap % tapColumns) * columnStep;
    const place: usize = (tapPlane * filterRows + tapRow) * filterColumns + tapColumn;
    const from = filter + (place * channels + panel * 8) * outChannels * 4;
    const to = packed + item * outChannels * 32;
    packPanelTransposed(from, outChannels * 4, to, outChannels, min<usize>(8, channels - panel * 8));
  }
}

/**
 * Filter gradient: (patches)ᵀ times the output gradient. Chunk g * kBlocks + i sums the voxels of group g for block i of the
 * filter's rows (tap plane, tap row, tap column, channel), into partial g.
 */
export function convolve3dFilterGradient(
  volume: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  gradient: usize,
  outChannels: usize,
  gridPlanes: i32,
  gridRows: i32,
  gridColumns: i32,
  tapPlanes: i32,
  depthOffset: i32,
  depthTapStep: i32,
  depthStep: i32,
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
  const inner = tapPlanes * tapRows * tapColumns * channels;
  const count = min<i32>(kBlock, inner - k);
  const outBytes = outChannels * 4;
  const to = partials + group * partialStride + k * outBytes;
  const start = min<i32>(total, group * perGroup);
  const end = min<i32>(total, start + perGroup);
  let first = start;
  // At least one pass, as the gradient of nothing is zero.
  do {
    const voxels = min<i32>(block, end - first);
    copyPatches(
      volume, planes, rows, columns, channels, gridPlanes, gridRows, gridColumns, depthOffset, depthTapStep, depthStep,
      tapRows, rowOffset, rowTapStep, rowStep, tapColumns, columnOffset, columnTapStep, columnStep, first, voxels, k,
      count, patches,
    );
    const panelStride: usize = voxels * 32;
    for (let j: usize = 0; j < outChannels; j += 8) {
      const width = min<usize>(8, outChannels - j);
      packPanel(gradient + first * outBytes + j * 4, outBytes, panels + (j / 8) * panelStride, voxels, width);
    }
    multiplyColumns(
      patches, 24, ROW_STRIDE, count, voxels, panels, panelStride, 32, to, outBytes, outChannels, first != start, true,
      0, 0, 0, edge,
    );
    first += voxels;
  } while (first < end);
}
