import { chunkItems, type KernelHost, withMemory } from "../kernelHost.js";

/** Sizes of a pooling of NHWC images. Padding below and at the right follows from the output's size. */
export interface Pool2dShape {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly filterRows: number;
  readonly filterColumns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly dilationRows: number;
  readonly dilationColumns: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outRows: number;
  readonly outColumns: number;
}

/** Addresses in bytes. */
export interface Pool2dArguments {
  readonly shape: Pool2dShape;
  readonly x: number;
  readonly out: number;
}

const MODES = { max: 0, average: 1, position: 2 } as const;
/** Bytes of an entry of a list of taps; ENTRY of the assembly. */
const ENTRY_BYTES = 12;

/** The largest value of each window. NaN is passed over; a window without a number is -infinity, as on tfjs's cpu backend. */
export function maxPool2d(host: KernelHost, args: Pool2dArguments): void {
  pool(host, args, "max");
}

/** The mean of what each window holds of the image; NaN for a window wholly outside. */
export function averagePool2d(host: KernelHost, args: Pool2dArguments): void {
  pool(host, args, "average");
}

/** Addresses in bytes: x is the input, gradient that of the output, out that of the input. */
export interface MaxPool2dGradientArguments extends Pool2dArguments {
  readonly gradient: number;
}

/**
 * Gradient of `maxPool2d`: goes to the first maximum of each window, row by row; nowhere if there is none. Working memory: the
 * size of the output, but none for windows of 2 × 2 side by side.
 */
export function maxPool2dGradient(host: KernelHost, { shape, x, gradient, out }: MaxPool2dGradientArguments): void {
  const { batch, outRows, outColumns, channels } = shape;
  if (isHalving(shape)) {
    const items = batch * outRows;
    if (items * outColumns * channels === 0) return;
    const { perChunk, chunks } = chunkItems(items, outColumns * channels * 12);
    host.parallelFor("maxPoolHalfGradient", chunks, [x, gradient, out, outColumns, channels, items, perChunk]);
    return;
  }
  withMemory(host, batch * outRows * outColumns * channels * 4, (positions) => {
    pool(host, { shape, x, out: positions }, "position");
    gather(host, shape, gradient, positions, out, false);
  });
}

/** Addresses in bytes: gradient is that of the output, out that of the input. */
export interface AveragePool2dGradientArguments {
  readonly shape: Pool2dShape;
  readonly gradient: number;
  readonly out: number;
  /**
   * What an output's gradient is divided by: "window", the size of the window, as tfjs's cpu backend does also where the
   * forward pass divides by less (at borders with padding); or "inside", which is the gradient of `averagePool2d`.
   */
  readonly divideBy: "window" | "inside";
}

/** Gradient of `averagePool2d`. */
export function averagePool2dGradient(host: KernelHost, args: AveragePool2dGradientArguments): void {
  gather(host, args.shape, args.gradient, 0, args.out, args.divideBy === "inside");
}

function pool(host: KernelHost, { shape, x, out }: Pool2dArguments, mode: keyof typeof MODES): void {
  const { batch, channels, filterRows, filterColumns, outRows, outColumns } = shape;
  const items = batch * outRows;
  if (items * outColumns * channels === 0) return;
  const { perChunk, chunks } = chunkItems(items, outColumns * channels * (filterRows * filterColumns + 2));
  host.parallelFor("pool", chunks, [MODES[mode], x, out, ...geometry(shape), items, perChunk]);
}

function gather(
  host: KernelHost,
  shape: Pool2dShape,
  gradient: number,
  positions: number,
  out: number,
  inside: boolean,
): void {
  const { batch, rows, columns, channels, filterRows, filterColumns } = shape;
  const items = batch * rows;
  if (items * columns * channels === 0) return;
  const taps = Math.ceil(filterRows / shape.strideRows) * Math.ceil(filterColumns / shape.strideColumns);
  const { perChunk, chunks } = chunkItems(items, columns * (channels * (3 * taps + 2) + 16));
  host.parallelFor(
    "poolGradient",
    chunks,
    [gradient, positions, out, inside ? 1 : 0, ...geometry(shape), items, perChunk],
    filterRows * ENTRY_BYTES + columns * (4 + filterColumns * ENTRY_BYTES),
  );
}

/** Whether the windows are 2 × 2, side by side, and cover the image. */
function isHalving(shape: Pool2dShape): boolean {
  return (
    shape.filterRows === 2 &&
    shape.filterColumns === 2 &&
    shape.strideRows === 2 &&
    shape.strideColumns === 2 &&
    shape.dilationRows * shape.dilationColumns === 1 &&
    shape.padTop === 0 &&
    shape.padLeft === 0 &&
    shape.rows === 2 * shape.outRows &&
    shape.columns === 2 * shape.outColumns
  );
}

function geometry(shape: Pool2dShape): number[] {
  return [
    ...[shape.rows, shape.columns, shape.channels, shape.outRows, shape.outColumns],
    ...[shape.filterRows, shape.filterColumns, shape.strideRows, shape.strideColumns],
    ...[shape.dilationRows, shape.dilationColumns, shape.padTop, shape.padLeft],
  ];
}
