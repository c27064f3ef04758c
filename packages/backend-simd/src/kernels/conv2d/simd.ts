import { type Axis, axisArguments, forwardAxes, type Phase, phaseOf } from "../axes.js";
import { BLOCK_ROW_BYTES, EDGE_BYTES, sumPartials } from "../gemm/simd.js";
import { chunkItems, type Epilogue, epilogueArguments, type KernelHost, roundUp, withMemory } from "../kernelHost.js";
import { matMul, packColumns, packedBytes } from "../matMul/simd.js";

/** Sizes of a 2-D convolution, one group; image NHWC, filter (rows, columns, channels, outChannels). */
export interface Conv2dShape {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly outRows: number;
  readonly outColumns: number;
  readonly outChannels: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly dilationRows: number;
  readonly dilationColumns: number;
  /** Zeros before the first row and column; what is needed behind the last follows from the output's size. */
  readonly padTop: number;
  readonly padLeft: number;
}

/** Addresses in bytes. */
export interface Conv2dArguments extends Epilogue {
  readonly shape: Conv2dShape;
  readonly input: number;
  readonly filter: number;
  /** (batch, outRows, outColumns, outChannels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface Conv2dInputGradientArguments {
  readonly shape: Conv2dShape;
  /** Gradient of the output. */
  readonly gradient: number;
  readonly filter: number;
  /** (batch, rows, columns, channels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface Conv2dFilterGradientArguments {
  readonly shape: Conv2dShape;
  readonly input: number;
  /** Gradient of the output. */
  readonly gradient: number;
  /** (filterRows, filterColumns, channels, outChannels). */
  readonly out: number;
}

/** A set of outputs that the kernel `convolve` makes; strides in bytes. */
interface Grid {
  readonly image: number;
  readonly imageRows: number;
  readonly imageColumns: number;
  readonly channels: number;
  readonly packed: number;
  readonly batch: number;
  readonly out: number;
  readonly outChannels: number;
  readonly gridRows: number;
  readonly gridColumns: number;
  readonly rowAxis: Axis;
  readonly columnAxis: Axis;
  readonly outImageStride: number;
  readonly outRowStride: number;
  readonly outPixelStride: number;
  readonly epilogue: Epilogue;
}

/** Most elements of a patch, and most patches, copied at a time: together 130 kB of second-level cache. */
const PATCH_BLOCK = 256;
const PIXEL_BLOCK = 120;
/** Bound of a thread's scratch. */
const SCRATCH_LIMIT = 1_000_000;
/** Chunks wanted of a small job: enough for several threads to finish together. */
const WANTED_CHUNKS = 16;

/** out = activation(conv2d(input, filter) + bias), any stride, dilation, padding. Working memory: the filter once. */
export function conv2d(host: KernelHost, args: Conv2dArguments): void {
  const { shape, input, filter, out, bias, activation, alpha } = args;
  const { batch, channels, outChannels, outRows, outColumns } = shape;
  const pixels = batch * outRows * outColumns;
  if (pixels * outChannels === 0) return;
  const epilogue = { bias, activation, alpha };
  if (isPointwise(shape)) {
    const sizes = { batch: 1, rows: pixels, columns: outChannels, inner: channels };
    const order = { aBatchStride: 0, bBatchStride: 0, transposeA: false, transposeB: false };
    matMul(host, { a: input, b: filter, out, ...sizes, ...order, ...epilogue });
    return;
  }
  const inner = shape.filterRows * shape.filterColumns * channels;
  withMemory(host, packedBytes(outChannels, inner), (packed) => {
    packColumns(host, { b: filter, packed, columns: outChannels, inner, transpose: false, entries: 1, batchStride: 0 });
    const outPixelStride = outChannels * 4;
    const outRowStride = outColumns * outPixelStride;
    convolve(host, {
      image: input,
      imageRows: shape.rows,
      imageColumns: shape.columns,
      channels,
      packed,
      batch,
      out,
      outChannels,
      gridRows: outRows,
      gridColumns: outColumns,
      ...forwardAxes(shape),
      outImageStride: outRows * outRowStride,
      outRowStride,
      outPixelStride,
      epilogue,
    });
  });
}

/**
 * Gradient with respect to the input. Input pixels that differ by a multiple of the stride use the same taps of the
 * filter, so each of these phases is a convolution of the output gradient with step 1, and no product with a zero is
 * made. Working memory: the filter once.
 */
export function conv2dInputGradient(host: KernelHost, args: Conv2dInputGradientArguments): void {
  const { shape, gradient, filter, out } = args;
  const { batch, rows, columns, channels, outChannels, strideRows, strideColumns } = shape;
  if (batch * rows * columns * channels === 0) return;
  if (isPointwise(shape)) {
    const sizes = { batch: 1, rows: batch * rows * columns, columns: channels, inner: outChannels };
    const order = { aBatchStride: 0, bBatchStride: 0, transposeA: false, transposeB: true };
    matMul(host, { a: gradient, b: filter, out, ...sizes, ...order });
    return;
  }
  if (isTiling(shape)) {
    multiplyTiles(host, args);
    return;
  }
  const inner = shape.filterRows * shape.filterColumns * outChannels;
  withMemory(host, packedBytes(channels, inner), (packed) => {
    for (let phaseRow = 0; phaseRow < Math.min(strideRows, rows); phaseRow++) {
      const rowPhase = phaseOf(phaseRow, shape.filterRows, strideRows, shape.dilationRows, shape.padTop);
      for (let phaseColumn = 0; phaseColumn < Math.min(strideColumns, columns); phaseColumn++) {
        const columnPhase = phaseOf(
          phaseColumn,
          shape.filterColumns,
          strideColumns,
          shape.dilationColumns,
          shape.padLeft,
        );
        packPhase(host, shape, filter, packed, rowPhase, columnPhase);
        const pixelBytes = channels * 4;
        convolve(host, {
          image: gradient,
          imageRows: shape.outRows,
          imageColumns: shape.outColumns,
          channels: outChannels,
          packed,
          batch,
          out: out + (phaseRow * columns + phaseColumn) * pixelBytes,
          outChannels: channels,
          gridRows: Math.ceil((rows - phaseRow) / strideRows),
          gridColumns: Math.ceil((columns - phaseColumn) / strideColumns),
          rowAxis: rowPhase.axis,
          columnAxis: columnPhase.axis,
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
 * Gradient with respect to the filter. Groups of pixels, whose number depends on the shape alone, are summed apart and
 * then added in order, so the bits do not depend on the threads. Working memory: the filter up to 16 times.
 */
export function conv2dFilterGradient(host: KernelHost, args: Conv2dFilterGradientArguments): void {
  const { shape, input, gradient, out } = args;
  const { batch, channels, outChannels, outRows, outColumns } = shape;
  const inner = shape.filterRows * shape.filterColumns * channels;
  const length = inner * outChannels;
  if (length === 0) return;
  const total = batch * outRows * outColumns;
  const perBlock = balancedBlock(inner, 6, PATCH_BLOCK - (PATCH_BLOCK % 6));
  const blocks = Math.ceil(inner / perBlock);
  // A group costs as much as a few pixels more, for its sums are stored and read again: no group below 120 pixels.
  const wantedGroups = Math.min(Math.ceil(WANTED_CHUNKS / blocks), Math.ceil(total / PIXEL_BLOCK));
  const perGroup = Math.ceil(total / Math.max(1, wantedGroups));
  const groups = Math.max(1, Math.ceil(total / Math.max(1, perGroup)));
  const stride = roundUp(length * 4, 64);
  const pixelBytes = BLOCK_ROW_BYTES + roundUp(outChannels, 8) * 4;
  const block = pixelBlock(Math.max(total, 1), pixelBytes);
  const { rowAxis, columnAxis } = forwardAxes(shape);
  const run = (partials: number) =>
    host.parallelFor(
      "convolveFilterGradient",
      groups * blocks,
      [
        ...[input, shape.rows, shape.columns, channels, gradient, outChannels, outRows, outColumns],
        ...axisArguments(rowAxis),
        ...axisArguments(columnAxis),
        ...[partials, stride, perBlock, blocks, block, total, perGroup],
      ],
      EDGE_BYTES + block * pixelBytes,
    );
  if (groups === 1) {
    run(out);
    return;
  }
  withMemory(host, groups * stride, (partials) => {
    run(partials);
    sumPartials(host, { partials, count: groups, stride, out, length });
  });
}

/** Whether the convolution is the product of a list of pixels with a matrix. */
function isPointwise(shape: Conv2dShape): boolean {
  return (
    shape.filterRows * shape.filterColumns * shape.strideRows * shape.strideColumns === 1 &&
    shape.padTop === 0 &&
    shape.padLeft === 0 &&
    shape.outRows === shape.rows &&
    shape.outColumns === shape.columns
  );
}

/** Whether the filter's steps are as long as the filter, and cover the image: no two outputs see the same pixel. */
function isTiling(shape: Conv2dShape): boolean {
  return (
    shape.filterRows === shape.strideRows &&
    shape.filterColumns === shape.strideColumns &&
    shape.dilationRows * shape.dilationColumns === 1 &&
    shape.padTop === 0 &&
    shape.padLeft === 0 &&
    shape.rows === shape.outRows * shape.strideRows &&
    shape.columns === shape.outColumns * shape.strideColumns
  );
}

/**
 * The gradient of the input where the windows tile it, as in a transposed convolution of 2 × 2 with stride 2: row i of the windows of
 * a row of outputs is one row of the image, the product of those outputs with row i of the filter.
 */
function multiplyTiles(host: KernelHost, { shape, gradient, filter, out }: Conv2dInputGradientArguments): void {
  const { batch, channels, outRows, outColumns, outChannels, filterRows, filterColumns } = shape;
  const rowLength = shape.columns * channels;
  for (let row = 0; row < filterRows; row++) {
    matMul(host, {
      a: gradient,
      b: filter + row * filterColumns * channels * outChannels * 4,
      out: out + row * rowLength * 4,
      outBatchStride: filterRows * rowLength,
      ...{ batch: batch * outRows, aBatchStride: outColumns * outChannels, bBatchStride: 0 },
      ...{ rows: outColumns, columns: filterColumns * channels, inner: outChannels },
      ...{ transposeA: false, transposeB: true },
    });
  }
}

/** Packs the part of the filter that a phase of the input gradient uses, as (tap, output channel) by input channel. */
function packPhase(
  host: KernelHost,
  shape: Conv2dShape,
  filter: number,
  packed: number,
  rowPhase: Phase,
  columnPhase: Phase,
): void {
  const { filterColumns, channels, outChannels } = shape;
  const items = rowPhase.axis.taps * columnPhase.axis.taps * Math.ceil(channels / 8);
  if (items * outChannels === 0) return;
  const { perChunk, chunks } = chunkItems(items, outChannels * 8);
  host.parallelFor("convolvePackInputGradient", chunks, [
    ...[filter, filterColumns, channels, outChannels],
    ...[rowPhase.axis.taps, rowPhase.first, rowPhase.step],
    ...[columnPhase.axis.taps, columnPhase.first, columnPhase.step],
    ...[packed, items, perChunk],
  ]);
}

/** Equal parts, so that none is so short that loading and storing the sums costs more than making them. */
function balancedBlock(length: number, multiple: number, most: number): number {
  const blocks = Math.max(1, Math.ceil(length / most));
  return Math.max(1, Math.min(most, roundUp(Math.ceil(length / blocks), multiple)));
}

/** Pixels of a block: a multiple of the tile's 6 rows, fewer when there are few pixels or each needs much scratch. */
function pixelBlock(total: number, bytes: number): number {
  const fitting = Math.max(6, Math.floor(SCRATCH_LIMIT / bytes / 6) * 6);
  return Math.min(PIXEL_BLOCK, fitting, Math.max(24, roundUp(Math.ceil(total / WANTED_CHUNKS), 6)));
}

function convolve(host: KernelHost, grid: Grid): void {
  const { channels, outChannels, batch, gridRows, gridColumns, rowAxis, columnAxis } = grid;
  const total = batch * gridRows * gridColumns;
  const inner = rowAxis.taps * columnAxis.taps * channels;
  // Outputs that do not lie side by side are made in scratch.
  const dense = grid.outImageStride === gridRows * gridColumns * outChannels * 4;
  const pixelBytes = BLOCK_ROW_BYTES + (dense ? 0 : outChannels * 4);
  const block = pixelBlock(total, pixelBytes);
  const { perChunk, chunks } = chunkItems(Math.ceil(total / block), block * inner * outChannels);
  host.parallelFor(
    "convolve",
    chunks,
    [
      ...[grid.image, grid.imageRows, grid.imageColumns, channels, grid.packed, grid.out, outChannels],
      ...[gridRows, gridColumns],
      ...axisArguments(rowAxis),
      ...axisArguments(columnAxis),
      ...[grid.outImageStride, grid.outRowStride, grid.outPixelStride],
      ...epilogueArguments(grid.epilogue),
      ...[balancedBlock(inner, 4, PATCH_BLOCK), block, total, perChunk * block],
    ],
    EDGE_BYTES + block * pixelBytes,
  );
}
