/** Outputs of a convolution in groups, and with its gradient as the image those of its input gradient. */
import { copyFloats, finish, transpose4 } from "../gemm/assembly";
import { laneTile6x2, windowTile12x1, windowTile6x2 } from "../gemm/tiles.assembly";
import { copyPlanes, planesBytes, writeOffsets } from "./planes.assembly";

/** Copies between a tile, `tileBytes` a row, and the pixels from number `first` of a block of outputs on. */
function copyPixels(
  tile: usize,
  tileBytes: usize,
  block: usize,
  first: i32,
  pixels: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
  width: usize,
  store: bool,
): void {
  let r = first / columns;
  let c = first - r * columns;
  for (; pixels > 0; pixels--, tile += tileBytes) {
    const at = block + r * rowBytes + c * pixelBytes;
    if (store) copyFloats(at, tile, width);
    else copyFloats(tile, at, width);
    if (++c == columns) {
      c = 0;
      r++;
    }
  }
}

/** The outputs of one group at a block of positions, from its planes and its panels of the filter. */
function convolveGroup(
  planes: usize,
  lines: i32,
  linePixels: i32,
  lineBytes: usize,
  pixelBytes: usize,
  offsets: usize,
  inner: i32,
  panels: usize,
  taps: i32,
  groupChannels: i32,
  firstChannel: i32,
  out: usize,
  outGroupChannels: i32,
  columns: i32,
  outRowStride: usize,
  outPixelStride: usize,
  finishes: bool,
  bias: usize,
  activation: i32,
  alpha: f32,
  edge: usize,
): void {
  const flat = outRowStride == columns * outPixelStride;
  const accumulate = firstChannel != 0;
  for (let j = 0; j < outGroupChannels; j += 8) {
    const width = min<i32>(8, outGroupChannels - j);
    const vectors = width > 4 ? 2 : 1;
    const tileRows = vectors == 2 ? 6 : 12;
    const tileBytes: usize = vectors * 16;
    const panel = panels + <usize>(taps * (j * groupChannels + firstChannel * vectors * 4)) * 4;
    const to = out + j * 4;
    const addBias = bias != 0 ? bias + j * 4 : 0;
    for (let line = 0; line < lines; line++) {
      let a = planes + line * lineBytes;
      let column = 0;
      let place = to + line * outRowStride;
      for (let q = 0; q < linePixels; q += tileRows) {
        const whole = q + tileRows <= linePixels && width == vectors * 4;
        if (whole && (flat || column + tileRows <= columns)) {
          if (vectors == 2) windowTile6x2(pixelBytes, a, offsets, panel, place, outPixelStride, inner, accumulate);
          else windowTile12x1(pixelBytes, a, offsets, panel, place, outPixelStride, inner, accumulate);
          if (finishes) finish(place, outPixelStride, tileRows, width, addBias, activation, alpha);
        } else {
          // Rows beyond the last are made of what lies there, and dropped.
          const first = line * columns + q;
          const count = min<i32>(tileRows, linePixels - q);
          if (accumulate)
            copyPixels(edge, tileBytes, to, first, count, columns, outRowStride, outPixelStride, width, false);
          if (vectors == 2) windowTile6x2(pixelBytes, a, offsets, panel, edge, 32, inner, accumulate);
          else windowTile12x1(pixelBytes, a, offsets, panel, edge, 16, inner, accumulate);
          if (finishes) finish(edge, tileBytes, count, width, addBias, activation, alpha);
          copyPixels(edge, tileBytes, to, first, count, columns, outRowStride, outPixelStride, width, true);
        }
        a += tileRows * pixelBytes;
        column += tileRows;
        place += tileRows * outPixelStride;
        while (column >= columns && lines == 1) {
          column -= columns;
          place += outRowStride - columns * outPixelStride;
        }
      }
    }
  }
}

/**
 * The same for a bundle of four groups, each in one lane. All rows are one line: what lies between their ends and the next
 * begin is computed too, and dropped.
 */
function convolveLanes(
  planes: usize,
  rows: i32,
  planeColumns: i32,
  pixelBytes: usize,
  offsets: usize,
  inner: i32,
  panels: usize,
  out: usize,
  outGroupChannels: i32,
  columns: i32,
  outRowStride: usize,
  outPixelStride: usize,
  finishes: bool,
  bias: usize,
  activation: i32,
  alpha: f32,
  edge: usize,
): void {
  const pairs = (outGroupChannels + 1) / 2;
  const tileBytes: usize = pairs * 32;
  const groupBytes: usize = outGroupChannels * 4;
  const pixels = (rows - 1) * planeColumns + columns;
  let a = planes;
  let column = 0;
  for (let q = 0; q < pixels; q += 6, a += 6 * pixelBytes) {
    let panel = panels;
    for (let pair = 0; pair < pairs; pair++, panel += inner * 32) {
      laneTile6x2(pixelBytes, a, offsets, panel, edge + pair * 32, tileBytes, inner, false);
    }
    let tile = edge;
    for (let left = min<i32>(6, pixels - q); left > 0; left--, tile += tileBytes) {
      if (column < columns) {
        const at = out + column * outPixelStride;
        let j = 0;
        for (; j + 4 <= outGroupChannels; j += 4) transpose4(tile + j * 16, 16, at + j * 4, groupBytes);
        for (; j < outGroupChannels; j++) {
          for (let g = 0; g < 4; g++) f32.store(at + g * groupBytes + j * 4, f32.load(tile + j * 16 + g * 4));
        }
        if (finishes) {
          for (let c = 0; c < 4 * outGroupChannels; c += 8) {
            const width = min<i32>(8, 4 * outGroupChannels - c);
            finish(at + c * 4, 0, 1, width, bias != 0 ? bias + c * 4 : 0, activation, alpha);
          }
        }
      }
      if (++column == planeColumns) {
        column = 0;
        out += outRowStride;
      }
    }
  }
}

/**
 * One grid of outputs (see conv2d) of all groups. An item is a block of positions for a block of bundles.
 * @param bundles of `lanes` groups each
 * @param groupChannels, outGroupChannels channels of one group
 * @param packed panels of the filter from `groupedPack` or `groupedPackLanes`, `packedBundleBytes` a bundle
 * @param pixelBytes of a bundle in a plane: 16, 32, 64 or 128
 * @param channelBlock channels of a group that are copied at a time; with four lanes all of them
 * @param columnPeriod `columnStep`, or more than any tap's place
 */
export function groupedConvolve(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  bundles: i32,
  lanes: i32,
  groupChannels: i32,
  packed: usize,
  packedBundleBytes: usize,
  out: usize,
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
  outImageStride: usize,
  outRowStride: usize,
  outPixelStride: usize,
  bias: usize,
  activation: i32,
  alpha: f32,
  pixelBytes: usize,
  channelBlock: i32,
  rowPlanes: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  blockRows: i32,
  blockColumns: i32,
  bundleBlock: i32,
  edgeBytes: usize,
  offsetsBytes: usize,
  items: i32,
  perChunk: i32,
  chunk: i32,
  scratch: usize,
): void {
  const edge = scratch;
  const offsets = scratch + edgeBytes;
  const planes = offsets + offsetsBytes;
  const bundleBytes: usize = lanes * groupChannels * 4;
  const outBundleBytes: usize = lanes * outGroupChannels * 4;
  const imagePixelBytes = bundles * bundleBytes;
  const imageBytes: usize = <usize>(imageRows * imageColumns) * imagePixelBytes;
  const taps = tapRows * tapColumns;
  const rowBlocks = (gridRows + blockRows - 1) / blockRows;
  const columnBlocks = (gridColumns + blockColumns - 1) / blockColumns;
  const bundleBlocks = (bundles + bundleBlock - 1) / bundleBlock;
  const rowShift = taps == 0 ? 0 : ((tapRows - 1) * rowTapStep) / rowStep;
  const columnShift = taps == 0 ? 0 : ((tapColumns - 1) * columnTapStep) / columnPeriod;
  const last = min<i32>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < last; item++) {
    let rest = item / bundleBlocks;
    const firstBundle = (item - rest * bundleBlocks) * bundleBlock;
    const bundleCount = min<i32>(bundleBlock, bundles - firstBundle);
    const firstColumn = (rest % columnBlocks) * blockColumns;
    rest /= columnBlocks;
    const firstRow = (rest % rowBlocks) * blockRows;
    const entry = rest / rowBlocks;
    const rows = min<i32>(blockRows, gridRows - firstRow);
    const columns = min<i32>(blockColumns, gridColumns - firstColumn);
    const planeRows = rows + rowShift;
    const planeColumns = columns + columnShift;
    const bundlePlanes = planesBytes(rowPlanes, planeRows, columnPlanes, planeColumns, pixelBytes);
    // Rows without gaps are one line.
    const lines = columnShift == 0 ? 1 : rows;
    const linePixels = columnShift == 0 ? rows * columns : columns;
    const lineBytes: usize = planeColumns * pixelBytes;
    const block = out + entry * outImageStride + firstRow * outRowStride + firstColumn * outPixelStride;
    let firstChannel = 0;
    // At least one pass, as an output without taps is zero.
    do {
      const channels = min<i32>(channelBlock, groupChannels - firstChannel);
      const inner = taps * channels;
      const finishes = firstChannel + channels == groupChannels && (bias != 0 || activation != 0);
      if (inner != 0) {
        copyPlanes(
          image + entry * imageBytes + firstBundle * bundleBytes + firstChannel * 4, imageRows, imageColumns,
          imagePixelBytes, bundleBytes, lanes, channels, bundleCount, firstRow * rowStep + rowOffset, rowTapStep, rowStep,
          rowPlanes, planeRows, firstColumn * columnStep + columnOffset, columnTapStep, columnStep, columnPeriod,
          columnPlanes, planeColumns, pixelBytes, planes,
        );
        writeOffsets(
          tapRows, rowTapStep, rowStep, rowPlanes, planeRows, tapColumns, columnTapStep, columnPeriod, columnPlanes,
          planeColumns, <i32>pixelBytes, channels, lanes * 4, offsets,
        );
      }
      for (let n = 0; n < bundleCount; n++) {
        const bundle = firstBundle + n;
        const panels = packed + bundle * packedBundleBytes;
        const addBias = bias != 0 ? bias + bundle * outBundleBytes : 0;
        if (lanes == 4) {
          convolveLanes(
            planes + n * bundlePlanes, rows, planeColumns, pixelBytes, offsets, inner, panels,
            block + bundle * outBundleBytes, outGroupChannels, columns, outRowStride, outPixelStride, finishes, addBias,
            activation, alpha, edge,
          );
        } else {
          convolveGroup(
            planes + n * bundlePlanes, lines, linePixels, lineBytes, pixelBytes, offsets, inner, panels, taps,
            groupChannels, firstChannel, block + bundle * outBundleBytes, outGroupChannels, columns, outRowStride,
            outPixelStride, finishes, addBias, activation, alpha, edge,
          );
        }
      }
      firstChannel += channelBlock;
    } while (firstChannel < groupChannels);
  }
}

export { groupedFilterGradient } from "./filterGradient.assembly";
export { groupedPack, groupedPackLanes } from "./pack.assembly";
