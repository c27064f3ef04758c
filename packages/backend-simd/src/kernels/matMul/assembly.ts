/** Batched matrix product. */
import {
  EDGE_BYTES,
  K_BLOCK,
  ROW_STRIDE,
  copyFloats,
  multiplyColumns,
  multiplyRows,
  packColumns,
  packPanel,
  packPanelTransposed,
} from "../gemm/assembly";

/** Packs B into panels; an item is a panel of one batch entry. */
export function matMulPack(
  b: usize,
  batchStride: usize,
  packed: usize,
  columns: usize,
  inner: usize,
  transpose: i32,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const panels = (columns + 7) / 8;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const panel = item % panels;
    const from = b + (item / panels) * batchStride;
    const to = packed + item * inner * 32;
    const width = min<usize>(8, columns - panel * 8);
    if (transpose) packPanelTransposed(from + panel * 8 * inner * 4, inner * 4, to, inner, width);
    else packPanel(from + panel * 32, columns * 4, to, inner, width);
  }
}

/** The product; an item is a block of rows and columns of one batch entry. */
export function matMul(
  a: usize,
  aBatchStride: usize,
  packed: usize,
  packedBatchStride: usize,
  out: usize,
  outBatchStride: usize,
  rows: usize,
  columns: usize,
  inner: usize,
  transposeA: i32,
  bias: usize,
  activation: i32,
  alpha: f32,
  rowsPerBlock: usize,
  columnsPerBlock: usize,
  items: usize,
  perChunk: usize,
  chunk: usize,
  scratch: usize,
): void {
  const rowBlocks = (rows + rowsPerBlock - 1) / rowsPerBlock;
  const columnBlocks = (columns + columnsPerBlock - 1) / columnsPerBlock;
  const edge = scratch;
  const block = scratch + EDGE_BYTES;
  const end = min<usize>(items, (chunk + 1) * perChunk);
  for (let item = chunk * perChunk; item < end; item++) {
    const column = (item % columnBlocks) * columnsPerBlock;
    const rest = item / columnBlocks;
    const row = (rest % rowBlocks) * rowsPerBlock;
    const batch = rest / rowBlocks;
    const height = min<usize>(rowsPerBlock, rows - row);
    const width = min<usize>(columnsPerBlock, columns - column);
    const from = a + batch * aBatchStride;
    const panels = packed + batch * packedBatchStride + column * inner * 4;
    const to = out + batch * outBatchStride + (row * columns + column) * 4;
    const columnBias = bias != 0 ? bias + column * 4 : 0;
    let k: usize = 0;
    // At least one pass, as an empty sum is zero and still gets its bias.
    do {
      const count = min<usize>(K_BLOCK, inner - k);
      const last = k + count == inner;
      const b = panels + k * 32;
      if (transposeA) {
        packColumns(from + (k * rows + row) * 4, rows * 4, block, count, height);
        multiplyColumns(
          block, count * 24, 24, height, count, b, inner * 32, 32, to, columns * 4, width, k != 0, last, columnBias,
          activation, alpha, edge,
        );
      } else if (inner <= K_BLOCK) {
        // Rows this short are read in place: copying them would cost as much as some of the products.
        multiplyRows(
          from + row * inner * 4, inner * 4, height, count, b, inner * 32, to, columns * 4, width, false, last,
          columnBias, activation, alpha, edge,
        );
      } else {
        for (let i: usize = 0; i < height; i++)
          copyFloats(block + i * ROW_STRIDE, from + ((row + i) * inner + k) * 4, count);
        multiplyRows(
          block, ROW_STRIDE, height, count, b, inner * 32, to, columns * 4, width, k != 0, last, columnBias,
          activation, alpha, edge,
        );
      }
      k += count;
    } while (k < inner);
  }
}
