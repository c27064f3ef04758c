import type {
  Conv2dArguments,
  Conv2dFilterGradientArguments,
  Conv2dInputGradientArguments,
  Conv2dShape,
} from "../conv2d/simd.js";
import { EDGE_BYTES, sumPartials } from "../gemm/simd.js";
import { chunkItems, type Epilogue, epilogueArguments, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

/** Scratch for the first pass of a transform; WORK_BYTES of the assembly. */
const WORK_BYTES = 576;
/** Scratch for a clipped tile of outputs. */
const CORNER_BYTES = 256;
/** Scratch of the turned filter: 36 × 4×4 floats. */
const TURN_BYTES = 2304;
const POINTS = 36;
/** Added to the bytes of a point, so that the points do not fall into the same cache sets. */
const POINT_PADDING = 64;
/** Tiles transformed together. */
const TILE_BLOCK = 24;
const WANTED_CHUNKS = 8;
/** Multiply-adds worth of time that a transform of four channels takes, roughly. */
const TRANSFORM_WORK = 512;

/**
 * Whether the Winograd kernels below take this convolution: 3×3, stride and dilation 1, padding up to 2, channels that
 * are multiples of 8 and at least 16, outputs of at least 8×8. Depends on the shape alone. Rounding errors are 4 to 5
 * times those of `conv2d`; a NaN or infinity spreads over its whole tile.
 */
export function winogradApplies(shape: Conv2dShape): boolean {
  const { channels, outChannels, padTop, padLeft } = shape;
  return (
    shape.filterRows === 3 &&
    shape.filterColumns === 3 &&
    shape.strideRows * shape.strideColumns * shape.dilationRows * shape.dilationColumns === 1 &&
    Math.min(padTop, padLeft) >= 0 &&
    Math.max(padTop, padLeft) <= 2 &&
    Math.min(channels, outChannels) >= 16 &&
    channels % 8 === 0 &&
    outChannels % 8 === 0 &&
    Math.min(shape.outRows, shape.outColumns) >= 8 &&
    shape.batch >= 1
  );
}

/** out = activation(conv2d(input, filter) + bias). Working memory: 4 times the filter. */
export function winogradConv2d(host: KernelHost, args: Conv2dArguments): void {
  const { shape, input, filter, out } = args;
  const { channels, outChannels } = shape;
  withMemory(host, pointBytes(channels * outChannels), (points) => {
    const { perChunk, chunks } = chunkItems(channels, (outChannels / 4) * TRANSFORM_WORK);
    host.parallelFor("winogradFilter", chunks, [filter, points, channels, outChannels, perChunk], WORK_BYTES);
    convolve(host, {
      ...shape,
      image: input,
      points,
      out,
      epilogue: args,
    });
  });
}

/** Gradient with respect to the input: the convolution of the output gradient with the turned filter. */
export function winogradConv2dInputGradient(host: KernelHost, args: Conv2dInputGradientArguments): void {
  const { shape, gradient, filter, out } = args;
  const { batch, channels, outChannels } = shape;
  withMemory(host, pointBytes(channels * outChannels), (points) => {
    const { perChunk, chunks } = chunkItems(outChannels / 4, channels * TRANSFORM_WORK);
    const filterArguments = [filter, points, channels, outChannels, perChunk];
    host.parallelFor("winogradFilterTurned", chunks, filterArguments, WORK_BYTES + TURN_BYTES);
    convolve(host, {
      batch,
      image: gradient,
      rows: shape.outRows,
      columns: shape.outColumns,
      channels: outChannels,
      points,
      out,
      outRows: shape.rows,
      outColumns: shape.columns,
      outChannels: channels,
      padTop: 2 - shape.padTop,
      padLeft: 2 - shape.padLeft,
      epilogue: {},
    });
  });
}

/** Input channels of a chunk of the filter gradient. */
const SLAB = 64;
/** A group's sums are as much to store and add as a few tiles are to make: at least this many tiles in a group. */
const GROUP_TILES = 48;
const MOST_GROUPS = 12;
/** Bound of the memory for partial sums, unless one group needs more. */
const PARTIALS_LIMIT = 1 << 25;

/**
 * Gradient with respect to the filter. Working memory: 4 times the filter a group of tiles; up to 12 groups and 32 MB, or
 * one group.
 */
export function winogradConv2dFilterGradient(host: KernelHost, args: Conv2dFilterGradientArguments): void {
  const { shape, input, gradient, out } = args;
  const { batch, rows, columns, channels, outRows, outColumns, outChannels, padTop, padLeft } = shape;
  const tiles = batch * Math.ceil(outRows / 4) * Math.ceil(outColumns / 4);
  const length = channels * outChannels;
  const stride = pointBytes(length);
  const slab = Math.min(SLAB, channels);
  const slabs = Math.ceil(channels / slab);
  const mostGroups = Math.min(Math.ceil(MOST_GROUPS / slabs), Math.floor(PARTIALS_LIMIT / stride));
  const perGroup = Math.ceil(tiles / Math.max(1, Math.min(mostGroups, Math.ceil(tiles / GROUP_TILES))));
  const groups = Math.ceil(tiles / perGroup);
  // The sums are read and written once a block: two blocks' worth where the scratch stays small.
  const block = Math.min(perGroup, slab + outChannels <= 360 ? 2 * TILE_BLOCK : TILE_BLOCK);
  withMemory(host, groups * stride, (partials) => {
    host.parallelFor(
      "winogradFilterGradient",
      groups * slabs,
      [
        ...[input, rows, columns, channels, gradient, outRows, outColumns, outChannels, padTop, padLeft],
        ...[partials, stride, slab, slabs, block, tiles, perGroup],
      ],
      EDGE_BYTES +
        WORK_BYTES +
        blockBytes(block, slab) +
        blockBytes(block, outChannels) +
        patchBytes(slab, outChannels),
    );
    if (groups > 1) sumPartials(host, { partials, count: groups, stride, out: partials, length: stride / 4 });
    const { perChunk, chunks } = chunkItems(length / 4, TRANSFORM_WORK);
    host.parallelFor("winogradFilterGradientFinish", chunks, [partials, out, length, perChunk], WORK_BYTES);
  });
}

/** Bytes of 36 points with `length` floats each. */
function pointBytes(length: number): number {
  return POINTS * (length * 4 + POINT_PADDING);
}

/** Scratch for the 36 points of a block of tiles. */
function blockBytes(block: number, channels: number): number {
  return pointBytes(block * channels);
}

/** Scratch for the pixels of a tile at the border: 6×6 of the input, 4×4 of the output gradient. */
function patchBytes(channels: number, outChannels: number): number {
  return Math.max(36 * channels, 16 * outChannels) * 4;
}

/** What the kernel `winogradConvolve` makes. */
interface Convolution {
  readonly batch: number;
  readonly image: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly points: number;
  readonly out: number;
  readonly outRows: number;
  readonly outColumns: number;
  readonly outChannels: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly epilogue: Epilogue;
}

function convolve(host: KernelHost, convolution: Convolution): void {
  const { batch, image, rows, columns, channels, points, out, padTop, padLeft, epilogue } = convolution;
  const { outRows, outColumns, outChannels } = convolution;
  const tiles = batch * Math.ceil(outRows / 4) * Math.ceil(outColumns / 4);
  const block = Math.min(TILE_BLOCK, roundUp(Math.ceil(tiles / WANTED_CHUNKS), 6));
  const { perChunk, chunks } = chunkItems(Math.ceil(tiles / block), block * POINTS * channels * outChannels);
  host.parallelFor(
    "winogradConvolve",
    chunks,
    [
      ...[image, rows, columns, channels, points, out, outRows, outColumns, outChannels, padTop, padLeft],
      ...epilogueArguments(epilogue),
      ...[block, tiles, perChunk * block],
    ],
    EDGE_BYTES +
      WORK_BYTES +
      CORNER_BYTES +
      blockBytes(block, channels) +
      blockBytes(block, outChannels) +
      patchBytes(channels, 0),
  );
}
