/**
 * Distance from each query to the nearest target, both given as places in a volume, in ascending order. At least one target.
 *
 * The exact separable distance transform, of which only what a query needs is computed: distances along the first axis by two
 * sweeps over the lines that hold a target; per plane, for the rows that hold a query, the lower envelope along the second axis; then
 * a search outwards along the last axis, which ends as soon as nothing nearer can follow. A distance is √(Σ (Δ·spacing)²), summed in
 * the order of the axes.
 *
 * Cost: O(lines · length + plane · planes) and for each query as many steps as its distance; 2 bytes of working memory per element of
 * a line that holds a target.
 */
export function nearestDistances(
  targets: Int32Array,
  queries: Int32Array,
  shape: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Float64Array {
  const [n0, n1, n2] = shape;
  const plane = n1 * n2;
  const [squares0, squares1, squares2] = [0, 1, 2].map((k) => squares(shape[k]!, spacing[k]!)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { lineAt, begins, rowOf } = linesWith(targets, n1, n2);
  const lines = rowOf.length;
  // Steps to the nearest target along the first axis: plane by plane, in it column by column.
  const along = new (n0 < 32768 ? Uint16Array : Uint32Array)(n0 * lines);
  // Stands for no target yet; counted on from, it stays above every length and below what can be stored.
  along.fill(2 ** (8 * along.BYTES_PER_ELEMENT - 1));
  for (let i = 0; i < targets.length; i++) {
    const z = Math.floor(targets[i]! / plane);
    along[z * lines + lineAt[targets[i]! - z * plane]!] = 0;
  }
  for (let i = lines; i < along.length; i++) {
    const next = along[i - lines]! + 1;
    if (next < along[i]!) along[i] = next;
  }
  for (let i = along.length - lines - 1; i >= 0; i--) {
    const next = along[i + lines]! + 1;
    if (next < along[i]!) along[i] = next;
  }
  const distances = new Float64Array(queries.length);
  const inPlane = new Float64Array(plane);
  const rows = new Int32Array(n1);
  const envelope = { at: new Int32Array(n1), height: new Float64Array(n1), lifted: new Float64Array(n1) };
  for (let first = 0, last = 0; first < queries.length; first = last) {
    const z = Math.floor(queries[first]! / plane);
    const base = z * plane;
    let rowCount = 0;
    for (let row = -1; last < queries.length && queries[last]! < base + plane; last++) {
      const y = Math.floor((queries[last]! - base) / n2);
      if (y !== row) rows[rowCount++] = row = y;
    }
    for (let x = 0; x < n2; x++) {
      const count = raise(envelope, along, z * lines, begins[x]!, begins[x + 1]!, rowOf, squares0, squares1);
      evaluate(envelope, count, rows, rowCount, squares1, inPlane, x, n2);
    }
    for (let i = first; i < last; i++) {
      distances[i] = Math.sqrt(nearestInRow(inPlane, queries[i]! - base, n2, squares2));
    }
  }
  return distances;
}

/** The lines along the first axis that hold a target, column by column: where each column begins, and the row of each line. */
function linesWith(
  targets: Int32Array,
  n1: number,
  n2: number,
): { lineAt: Int32Array; begins: Int32Array; rowOf: Int32Array } {
  const plane = n1 * n2;
  const lineAt = new Int32Array(plane);
  for (let i = 0; i < targets.length; i++) lineAt[targets[i]! % plane] = 1;
  const begins = new Int32Array(n2 + 1);
  const rowOf = new Int32Array(plane);
  let count = 0;
  for (let x = 0; x < n2; x++) {
    begins[x] = count;
    for (let y = 0, i = x; y < n1; y++, i += n2) {
      if (lineAt[i] === 0) continue;
      lineAt[i] = count;
      rowOf[count++] = y;
    }
  }
  begins[n2] = count;
  return { lineAt, begins, rowOf: rowOf.subarray(0, count) };
}

interface Envelope {
  at: Int32Array;
  height: Float64Array;
  lifted: Float64Array;
}

function squares(count: number, step: number): Float64Array {
  const result = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) result[i] = i * step * (i * step);
  return result;
}

/** The parabolas height + (y − at)² that are lowest somewhere: the lower convex hull of (at, height + at²). Gives their number. */
function raise(
  { at, height, lifted }: Envelope,
  along: Uint16Array | Uint32Array,
  base: number,
  begin: number,
  end: number,
  rowOf: Int32Array,
  squares0: Float64Array,
  squares1: Float64Array,
): number {
  let k = -1;
  for (let line = begin; line < end; line++) {
    const y = rowOf[line]!;
    const h = squares0[along[base + line]!]!;
    const l = h + squares1[y]!;
    while (k > 0 && (lifted[k]! - lifted[k - 1]!) * (y - at[k]!) >= (l - lifted[k]!) * (at[k]! - at[k - 1]!)) k--;
    k++;
    at[k] = y;
    height[k] = h;
    lifted[k] = l;
  }
  return k + 1;
}

/** The envelope's values in some rows, which ascend. */
function evaluate(
  { at, height }: Envelope,
  count: number,
  rows: Int32Array,
  rowCount: number,
  squares1: Float64Array,
  target: Float64Array,
  x: number,
  n2: number,
): void {
  let k = 0;
  for (let r = 0; r < rowCount; r++) {
    const y = rows[r]!;
    let best = count === 0 ? Number.POSITIVE_INFINITY : height[k]! + squares1[Math.abs(y - at[k]!)]!;
    while (k < count - 1) {
      const next = height[k + 1]! + squares1[Math.abs(y - at[k + 1]!)]!;
      if (next > best) break;
      best = next;
      k++;
    }
    target[y * n2 + x] = best;
  }
}

function nearestInRow(inPlane: Float64Array, place: number, n2: number, squares2: Float64Array): number {
  const x = place % n2;
  let best = inPlane[place]!;
  for (let d = 1; d < n2 && squares2[d]! < best; d++) {
    if (d <= x) best = Math.min(best, inPlane[place - d]! + squares2[d]!);
    if (d < n2 - x) best = Math.min(best, inPlane[place + d]! + squares2[d]!);
  }
  return best;
}
