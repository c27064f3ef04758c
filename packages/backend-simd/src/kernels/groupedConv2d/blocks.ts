import type { Axis } from "../axes.js";
import { roundUp } from "../kernelHost.js";

/** Positions of a block: the copied border is then a small part of it. */
const WANTED_POSITIONS = 448;
/** Most columns of a block. */
const MOST_COLUMNS = 256;
/** Channels of all groups of a block: pixels are then read in runs of a few cache lines. */
const RUN_CHANNELS = 64;
/** Bound of the planes, and of the sums, that a thread holds, as far as the size of the filter allows. */
export const SCRATCH_LIMIT: number = 400_000;
/** Copying a vector of an image costs as much as so many multiply-adds of vectors. */
const COPY_WORK = 4;
/** A line of sums costs as much more as so many positions: its sums are loaded and stored. */
const LINE_WORK = 4;

/** What decides how an image is cut; channels of one group. */
interface Cut {
  /** Of `lanes` groups each. */
  readonly bundles: number;
  readonly lanes: 1 | 4;
  readonly channelBlock: number;
  readonly outChannels: number;
  readonly rowAxis: Axis;
  readonly columnAxis: Axis;
}

/** How an image is cut into blocks of positions and of bundles, and how their pixels are laid out. */
interface Blocks {
  /** Of a pixel of one bundle in a plane. */
  readonly pixelBytes: number;
  readonly rowPlanes: number;
  readonly columnPeriod: number;
  readonly columnPlanes: number;
  readonly blockRows: number;
  readonly blockColumns: number;
  readonly bundleBlock: number;
  /** Of the planes of all bundles of a block, with what the last tile reads beyond. */
  readonly planesBytes: number;
}

/**
 * Chooses blocks by shape alone.
 * @param kind whether tiles go along the positions, or sums over them
 */
export function blocksOf(cut: Cut, rows: number, columns: number, kind: "tiles" | "sums"): Blocks {
  const { bundles, lanes, channelBlock, outChannels, rowAxis, columnAxis } = cut;
  const pixelBytes = Math.max(16, 2 ** Math.ceil(Math.log2(channelBlock * lanes * 4)));
  const rowPlanes = planesOf(rowAxis);
  const rowShift = shiftOf(rowAxis, rowAxis.step);
  const blockColumns = Math.max(1, Math.ceil(columns / Math.max(1, Math.ceil(columns / MOST_COLUMNS))));

  // Pixels once, with tiles that end with the row; or once for each tap's column, as one long line.
  const once = { period: columnAxis.step, planes: planesOf(columnAxis) };
  const perTap = { period: Math.max(1, columnAxis.taps) * columnAxis.tapStep, planes: Math.max(1, columnAxis.taps) };
  const products = rowAxis.taps * columnAxis.taps * roundUp(outChannels, lanes === 4 ? 2 : 4);
  const tile = outChannels > 4 ? 6 : 12;
  const planeColumns = blockColumns + shiftOf(columnAxis, once.period);
  const wholeTiles = lanes === 4 ? planeColumns : Math.ceil(blockColumns / tile) * tile;
  const lineWork = (kind === "tiles" ? wholeTiles : blockColumns + LINE_WORK) / blockColumns;
  const onceWork = products * lineWork + (COPY_WORK * once.planes * planeColumns) / blockColumns;
  const perTapWork = products + COPY_WORK * perTap.planes;

  let bundleBlock = Math.min(bundles, Math.max(1, Math.floor(RUN_CHANNELS / (channelBlock * lanes))));
  const bytesOf = (columnPeriod: number, columnPlanes: number, blockRows: number): number =>
    rowPlanes *
    (blockRows + rowShift) *
    columnPlanes *
    (blockColumns + shiftOf(columnAxis, columnPeriod)) *
    pixelBytes *
    bundleBlock;
  const fits = bytesOf(perTap.period, perTap.planes, 1) <= SCRATCH_LIMIT;
  const { period, planes } = perTapWork < onceWork && fits ? perTap : once;
  while (bundleBlock > 1 && bytesOf(period, planes, 1) > SCRATCH_LIMIT) bundleBlock = Math.ceil(bundleBlock / 2);
  let blockRows = Math.max(1, Math.min(rows, Math.round(WANTED_POSITIONS / blockColumns)));
  while (blockRows > 1 && bytesOf(period, planes, blockRows) > SCRATCH_LIMIT) blockRows--;
  // Equal blocks.
  blockRows = Math.max(1, Math.ceil(rows / Math.max(1, Math.ceil(rows / blockRows))));
  return {
    ...{ pixelBytes, rowPlanes, columnPeriod: period, columnPlanes: planes, blockRows, blockColumns, bundleBlock },
    planesBytes: bytesOf(period, planes, blockRows) + 12 * pixelBytes,
  };
}

/** Planes of an axis in which neighbouring positions read neighbouring pixels. */
function planesOf({ taps, tapStep, step }: Axis): number {
  return Math.max(1, Math.min(taps, step / greatestCommonDivisor(step, tapStep)));
}

/** Pixels by which the last tap lies behind the first in its plane. */
function shiftOf({ taps, tapStep }: Axis, period: number): number {
  return Math.floor((Math.max(0, taps - 1) * tapStep) / period);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
