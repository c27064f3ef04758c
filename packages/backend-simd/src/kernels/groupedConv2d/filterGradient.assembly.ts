/** Filter gradient of a convolution in groups: products summed over positions. */
import { copyFloats, packPanel } from "../gemm/assembly";
import { lanePixelTile2x2, pixelTile2x2, pixelTile4x1 } from "../gemm/tiles.assembly";
import { packNarrow } from "./pack.assembly";
import { copyLanes, copyPlanes, planesBytes, writeOffsets } from "./planes.assembly";

/** Copies `width` <= 8 columns of the output gradient at a block of positions as [position][4 or 8]. */
function packGradient(
  from: usize,
  rows: i32,
  rowBytes: usize,
  columns: i32,
  pixelBytes: usize,
  width: usize,
  to: usize,
): void {
  for (; rows > 0; rows--, from += rowBytes) {
    if (width > 4) {
      packPanel(from, pixelBytes, to, columns, width);
      to += columns * 32;
    } else {
      packNarrow(from, pixelBytes, 4, to, columns, width);
      to += columns * 16;
    }
  }
}

/** The same for a bundle of four groups, as [position][column][group]; with an odd number of columns there is one more. */
function packGradientLanes(
  from: usize,
  rows: i32,
  rowBytes: usize,
  columns: i32,
  pixelBytes: usize,
  outGroupChannels: usize,
  toPixelBytes: usize,
  to: usize,
): void {
  const groupBytes = outGroupChannels * 4;
  for (; rows > 0; rows--, from += rowBytes) {
    let p = from;
    for (let left = columns; left > 0; left--, p += pixelBytes, to += toPixelBytes) {
      copyLanes(p, outGroupChannels, to);
      if (outGroupChannels & 1) v128.store(to + outGroupChannels * 16, f32x4.splat(0));
    }
  }
}

/**
 * Adds to the sums of one panel, three units at a time. A unit is what a tile sums at each of its places.
 * @param offsets where each tap's pixel lies behind that of the output
 * @param unitsPerTap, unitBytes units of a pixel, and their distance in it
 * @param tile which one: 4 channels of a narrow panel (0), 2 of a wide one (1), 2 in lanes (2)
 */
function addSums(
  planes: usize,
  offsets: usize,
  taps: i32,
  unitsPerTap: i32,
  unitBytes: i32,
  lines: i32,
  linePixels: i32,
  lineBytes: usize,
  pixelBytes: usize,
  panel: usize,
  panelPixelBytes: usize,
  tile: i32,
  sums: usize,
): void {
  const units = taps * unitsPerTap;
  const panelLineBytes = linePixels * panelPixelBytes;
  for (let u = 0; u < units; u += 3, sums += 192) {
    // Behind the last unit it is made again, into sums that are dropped.
    const u1 = min<i32>(u + 1, units - 1);
    const u2 = min<i32>(u + 2, units - 1);
    let a0 = planes + i32.load(offsets + (u / unitsPerTap) * 4) + (u % unitsPerTap) * unitBytes;
    let a1 = planes + i32.load(offsets + (u1 / unitsPerTap) * 4) + (u1 % unitsPerTap) * unitBytes;
    let a2 = planes + i32.load(offsets + (u2 / unitsPerTap) * 4) + (u2 % unitsPerTap) * unitBytes;
    let values = panel;
    for (let line = 0; line < lines; line++) {
      if (tile == 0) pixelTile4x1(a0, a1, a2, pixelBytes, values, panelPixelBytes, sums, linePixels);
      else if (tile == 1) pixelTile2x2(a0, a1, a2, pixelBytes, values, panelPixelBytes, sums, linePixels);
      else lanePixelTile2x2(a0, a1, a2, pixelBytes, values, panelPixelBytes, sums, linePixels);
      a0 += lineBytes;
      a1 += lineBytes;
      a2 += lineBytes;
      values += panelLineBytes;
    }
  }
}

/**
 * Filter gradient. A chunk sums some blocks of positions (a part), for a block of bundles, a block of a group's channels and a
 * block of its output channels; the last vary fastest. Part p is written into partial p, in the order of the filter.
 * @param channelBlock, outChannelBlock with four lanes all channels
 * @param sumsBytes of one bundle's sums, in whole tiles
 */
export function groupedFilterGradient(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  bundles: i32,
  lanes: i32,
  groupChannels: i32,
  gradient: usize,
  outGroupChannels: i32,
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
  pixelBytes: usize,
  channelBlock: i32,
  outChannelBlock: i32,
  rowPlanes: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  blockRows: i32,
  blockColumns: i32,
  bundleBlock: i32,
  offsetsBytes: usize,
  sumsBytes: usize,
  panelBytes: usize,
  blocks: i32,
  perPart: i32,
  chunk: i32,
  scratch: usize,
): void {
  const offsets = scratch;
  const sums = offsets + offsetsBytes;
  const panel = sums + bundleBlock * sumsBytes;
  const planes = panel + panelBytes;
  const bundleBytes: usize = lanes * groupChannels * 4;
  const outBundleBytes: usize = lanes * outGroupChannels * 4;
  const outPixelBytes = bundles * outBundleBytes;
  const imagePixelBytes = bundles * bundleBytes;
  const imageBytes: usize = <usize>(imageRows * imageColumns) * imagePixelBytes;
  const taps = tapRows * tapColumns;
  const outChannelBlocks = (outGroupChannels + outChannelBlock - 1) / outChannelBlock;
  const channelBlocks = (groupChannels + channelBlock - 1) / channelBlock;
  const bundleBlocks = (bundles + bundleBlock - 1) / bundleBlock;
  let rest = chunk / outChannelBlocks;
  const firstOut = (chunk - rest * outChannelBlocks) * outChannelBlock;
  const outCount = min<i32>(outChannelBlock, outGroupChannels - firstOut);
  const firstChannel = (rest % channelBlocks) * channelBlock;
  const channels = min<i32>(channelBlock, groupChannels - firstChannel);
  rest /= channelBlocks;
  const firstBundle = (rest % bundleBlocks) * bundleBlock;
  const bundleCount = min<i32>(bundleBlock, bundles - firstBundle);
  const part = rest / bundleBlocks;

  const quads = (channels + 3) / 4;
  const pairs = (channels + 1) / 2;
  // Whole tiles: what lies beyond the last unit is made twice, and dropped.
  const sumRows = lanes == 4 ? ((taps * pairs + 2) / 3) * 6 : ((taps * quads + 2) / 3) * 12;
  memory.fill(sums, 0, bundleCount * sumsBytes);
  const rowBlocks = (gridRows + blockRows - 1) / blockRows;
  const columnBlocks = (gridColumns + blockColumns - 1) / blockColumns;
  const rowShift = ((tapRows - 1) * rowTapStep) / rowStep;
  const columnShift = ((tapColumns - 1) * columnTapStep) / columnPeriod;
  const end = min<i32>(blocks, (part + 1) * perPart);
  for (let index = part * perPart; index < end; index++) {
    let left = index / columnBlocks;
    const firstColumn = (index - left * columnBlocks) * blockColumns;
    const entry = left / rowBlocks;
    const firstRow = (left - entry * rowBlocks) * blockRows;
    const rows = min<i32>(blockRows, gridRows - firstRow);
    const columns = min<i32>(blockColumns, gridColumns - firstColumn);
    const planeRows = rows + rowShift;
    const planeColumns = columns + columnShift;
    const bundlePlanes = planesBytes(rowPlanes, planeRows, columnPlanes, planeColumns, pixelBytes);
    const lines = columnShift == 0 ? 1 : rows;
    const linePixels = columnShift == 0 ? rows * columns : columns;
    const lineBytes: usize = planeColumns * pixelBytes;
    copyPlanes(
      image + entry * imageBytes + firstBundle * bundleBytes + firstChannel * 4, imageRows, imageColumns,
      imagePixelBytes, bundleBytes, lanes, channels, bundleCount, firstRow * rowStep + rowOffset, rowTapStep, rowStep,
      rowPlanes, planeRows, firstColumn * columnStep + columnOffset, columnTapStep, columnStep, columnPeriod,
      columnPlanes, planeColumns, pixelBytes, planes,
    );
    writeOffsets(
      tapRows, rowTapStep, rowStep, rowPlanes, planeRows, tapColumns, columnTapStep, columnPeriod, columnPlanes,
      planeColumns, <i32>pixelBytes, 1, 4, offsets,
    );
    const position: usize = (entry * gridRows + firstRow) * gridColumns + firstColumn;
    for (let n = 0; n < bundleCount; n++) {
      const from = planes + n * bundlePlanes;
      const bundleSums = sums + n * sumsBytes;
      const place = gradient + position * outPixelBytes + (firstBundle + n) * outBundleBytes + firstOut * 4;
      const rowBytes = gridColumns * outPixelBytes;
      if (lanes == 4) {
        const panelPixelBytes: usize = ((outCount + 1) / 2) * 32;
        packGradientLanes(place, rows, rowBytes, columns, outPixelBytes, outCount, panelPixelBytes, panel);
        for (let j = 0; j < outCount; j += 2) {
          addSums(
            from, offsets, taps, pairs, 32, lines, linePixels, lineBytes, pixelBytes, panel + j * 16, panelPixelBytes, 2,
            bundleSums + j * sumRows * 16,
          );
        }
        continue;
      }
      for (let j = 0; j < outCount; j += 8) {
        const width: usize = min<i32>(8, outCount - j);
        packGradient(place + j * 4, rows, rowBytes, columns, outPixelBytes, width, panel);
        const to = bundleSums + j * sumRows * 4;
        if (width > 4) {
          addSums(
            from, offsets, taps, quads * 2, 8, lines, linePixels, lineBytes, pixelBytes, panel, 32, 1, to,
          );
        } else {
          addSums(from, offsets, taps, quads, 16, lines, linePixels, lineBytes, pixelBytes, panel, 16, 0, to);
        }
      }
    }
  }

  const partial = partials + part * partialStride;
  for (let n = 0; n < bundleCount; n++) {
    const bundleSums = sums + n * sumsBytes;
    const columnsTo = partial + (firstBundle + n) * outBundleBytes + firstOut * 4;
    for (let tap = 0; tap < taps; tap++) {
      for (let c = 0; c < channels; c++) {
        const to = columnsTo + <usize>(tap * groupChannels + firstChannel + c) * outPixelBytes;
        if (lanes == 4) {
          const from = bundleSums + (tap * pairs * 2 + c) * 32;
          for (let j = 0; j < outCount; j++) {
            const vector = from + (j / 2) * sumRows * 32 + (j & 1) * 16;
            for (let g = 0; g < 4; g++) f32.store(to + (g * outCount + j) * 4, f32.load(vector + g * 4));
          }
          continue;
        }
        for (let j = 0; j < outCount; j += 8) {
          const width: usize = min<i32>(8, outCount - j);
          const rowBytes: usize = width > 4 ? 32 : 16;
          copyFloats(to + j * 4, bundleSums + j * sumRows * 4 + (tap * quads * 4 + c) * rowBytes, width);
        }
      }
    }
  }
}
