/**
 * The one-to-one assignment of rows to columns with the largest sum of weights ≥ 0: the column of each row, −1 for none.
 *
 * Shortest augmenting paths with potentials (the Hungarian method): O(n³) time and O(n²) memory for the larger side n.
 */
export function assignment(rows: number, columns: number, weight: (row: number, column: number) => number): number[] {
  const n = Math.max(rows, columns);
  const cost = (i: number, j: number): number => (i < rows && j < columns ? -weight(i, j) : 0);
  const rowPotential = new Float64Array(n);
  const columnPotential = new Float64Array(n + 1);
  const rowOf = new Int32Array(n + 1).fill(-1); // the extra column n holds the row that is being placed
  for (let row = 0; row < n; row++) {
    const distance = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(n + 1);
    const done = new Uint8Array(n + 1);
    let column = n;
    rowOf[n] = row;
    while (rowOf[column]! >= 0) {
      done[column] = 1;
      const i = rowOf[column]!;
      let next = n;
      for (let j = 0; j < n; j++) {
        if (done[j] === 1) continue;
        const reduced = cost(i, j) - rowPotential[i]! - columnPotential[j]!;
        if (reduced < distance[j]!) {
          distance[j] = reduced;
          before[j] = column;
        }
        if (next === n || distance[j]! < distance[next]!) next = j;
      }
      const delta = distance[next]!;
      for (let j = 0; j <= n; j++) {
        if (done[j] === 1) {
          rowPotential[rowOf[j]!]! += delta;
          columnPotential[j]! -= delta;
        } else distance[j]! -= delta;
      }
      column = next;
    }
    while (column !== n) {
      rowOf[column] = rowOf[before[column]!]!;
      column = before[column]!;
    }
  }
  const columnOf = new Array<number>(rows).fill(-1);
  for (let j = 0; j < columns; j++) if (rowOf[j]! < rows) columnOf[rowOf[j]!] = j;
  return columnOf;
}
