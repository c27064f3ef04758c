/**
 * Gaussian elimination with partial pivoting in a band: solves M·x = b for many b, each in time linear in the number of rows.
 *
 * @param rows the entries of each row as [column, value], those of one place added
 * @param band largest |row − column| of an entry
 */
export function bandedSolver(
  rows: readonly (readonly [column: number, value: number])[][],
  band: number,
): (x: Float64Array) => void {
  const n = rows.length;
  // Row i holds columns i − band … i + 2·band: exchanged rows reach that far to the right.
  const width = 3 * band + 1;
  const m = new Float64Array(n * width);
  for (const [i, row] of rows.entries()) for (const [j, value] of row) m[i * width + j - i + band]! += value;
  const at = (i: number, j: number): number => i * width + j - i + band;
  const pivots = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    const lastRow = Math.min(n - 1, k + band);
    const lastColumn = Math.min(n - 1, k + 2 * band);
    let pivot = k;
    for (let i = k + 1; i <= lastRow; i++) if (Math.abs(m[at(i, k)]!) > Math.abs(m[at(pivot, k)]!)) pivot = i;
    pivots[k] = pivot;
    if (pivot !== k) {
      for (let j = k; j <= lastColumn; j++) [m[at(k, j)], m[at(pivot, j)]] = [m[at(pivot, j)]!, m[at(k, j)]!];
    }
    for (let i = k + 1; i <= lastRow; i++) {
      const factor = m[at(i, k)]! / m[at(k, k)]!;
      m[at(i, k)] = factor;
      for (let j = k + 1; j <= lastColumn; j++) m[at(i, j)]! -= factor * m[at(k, j)]!;
    }
  }
  return (x) => {
    for (let k = 0; k < n; k++) {
      const pivot = pivots[k]!;
      if (pivot !== k) [x[k], x[pivot]] = [x[pivot]!, x[k]!];
      const value = x[k]!;
      for (let i = k + 1; i <= Math.min(n - 1, k + band); i++) x[i]! -= m[at(i, k)]! * value;
    }
    for (let k = n - 1; k >= 0; k--) {
      let value = x[k]!;
      for (let j = k + 1; j <= Math.min(n - 1, k + 2 * band); j++) value -= m[at(k, j)]! * x[j]!;
      x[k] = value / m[at(k, k)]!;
    }
  };
}
