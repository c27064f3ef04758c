import { chunkItems, type KernelHost, withMemory } from "../kernelHost.js";

/** Sizes of NHWC images before and after, and how positions correspond: tfjs's options, of which at most one is true. */
export interface Resize2dShape {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly outRows: number;
  readonly outColumns: number;
  /** The centres of the corner pixels correspond. */
  readonly alignCorners: boolean;
  /** The outer edges of the corner pixels correspond. */
  readonly halfPixelCenters: boolean;
}

/** How an output is made of the input. */
export type Resize2dMethod = "bilinear" | "nearest";

/** Addresses in bytes. */
export interface Resize2dArguments {
  readonly shape: Resize2dShape;
  readonly method: Resize2dMethod;
  /** (batch, rows, columns, channels); not empty, unless the output is. */
  readonly input: number;
  /** (batch, outRows, outColumns, channels). */
  readonly out: number;
}

/** Addresses in bytes. */
export interface Resize2dGradientArguments {
  readonly shape: Resize2dShape;
  readonly method: Resize2dMethod;
  /** Gradient of the output. */
  readonly gradient: number;
  /** (batch, rows, columns, channels). */
  readonly out: number;
}

/** Of the assembly: an output position of an axis, and the outputs that an input position adds to. */
const ENTRY_BYTES = 24;
const RANGE_BYTES = 12;
/** Bound of a thread's scratch, unless a single column needs more. */
const SCRATCH_LIMIT = 1 << 18;

/**
 * Resized images. The values are exactly those of tfjs's `cpu`, so bilinear mixes in float64. Working memory: 24 bytes a
 * row and column of the output.
 */
export function resize2d(host: KernelHost, { shape, method, input, out }: Resize2dArguments): void {
  const { batch, rows, columns, channels, outRows, outColumns } = shape;
  const total = batch * outRows;
  if (total * outColumns * channels === 0) return;
  withTables(host, shape, method, false, (tables) => {
    const common = [input, rows, columns, channels, tables, out, outRows, outColumns];
    if (method === "nearest") {
      const { perChunk, chunks } = chunkItems(total, outColumns * (channels + 4));
      host.parallelFor("resizeNearest", chunks, [...common, total, perChunk]);
      return;
    }
    const pixelBytes = channels * 16;
    const block = Math.min(outColumns, Math.max(1, Math.floor(SCRATCH_LIMIT / pixelBytes)));
    const { perChunk, chunks } = chunkItems(total, outColumns * (channels + 2) * 8);
    host.parallelFor("resizeBilinear", chunks, [...common, block, total, perChunk], block * pixelBytes);
  });
}

/**
 * Gradient with respect to the images: the transpose of the forward map, for every option. Each input row gathers what it
 * added to, in order, so the bits do not depend on the threads. Working memory: 36 bytes a row and column.
 */
export function resize2dGradient(host: KernelHost, { shape, method, gradient, out }: Resize2dGradientArguments): void {
  const { batch, rows, columns, channels, outRows, outColumns } = shape;
  const total = batch * rows;
  if (total * columns * channels === 0) return;
  withTables(host, shape, method, true, (tables) => {
    const { block, outputs } = columnBlock(shape);
    const { perChunk, chunks } = chunkItems(
      total,
      (columns + outColumns * (1 + (2 * outRows) / rows)) * (channels + 2),
    );
    host.parallelFor(
      "resizeGradient",
      chunks,
      [gradient, outRows, outColumns, channels, tables, out, rows, columns, block, total, perChunk],
      outputs * channels * 4,
    );
  });
}

/** Input columns to take at a time, and a bound of the outputs that they add to. */
function columnBlock({ columns, channels, outColumns }: Resize2dShape): { block: number; outputs: number } {
  let block = columns;
  for (;;) {
    // Input columns a … b add to outputs at positions between a - 1 and b + 1, which lie `distance` or more apart. Two more
    // for both ends, two for rounding.
    const distance = outColumns > 1 ? Math.max(0, columns - 1) / outColumns : 1;
    const outputs = block === columns ? outColumns : Math.min(outColumns, Math.ceil((block + 1) / distance) + 4);
    if (block === 1 || outputs * channels * 4 <= SCRATCH_LIMIT) return { block, outputs };
    block = Math.ceil(block / 2);
  }
}

/** Makes the tables of both axes, which are the same for all images and channels. */
function withTables(
  host: KernelHost,
  { rows, columns, outRows, outColumns, alignCorners, halfPixelCenters }: Resize2dShape,
  method: Resize2dMethod,
  ranges: boolean,
  use: (tables: number) => void,
): void {
  const bytes = (outRows + outColumns) * ENTRY_BYTES + (ranges ? (rows + columns) * RANGE_BYTES : 0);
  withMemory(host, bytes, (tables) => {
    const options = [alignCorners, halfPixelCenters, method === "nearest", ranges].map(Number);
    host.parallelFor("resizeTables", 1, [tables, rows, outRows, columns, outColumns, ...options]);
    use(tables);
  });
}
