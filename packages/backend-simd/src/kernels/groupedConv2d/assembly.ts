/**
 * Convolution in groups, each of which sees few channels. Patches as in conv2d would be copied at a cost near that of the
 * products themselves; here a block of the image is copied once, group by group and with its border of zeros, and the
 * products read their windows from it in place.
 *
 * The copy of a group consists of planes, so that neighbouring outputs read neighbouring pixels whatever the strides:
 * along each axis tap t reads position g * step + offset + t * tapStep for output g, which is pixel g + shift(t) of plane
 * t % planes, where shift(t) = t * tapStep / period. With the step as period, pixels are copied once. With a period beyond
 * the window (only along the columns), each tap has a plane of its own and no shift: the rows then follow each other
 * without gaps, and tiles may go across their ends.
 *
 * Groups with few output channels fill no vector. Four of them together do, one in each lane: such a bundle of groups is
 * copied as [channel][group], and its results are turned back. `lanes` is 4 then, and 1 otherwise; a bundle of one is a
 * group.
 */
import { copyFloats, finish, packPanel, packPanelTransposed, transpose4, zeroFloats } from "../gemm/assembly";
import { lanePixelTile2x2, laneTile6x2, pixelTile2x2, pixelTile4x1, windowTile12x1, windowTile6x2 } from "../gemm/tiles.assembly";

/** Bytes of the planes of one group. */
// @ts-ignore: decorator
@inline
function planesBytes(
  rowPlanes: i32,
  planeRows: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: usize,
): usize {
  return <usize>(rowPlanes * planeRows * columnPlanes * planeColumns) * pixelBytes;
}

/** Copies a pixel of a bundle of four groups, `count` channels each, as [channel][group]. */
// @ts-ignore: decorator
@inline
function copyLanes(from: usize, count: usize, to: usize): void {
  if (count == 1) {
    v128.store(to, v128.load(from));
    return;
  }
  const groupBytes = count * 4;
  let c: usize = 0;
  for (; c + 4 <= count; c += 4) transpose4(from + c * 4, groupBytes, to + c * 16, 16);
  for (; c < count; c++) {
    for (let g: usize = 0; g < 4; g++) f32.store(to + c * 16 + g * 4, f32.load(from + g * groupBytes + c * 4));
  }
}

/**
 * Copies what a block of outputs sees, for some bundles of groups: planes in the order (row plane, column plane, row, column).
 * @param image address of the first of the groups' channels, at the entry's pixel (0, 0)
 * @param bundleBytes from a bundle's channels to the next one's
 * @param count channels of a group that are copied: all, if there are four lanes
 * @param row, column image position of tap 0 of the block's first output
 */
function copyPlanes(
  image: usize,
  imageRows: i32,
  imageColumns: i32,
  imagePixelBytes: usize,
  bundleBytes: usize,
  lanes: i32,
  count: usize,
  bundles: usize,
  row: i32,
  rowTapStep: i32,
  rowStep: i32,
  rowPlanes: i32,
  planeRows: i32,
  column: i32,
  columnTapStep: i32,
  columnStep: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: usize,
  to: usize,
): void {
  const toBundleBytes = planesBytes(rowPlanes, planeRows, columnPlanes, planeColumns, pixelBytes);
  const end = bundles * toBundleBytes;
  const stepBytes = <usize>columnStep * imagePixelBytes;
  const floats = pixelBytes / 4;
  for (let rowPlane = 0; rowPlane < rowPlanes; rowPlane++) {
    for (let columnPlane = 0; columnPlane < columnPlanes; columnPlane++) {
      const x = column + ((columnPlane * columnTapStep) % columnPeriod);
      // Pixels of the plane before `low` and from `high` on lie outside the image.
      const low = min<i32>(planeColumns, x < 0 ? (columnStep - 1 - x) / columnStep : 0);
      const high = x >= imageColumns ? low : max<i32>(low, min<i32>(planeColumns, (imageColumns - 1 - x) / columnStep + 1));
      let y = row + ((rowPlane * rowTapStep) % rowStep);
      for (let r = 0; r < planeRows; r++, y += rowStep) {
        const inside = y >= 0 && y < imageRows;
        const first = inside ? low : planeColumns;
        const last = inside ? high : planeColumns;
        for (let c = 0; c < first; c++, to += pixelBytes) {
          for (let g: usize = 0; g < end; g += toBundleBytes) zeroFloats(to + g, floats);
        }
        let from = image + <usize>((y * imageColumns + x + first * columnStep) * <i32>imagePixelBytes);
        if (lanes == 4) {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) copyLanes(p, count, to + g);
          }
        } else if (count == 4) {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += 16) v128.store(to + g, v128.load(p));
          }
        } else if ((count & 7) == 0) {
          const bytes = count * 4;
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) {
              for (let i: usize = 0; i < bytes; i += 32) {
                v128.store(to + g + i, v128.load(p + i));
                v128.store(to + g + i, v128.load(p + i, 16), 16);
              }
            }
          }
        } else {
          for (let c = first; c < last; c++, to += pixelBytes, from += stepBytes) {
            let p = from;
            for (let g: usize = 0; g < end; g += toBundleBytes, p += bundleBytes) copyFloats(to + g, p, count);
          }
        }
        for (let c = last; c < planeColumns; c++, to += pixelBytes) {
          for (let g: usize = 0; g < end; g += toBundleBytes) zeroFloats(to + g, floats);
        }
      }
    }
  }
}

/** Writes where the elements (tap row, tap column, channel) of a window lie, in bytes behind the pixel of its output. */
function writeOffsets(
  tapRows: i32,
  rowTapStep: i32,
  rowStep: i32,
  rowPlanes: i32,
  planeRows: i32,
  tapColumns: i32,
  columnTapStep: i32,
  columnPeriod: i32,
  columnPlanes: i32,
  planeColumns: i32,
  pixelBytes: i32,
  channels: i32,
  channelBytes: i32,
  to: usize,
): void {
  for (let i = 0; i < tapRows; i++) {
    const rowShift = (i * rowTapStep) / rowStep;
    for (let j = 0; j < tapColumns; j++) {
      const plane = (i % rowPlanes) * columnPlanes + (j % columnPlanes);
      const pixel = (plane * planeRows + rowShift) * planeColumns + (j * columnTapStep) / columnPeriod;
      for (let c = 0; c < channels; c++, to += 4) i32.store(to, pixel * pixelBytes + c * channelBytes);
    }
  }
}

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
function packNarrow(from: usize, stride: usize, columnStride: usize, to: usize, k: usize, width: usize): void {
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
