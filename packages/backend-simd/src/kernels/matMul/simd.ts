import { BLOCK_ROW_BYTES, EDGE_BYTES } from "../gemm/simd.js";
import { chunkItems, type Epilogue, epilogueArguments, type KernelHost, roundUp, withMemory } from "../kernelHost.js";

/** A batched product of row-major float32 matrices; addresses in bytes, strides in floats. */
export interface MatMulArguments extends Epilogue {
  /** (rows, inner), or (inner, rows) if `transposeA`. */
  readonly a: number;
  /** (inner, columns), or (columns, inner) if `transposeB`. */
  readonly b: number;
  /** (batch, rows, columns). */
  readonly out: number;
  /** Floats from one product to the next. Default rows * columns. */
  readonly outBatchStride?: number | undefined;
  readonly batch: number;
  /** Floats from one matrix to the next; 0 uses the same for the whole batch. */
  readonly aBatchStride: number;
  readonly bBatchStride: number;
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** What `packColumns` packs; addresses in bytes, strides in floats. */
interface PackArguments {
  readonly b: number;
  readonly packed: number;
  readonly columns: number;
  readonly inner: number;
  readonly transpose: boolean;
  readonly entries: number;
  readonly batchStride: number;
}

/** Bytes of B's panels for one batch entry. */
export function packedBytes(columns: number, inner: number): number {
  return roundUp(columns, 8) * inner * 4;
}

/** Brings B into panels of 8 columns, [k][8]: made once, read by every chunk. */
export function packColumns(host: KernelHost, args: PackArguments): void {
  const { b, packed, columns, inner, transpose, entries, batchStride } = args;
  if (columns * inner * entries === 0) return;
  const items = entries * Math.ceil(columns / 8);
  const { perChunk, chunks } = chunkItems(items, inner * 8);
  const sizes = [columns, inner, transpose ? 1 : 0, items, perChunk];
  host.parallelFor("matMulPack", chunks, [b, batchStride * 4, packed, ...sizes]);
}

/** out = activation(A B + bias). Working memory: B once more, its columns rounded up to 8. */
export function matMul(host: KernelHost, args: MatMulArguments): void {
  const { b, batch, bBatchStride, rows, columns, inner, transposeB } = args;
  if (batch * rows * columns === 0) return;
  const entries = bBatchStride === 0 ? 1 : batch;
  const bytes = packedBytes(columns, inner);
  withMemory(host, entries * bytes, (packed) => {
    packColumns(host, { b, packed, columns, inner, transpose: transposeB, entries, batchStride: bBatchStride });
    multiplyPacked(host, args, packed, bBatchStride === 0 ? 0 : bytes);
  });
}

/** Rows of A in a block: 120 fill half of a second-level cache of 256 kB. */
const MOST_ROWS = 120;
/** Blocks wanted when the matrix is small: enough for several threads to finish together. */
const WANTED_BLOCKS = 16;

/** The product, once B is in panels `packedBatchStride` bytes apart. */
function multiplyPacked(host: KernelHost, args: MatMulArguments, packed: number, packedBatchStride: number): void {
  const { a, out, batch, aBatchStride, rows, columns, inner, transposeA } = args;
  const outBatchStride = args.outBatchStride ?? rows * columns;
  const most = Math.min(MOST_ROWS, Math.max(24, roundUp(Math.ceil((rows * batch) / WANTED_BLOCKS), 6)));
  // Equal blocks: a rest of a few rows is a tile that is not full.
  const rowsPerBlock = Math.min(most, roundUp(Math.ceil(rows / Math.ceil(rows / most)), 6));
  const rowBlocks = Math.ceil(rows / rowsPerBlock);
  // Few rows: the columns are divided too.
  const wantedColumnBlocks = Math.ceil(WANTED_BLOCKS / (rowBlocks * batch));
  const columnsPerBlock = Math.min(columns, Math.max(32, roundUp(Math.ceil(columns / wantedColumnBlocks), 8)));
  const items = batch * rowBlocks * Math.ceil(columns / columnsPerBlock);
  const { perChunk, chunks } = chunkItems(items, Math.min(rows, rowsPerBlock) * columnsPerBlock * inner);
  host.parallelFor(
    "matMul",
    chunks,
    [
      ...[
        a,
        aBatchStride * 4,
        packed,
        packedBatchStride,
        out,
        outBatchStride * 4,
        rows,
        columns,
        inner,
        transposeA ? 1 : 0,
      ],
      ...epilogueArguments(args),
      ...[rowsPerBlock, columnsPerBlock, items, perChunk],
    ],
    EDGE_BYTES + MOST_ROWS * BLOCK_ROW_BYTES,
  );
}
