import { type Axis, axisArguments, forwardAxes, phaseOf } from "../axes.js";
import type { Conv2dShape } from "../conv2d/simd.js";
import { sumPartials } from "../gemm/simd.js";
import { chunkItems, type Epilogue, epilogueArguments, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

/** Sizes; filter (filterRows, filterColumns, channels, multiplier), output channel c * multiplier + q. */
export interface DepthwiseConv2dShape extends Omit<Conv2dShape, "outChannels"> {
  readonly multiplier: number;
}

/** Addresses in bytes. */
export interface DepthwiseConv2dArguments extends Epilogue {
  readonly shape: DepthwiseConv2dShape;
  readonly input: number;
  readonly filter: number;
  /** (batch, outRows, outColumns, channels * multiplier). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface DepthwiseConv2dInputGradientArguments {
  readonly shape: DepthwiseConv2dShape;
  /** Gradient of the output. */
  readonly gradient: number;
  readonly filter: number;
  /** (batch, rows, columns, channels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface DepthwiseConv2dFilterGradientArguments {
  readonly shape: DepthwiseConv2dShape;
  readonly input: number;
  /** Gradient of the output. */
  readonly gradient: number;
  /** (filterRows, filterColumns, channels, multiplier). */
  readonly out: number;
}

/** out = activation(depthwiseConv2d(input, filter) + bias). Working memory: the input `multiplier` times if > 1. */
export function depthwiseConv2d(host: KernelHost, args: DepthwiseConv2dArguments): void {
  const { shape, input, filter, out } = args;
  const { batch, outRows, outColumns } = shape;
  const channels = shape.channels * shape.multiplier;
  if (batch * outRows * outColumns * channels === 0) return;
  const pixelBytes = channels * 4;
  withRepeatedInput(host, shape, input, (image) =>
    convolve(host, {
      ...{ batch, image, imageRows: shape.rows, imageColumns: shape.columns, channels },
      ...{ filter, filterRowBytes: shape.filterColumns * pixelBytes, filterTapBytes: pixelBytes },
      ...{ out, gridRows: outRows, gridColumns: outColumns, ...forwardAxes(shape), epilogue: args },
      outImageStride: outRows * outColumns * pixelBytes,
      outRowStride: outColumns * pixelBytes,
      outPixelStride: pixelBytes,
    }),
  );
}

/**
 * Gradient with respect to the input, by phases of the strides as in `conv2dInputGradient`. Working memory: with a
 * multiplier > 1, the input so many times.
 */
export function depthwiseConv2dInputGradient(host: KernelHost, args: DepthwiseConv2dInputGradientArguments): void {
  const { shape, gradient, filter, out } = args;
  const { batch, rows, columns, multiplier } = shape;
  const length = batch * rows * columns * shape.channels;
  if (length === 0) return;
  if (multiplier === 1) {
    convolvePhases(host, shape, gradient, filter, out);
    return;
  }
  withMemory(host, length * multiplier * 4, (repeated) => {
    convolvePhases(host, shape, gradient, filter, repeated);
    const { perChunk, chunks } = chunkItems(length, multiplier * 8);
    host.parallelFor("sumFloats", chunks, [repeated, out, multiplier, length, perChunk]);
  });
}

/** Groups of output rows that are summed apart: at most this many, whatever the number of threads. */
const MOST_GROUPS = 16;

/**
 * Gradient with respect to the filter. Working memory: the filter up to 16 times; with a multiplier > 1, also the input
 * so many times.
 */
export function depthwiseConv2dFilterGradient(host: KernelHost, args: DepthwiseConv2dFilterGradientArguments): void {
  const { shape, input, gradient, out } = args;
  const { batch, rows, columns, outRows, outColumns } = shape;
  const channels = shape.channels * shape.multiplier;
  const length = shape.filterRows * shape.filterColumns * channels;
  if (length === 0) return;
  const total = batch * outRows;
  const perGroup = Math.max(1, Math.ceil(total / MOST_GROUPS));
  const groups = Math.max(1, Math.ceil(total / perGroup));
  const stride = roundUp(length * 4, 64);
  const { rowAxis, columnAxis } = forwardAxes(shape);
  withRepeatedInput(host, shape, input, (image) =>
    withMemory(host, groups * stride, (partials) => {
      host.parallelFor("depthwiseFilterGradient", groups, [
        ...[image, rows, columns, channels, gradient, outRows, outColumns],
        ...axisArguments(rowAxis),
        ...axisArguments(columnAxis),
        ...[partials, stride, total, perGroup],
      ]);
      sumPartials(host, { partials, count: groups, stride, out, length });
    }),
  );
}

/** Gives the input with each channel repeated, so that every output channel has its own. */
function withRepeatedInput(
  host: KernelHost,
  { batch, rows, columns, channels, multiplier }: DepthwiseConv2dShape,
  input: number,
  use: (image: number) => void,
): void {
  const length = batch * rows * columns * channels;
  if (multiplier === 1 || length === 0) {
    use(input);
    return;
  }
  withMemory(host, length * multiplier * 4, (repeated) => {
    const { perChunk, chunks } = chunkItems(length, multiplier * 8);
    host.parallelFor("repeatFloats", chunks, [input, repeated, multiplier, length, perChunk]);
    use(repeated);
  });
}

function convolvePhases(
  host: KernelHost,
  shape: DepthwiseConv2dShape,
  gradient: number,
  filter: number,
  out: number,
): void {
  const { batch, rows, columns, strideRows, strideColumns, filterColumns } = shape;
  const channels = shape.channels * shape.multiplier;
  const pixelBytes = channels * 4;
  for (let phaseRow = 0; phaseRow < Math.min(strideRows, rows); phaseRow++) {
    const rowPhase = phaseOf(phaseRow, shape.filterRows, strideRows, shape.dilationRows, shape.padTop);
    for (let phaseColumn = 0; phaseColumn < Math.min(strideColumns, columns); phaseColumn++) {
      const columnPhase = phaseOf(phaseColumn, filterColumns, strideColumns, shape.dilationColumns, shape.padLeft);
      convolve(host, {
        batch,
        image: gradient,
        imageRows: shape.outRows,
        imageColumns: shape.outColumns,
        channels,
        filter: filter + (rowPhase.first * filterColumns + columnPhase.first) * pixelBytes,
        filterRowBytes: rowPhase.step * filterColumns * pixelBytes,
        filterTapBytes: columnPhase.step * pixelBytes,
        out: out + (phaseRow * columns + phaseColumn) * pixelBytes,
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
}

/** A set of outputs that the kernel `depthwiseConvolve` makes; strides in bytes. */
interface Grid {
  readonly batch: number;
  readonly image: number;
  readonly imageRows: number;
  readonly imageColumns: number;
  readonly channels: number;
  readonly filter: number;
  readonly filterRowBytes: number;
  readonly filterTapBytes: number;
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

function convolve(host: KernelHost, grid: Grid): void {
  const { channels, gridRows, gridColumns, rowAxis, columnAxis } = grid;
  const total = grid.batch * gridRows;
  // A multiply-add costs four times what it does in a matrix product, as each loads its operands anew.
  const { perChunk, chunks } = chunkItems(total, gridColumns * channels * (rowAxis.taps * columnAxis.taps + 1) * 4);
  host.parallelFor("depthwiseConvolve", chunks, [
    ...[grid.image, grid.imageRows, grid.imageColumns, channels],
    ...[grid.filter, grid.filterRowBytes, grid.filterTapBytes],
    ...[grid.out, gridRows, gridColumns],
    ...axisArguments(rowAxis),
    ...axisArguments(columnAxis),
    ...[grid.outImageStride, grid.outRowStride, grid.outPixelStride],
    ...epilogueArguments(grid.epilogue),
    ...[total, perChunk],
  ]);
}
