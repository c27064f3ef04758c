import { type Axis, axisArguments, forwardAxes, type Phase, phaseOf } from "../axes.js";
import type { Conv2dShape } from "../conv2d/simd.js";
import { EDGE_BYTES, sumPartials } from "../gemm/simd.js";
import { chunkItems, type Epilogue, epilogueArguments, type KernelHost, roundUp, withMemory } from "../kernelHost.js";
import { blocksOf, SCRATCH_LIMIT } from "./blocks.js";

/**
 * Sizes of a 2-D convolution in groups: `channels` and `outChannels` are those of all groups together, the filter is
 * (rows, columns, channels / groups, outChannels), and output channel o belongs to group floor(o * groups / outChannels).
 */
export interface GroupedConv2dShape extends Conv2dShape {
  /** Divides both numbers of channels. */
  readonly groups: number;
}

/** Addresses in bytes. */
export interface GroupedConv2dArguments extends Epilogue {
  readonly shape: GroupedConv2dShape;
  readonly input: number;
  readonly filter: number;
  /** (batch, outRows, outColumns, outChannels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface GroupedConv2dInputGradientArguments {
  readonly shape: GroupedConv2dShape;
  /** Gradient of the output. */
  readonly gradient: number;
  readonly filter: number;
  /** (batch, rows, columns, channels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface GroupedConv2dFilterGradientArguments {
  readonly shape: GroupedConv2dShape;
  readonly input: number;
  /** Gradient of the output. */
  readonly gradient: number;
  /** (filterRows, filterColumns, channels / groups, outChannels). */
  readonly out: number;
}

/** A set of outputs that the kernel `groupedConvolve` makes; strides in bytes, channels of one group. */
interface Grid {
  readonly groups: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly image: number;
  readonly imageRows: number;
  readonly imageColumns: number;
  readonly packed: number;
  readonly batch: number;
  readonly out: number;
  readonly gridRows: number;
  readonly gridColumns: number;
  readonly rowAxis: Axis;
  readonly columnAxis: Axis;
  readonly outImageStride: number;
  readonly outRowStride: number;
  readonly outPixelStride: number;
  readonly epilogue: Epilogue;
}

/** Channels of a group that are copied at a time; 32 fill the longest distance of pixels that the tiles know. */
const CHANNEL_BLOCK = 32;
/** Most output channels of a group whose sums a chunk of the filter gradient holds. */
const OUT_CHANNEL_BLOCK = 64;
/** Chunks wanted of a small job: enough for several threads to finish together. */
const WANTED_CHUNKS = 16;

/** out = activation(groupedConv2d(input, filter) + bias), any stride, dilation, padding. Working memory: the filter once. */
export function groupedConv2d(host: KernelHost, args: GroupedConv2dArguments): void {
  const { shape, input, filter, out, bias, activation, alpha } = args;
  const { batch, groups, outRows, outColumns, filterRows, filterColumns } = shape;
  if (batch * outRows * outColumns * shape.outChannels === 0) return;
  const { channels, outChannels } = perGroup(shape);
  const outPixelStride = shape.outChannels * 4;
  const outRowStride = outColumns * outPixelStride;
  withMemory(host, groups * packedGroupBytes(filterRows * filterColumns, channels, outChannels), (packed) => {
    packFilter(host, {
      shape,
      filter,
      packed,
      rowPhase: { first: 0, step: 1, axis: forwardAxes(shape).rowAxis },
      columnPhase: { first: 0, step: 1, axis: forwardAxes(shape).columnAxis },
      turned: false,
    });
    convolve(host, {
      ...{ groups, channels, outChannels, packed, batch, out },
      ...{ image: input, imageRows: shape.rows, imageColumns: shape.columns },
      ...{ gridRows: outRows, gridColumns: outColumns, ...forwardAxes(shape) },
      ...{ outImageStride: outRows * outRowStride, outRowStride, outPixelStride },
      epilogue: { bias, activation, alpha },
    });
  });
}

/**
 * Gradient with respect to the input, by phases of the strides as in `conv2dInputGradient`. Working memory: the filter
 * once.
 */
export function groupedConv2dInputGradient(host: KernelHost, args: GroupedConv2dInputGradientArguments): void {
  const { shape, gradient, filter, out } = args;
  const { batch, rows, columns, groups, strideRows, strideColumns, filterRows, filterColumns } = shape;
  if (batch * rows * columns * shape.channels === 0) return;
  const { channels, outChannels } = perGroup(shape);
  const pixelBytes = shape.channels * 4;
  withMemory(host, groups * packedGroupBytes(filterRows * filterColumns, outChannels, channels), (packed) => {
    for (let phaseRow = 0; phaseRow < Math.min(strideRows, rows); phaseRow++) {
      const rowPhase = phaseOf(phaseRow, filterRows, strideRows, shape.dilationRows, shape.padTop);
      for (let phaseColumn = 0; phaseColumn < Math.min(strideColumns, columns); phaseColumn++) {
        const columnPhase = phaseOf(phaseColumn, filterColumns, strideColumns, shape.dilationColumns, shape.padLeft);
        packFilter(host, { shape, filter, packed, rowPhase, columnPhase, turned: true });
        convolve(host, {
          ...{ groups, channels: outChannels, outChannels: channels, packed, batch },
          ...{ image: gradient, imageRows: shape.outRows, imageColumns: shape.outColumns },
          out: out + (phaseRow * columns + phaseColumn) * pixelBytes,
          gridRows: Math.ceil((rows - phaseRow) / strideRows),
          gridColumns: Math.ceil((columns - phaseColumn) / strideColumns),
          ...{ rowAxis: rowPhase.axis, columnAxis: columnPhase.axis },
          outImageStride: rows * columns * pixelBytes,
          outRowStride: strideRows * columns * pixelBytes,
          outPixelStride: strideColumns * pixelBytes,
          epilogue: {},
        });
      }
    }
  });
}

/**
 * Gradient with respect to the filter. Parts of the pixels, whose number depends on the shape alone, are summed apart and
 * then added in order, so the bits do not depend on the threads. Working memory: the filter up to 16 times.
 */
export function groupedConv2dFilterGradient(host: KernelHost, args: GroupedConv2dFilterGradientArguments): void {
  const { shape, input, gradient, out } = args;
  const { batch, groups, outRows, outColumns, filterRows, filterColumns } = shape;
  const { channels, outChannels } = perGroup(shape);
  const taps = filterRows * filterColumns;
  const length = taps * channels * shape.outChannels;
  if (length === 0) return;
  const { rowAxis, columnAxis } = forwardAxes(shape);
  const lanes = lanesOf(groups, channels, outChannels);
  const bundles = groups / lanes;
  let channelBlock = Math.min(channels, CHANNEL_BLOCK);
  let outChannelBlock = Math.min(outChannels, OUT_CHANNEL_BLOCK);
  const sumsBytes = () =>
    lanes === 4
      ? roundUp(taps * Math.ceil(channels / 2), 3) * 64 * Math.ceil(outChannels / 2)
      : roundUp(taps * Math.ceil(channelBlock / 4), 3) * 16 * roundUp(outChannelBlock, 4);
  while (lanes === 1 && sumsBytes() > SCRATCH_LIMIT && outChannelBlock > 8) {
    outChannelBlock = roundUp(outChannelBlock / 2, 8);
  }
  while (lanes === 1 && sumsBytes() > SCRATCH_LIMIT && channelBlock > 4) channelBlock = roundUp(channelBlock / 2, 4);
  const cut = { bundles, lanes, channelBlock, outChannels, rowAxis, columnAxis };
  const { blockRows, blockColumns, ...blocks } = blocksOf(cut, outRows, outColumns, "sums");
  const bundleBlock = Math.min(blocks.bundleBlock, Math.max(1, Math.floor(SCRATCH_LIMIT / sumsBytes())));
  const count = batch * Math.ceil(outRows / blockRows) * Math.ceil(outColumns / blockColumns);
  const chunksOfPart =
    Math.ceil(bundles / bundleBlock) * Math.ceil(channels / channelBlock) * Math.ceil(outChannels / outChannelBlock);
  const perPart = Math.max(1, Math.ceil(count / Math.ceil(WANTED_CHUNKS / chunksOfPart)));
  const parts = Math.max(1, Math.ceil(count / perPart));
  const offsetsBytes = roundUp(taps * 4, 64);
  const panelBytes = blockRows * blockColumns * (lanes === 4 ? roundUp(outChannels, 2) * 16 : 32);
  const stride = roundUp(length * 4, 64);
  const run = (partials: number) =>
    host.parallelFor(
      "groupedFilterGradient",
      parts * chunksOfPart,
      [
        ...[input, shape.rows, shape.columns, bundles, lanes, channels],
        ...[gradient, outChannels, outRows, outColumns],
        ...axisArguments(rowAxis),
        ...axisArguments(columnAxis),
        ...[partials, stride, blocks.pixelBytes, channelBlock, outChannelBlock],
        ...[blocks.rowPlanes, blocks.columnPeriod, blocks.columnPlanes, blockRows, blockColumns, bundleBlock],
        ...[offsetsBytes, sumsBytes(), panelBytes, count, perPart],
      ],
      offsetsBytes + bundleBlock * sumsBytes() + panelBytes + blocks.planesBytes,
    );
  if (parts === 1) {
    run(out);
    return;
  }
  withMemory(host, parts * stride, (partials) => {
    run(partials);
    sumPartials(host, { partials, count: parts, stride, out, length });
  });
}

/** Channels of one group. */
function perGroup({ channels, outChannels, groups }: GroupedConv2dShape): { channels: number; outChannels: number } {
  return { channels: channels / groups, outChannels: outChannels / groups };
}

/**
 * Groups that are computed together, one in each lane of a vector: groups with few output channels fill no vector by
 * themselves. More channels would not fit a pixel of a bundle, and 8 fill two vectors.
 */
function lanesOf(groups: number, channels: number, columns: number): 1 | 4 {
  return groups % 4 === 0 && channels <= 8 && columns < 8 ? 4 : 1;
}

/** Bytes of the panels of one group: columns in eights, a last four by themselves. In lanes, pairs take no more. */
function packedGroupBytes(taps: number, channels: number, columns: number): number {
  return taps * channels * roundUp(columns, 4) * 4;
}

/** The part of the filter that a phase uses; `turned`: from output to input channels. */
interface PackArguments {
  readonly shape: GroupedConv2dShape;
  readonly filter: number;
  readonly packed: number;
  readonly rowPhase: Phase;
  readonly columnPhase: Phase;
  readonly turned: boolean;
}

function packFilter(host: KernelHost, { shape, filter, packed, rowPhase, columnPhase, turned }: PackArguments): void {
  const { groups } = shape;
  const { channels, outChannels } = perGroup(shape);
  const taps = rowPhase.axis.taps * columnPhase.axis.taps;
  const [inner, columns] = turned ? [outChannels, channels] : [channels, outChannels];
  const rowBytes = shape.outChannels * 4;
  if (groups * columns * taps * inner === 0) return;
  const place = [
    ...[filter, shape.filterColumns, channels * rowBytes],
    ...[rowPhase.axis.taps, rowPhase.first, rowPhase.step],
    ...[columnPhase.axis.taps, columnPhase.first, columnPhase.step],
    ...[inner, turned ? 4 : rowBytes, columns, turned ? rowBytes : 4, outChannels * 4],
  ];
  const groupBytes = packedGroupBytes(taps, inner, columns);
  if (lanesOf(groups, inner, columns) === 4) {
    const { perChunk, chunks } = chunkItems(groups / 4, taps * inner * columns * 16);
    host.parallelFor("groupedPackLanes", chunks, [...place, packed, 4 * groupBytes, groups / 4, perChunk]);
    return;
  }
  const items = groups * Math.ceil(columns / 8);
  const { perChunk, chunks } = chunkItems(items, taps * inner * 8);
  const words = [...place, Math.min(inner, CHANNEL_BLOCK), packed, groupBytes, items, perChunk];
  host.parallelFor("groupedPack", chunks, words);
}

function convolve(host: KernelHost, grid: Grid): void {
  const { groups, channels, outChannels, batch, gridRows, gridColumns, rowAxis, columnAxis } = grid;
  const taps = rowAxis.taps * columnAxis.taps;
  const lanes = lanesOf(groups, channels, outChannels);
  const bundles = groups / lanes;
  const channelBlock = Math.min(channels, CHANNEL_BLOCK);
  const cut = { bundles, lanes, channelBlock, outChannels, rowAxis, columnAxis };
  const { blockRows, blockColumns, bundleBlock, ...blocks } = blocksOf(cut, gridRows, gridColumns, "tiles");
  const blocksOfEntry = Math.ceil(gridRows / blockRows) * Math.ceil(gridColumns / blockColumns);
  const items = batch * blocksOfEntry * Math.ceil(bundles / bundleBlock);
  const work = blockRows * blockColumns * bundleBlock * lanes * Math.max(1, taps) * channels * roundUp(outChannels, 4);
  const { perChunk, chunks } = chunkItems(items, work);
  const edgeBytes = lanes === 4 ? 6 * roundUp(outChannels, 2) * 16 : EDGE_BYTES;
  const offsetsBytes = roundUp(taps * channelBlock * 4, 64);
  host.parallelFor(
    "groupedConvolve",
    chunks,
    [
      ...[grid.image, grid.imageRows, grid.imageColumns, bundles, lanes, channels],
      ...[grid.packed, lanes * packedGroupBytes(taps, channels, outChannels), grid.out, outChannels],
      ...[gridRows, gridColumns],
      ...axisArguments(rowAxis),
      ...axisArguments(columnAxis),
      ...[grid.outImageStride, grid.outRowStride, grid.outPixelStride],
      ...epilogueArguments(grid.epilogue),
      ...[blocks.pixelBytes, channelBlock, blocks.rowPlanes, blocks.columnPeriod, blocks.columnPlanes],
      ...[blockRows, blockColumns, bundleBlock, edgeBytes, offsetsBytes, items, perChunk],
    ],
    edgeBytes + offsetsBytes + blocks.planesBytes,
  );
}
