/** Runs of pixels along the last axis, in raster order: run k is [start, end) on its line. */
interface Runs {
  start: Int32Array;
  end: Int32Array;
  /** The runs of line l are those from first[l] up to first[l + 1]. */
  first: Int32Array;
}

/**
 * Labels the components of a mask, 1 … count in raster order of their first pixels, into `labels`, which is 0.
 *
 * Runs that touch a run on a line before theirs are joined to it, always under the earlier of two names, so that a component is
 * named after its first run. @returns the count
 */
export function labelRuns(
  mask: Uint8Array,
  shape: readonly [number, number, number],
  connectivity: number,
  labels: Int32Array,
): number {
  const [planes, rows, columns] = shape;
  const runs = findRuns(mask, planes * rows, columns);
  const parent = Int32Array.from(runs.start.keys());
  for (let p = 0; p < planes; p++) {
    for (let r = 0; r < rows; r++) {
      const line = p * rows + r;
      if (r > 0) joinLines(runs, parent, line, line - 1, connectivity > 1 ? 1 : 0);
      if (p === 0) continue;
      for (let d = -1; d <= 1; d++) {
        const moved = 1 + Math.abs(d);
        if (moved > connectivity || r + d < 0 || r + d >= rows) continue;
        joinLines(runs, parent, line, line - rows + d, connectivity > moved ? 1 : 0);
      }
    }
  }
  let count = 0;
  const name = new Int32Array(parent.length);
  for (let line = 0; line < planes * rows; line++) {
    for (let k = runs.first[line]!; k < runs.first[line + 1]!; k++) {
      const root = parent[k] === k ? k : rootOf(parent, k);
      if (root === k) name[k] = ++count;
      labels.fill(name[root]!, line * columns + runs.start[k]!, line * columns + runs.end[k]!);
    }
  }
  return count;
}

function findRuns(mask: Uint8Array, lines: number, columns: number): Runs {
  let total = 0;
  for (let line = 0, i = 0; line < lines; line++) {
    for (let before = 0, c = 0; c < columns; c++, i++) {
      const inside = mask[i] === 0 ? 0 : 1;
      total += inside & (before ^ 1);
      before = inside;
    }
  }
  const start = new Int32Array(total);
  const end = new Int32Array(total);
  const first = new Int32Array(lines + 1);
  for (let line = 0, k = 0; line < lines; line++) {
    const offset = line * columns;
    for (let c = 0; c < columns; ) {
      while (c < columns && mask[offset + c] === 0) c++;
      if (c === columns) break;
      start[k] = c;
      while (c < columns && mask[offset + c] !== 0) c++;
      end[k++] = c;
    }
    first[line + 1] = k;
  }
  return { start, end, first };
}

/** Joins the runs of two lines that share a column, or lie `reach` columns apart. */
function joinLines({ start, end, first }: Runs, parent: Int32Array, line: number, other: number, reach: number): void {
  let j = first[other]!;
  const last = first[other + 1]!;
  for (let k = first[line]!; k < first[line + 1]!; k++) {
    while (j < last && end[j]! + reach <= start[k]!) j++;
    for (let m = j; m < last && start[m]! < end[k]! + reach; m++) {
      const a = rootOf(parent, k);
      const b = rootOf(parent, m);
      if (a < b) parent[b] = a;
      else parent[a] = b;
    }
  }
}

function rootOf(parent: Int32Array, k: number): number {
  while (parent[k] !== k) {
    parent[k] = parent[parent[k]!]!;
    k = parent[k]!;
  }
  return k;
}
