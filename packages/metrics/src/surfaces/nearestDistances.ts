/**
 * Distance from each query to the nearest target, both given as places in a volume, in ascending order. At least one target.
 *
 * The exact separable distance transform, of which only what a query needs is computed: distances along the first axis by two
 * sweeps; per plane, for the rows that hold a query, the lower envelope along the second axis; then a search outwards along the last
 * axis, which ends as soon as nothing nearer can follow. A distance is √(Σ (Δ·spacing)²), summed in the order of the axes.
 *
 * Cost: O(volume) and for each query as many steps as its distance; 2 bytes of working memory per element of the volume.
 * @param along working memory from {@link stepsFor}, whatever it holds
 */
export function nearestDistances(
  targets: Int32Array,
  queries: Int32Array,
  shape: readonly [number, number, number],
  spacing: readonly [number, number, number],
  along: Steps = stepsFor(shape),
): Float64Array {
  const [n0, n1, n2] = shape;
  const plane = n1 * n2;
  const [squares0, squares1, squares2] = [0, 1, 2].map((k) => squares(shape[k]!, spacing[k]!)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const none = noneFor(along);
  for (let i = 0; i < plane; i++) along[i] = none;
  // From target to target, the steps before it count on from the plane above.
  for (let i = 0, t = 0; t <= targets.length; t++) {
    const end = t < targets.length ? targets[t]! : along.length;
    for (i = Math.max(i, plane); i < end; i++) along[i] = along[i - plane]! + 1;
    if (t < targets.length) along[end] = 0;
    i = end + 1;
  }
  const distances = new Float64Array(queries.length);
  const inPlane = new Float64Array(plane);
  const rows = new Int32Array(n1);
  const column = { at: new Int32Array(n1), height: new Float64Array(n1), lifted: new Float64Array(n1) };
  let last = queries.length - 1;
  for (let base = (n0 - 1) * plane; base >= 0 && last >= 0; base -= plane) {
    if (base + plane < along.length) {
      for (let i = base; i < base + plane; i++) {
        const next = along[i + plane]! + 1;
        if (next < along[i]!) along[i] = next;
      }
    }
    let rowCount = 0;
    let first = last;
    for (let row = -1; first >= 0 && queries[first]! >= base; first--) {
      const y = Math.floor((queries[first]! - base) / n2);
      if (y !== row) rows[rowCount++] = row = y;
    }
    if (rowCount === 0) continue;
    for (let x = 0; x < n2; x++) {
      const count = envelope(along, base + x, n1, n2, none, squares0, squares1, column);
      evaluate(column, count, rows, rowCount, squares1, inPlane, x, n2);
    }
    for (; last > first; last--) {
      distances[last] = Math.sqrt(nearestInRow(inPlane, queries[last]! - base, n2, squares2));
    }
  }
  return distances;
}

/** Numbers of steps along the first axis, for each place of a volume. */
type Steps = Uint16Array | Uint32Array;

/** Working memory of {@link nearestDistances}, for as many calls as you like. */
export function stepsFor([n0, n1, n2]: readonly [number, number, number]): Steps {
  return new (n0 < 32768 ? Uint16Array : Uint32Array)(n0 * n1 * n2);
}

/** Stands for no target yet; counted on from, it stays above every length and below what can be stored. */
const noneFor = (steps: Steps): number => 2 ** (8 * steps.BYTES_PER_ELEMENT - 1);

interface Column {
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
function envelope(
  along: Steps,
  start: number,
  length: number,
  stride: number,
  none: number,
  squares0: Float64Array,
  squares1: Float64Array,
  { at, height, lifted }: Column,
): number {
  let k = -1;
  for (let y = 0, i = start; y < length; y++, i += stride) {
    const steps = along[i]!;
    if (steps >= none) continue;
    const h = squares0[steps]!;
    const l = h + squares1[y]!;
    while (k > 0 && (lifted[k]! - lifted[k - 1]!) * (y - at[k]!) >= (l - lifted[k]!) * (at[k]! - at[k - 1]!)) k--;
    k++;
    at[k] = y;
    height[k] = h;
    lifted[k] = l;
  }
  return k + 1;
}

/** The envelope's values in some rows, which descend. */
function evaluate(
  { at, height }: Column,
  count: number,
  rows: Int32Array,
  rowCount: number,
  squares1: Float64Array,
  target: Float64Array,
  x: number,
  n2: number,
): void {
  let k = count - 1;
  for (let r = 0; r < rowCount; r++) {
    const y = rows[r]!;
    let best = k < 0 ? Number.POSITIVE_INFINITY : height[k]! + squares1[Math.abs(y - at[k]!)]!;
    while (k > 0) {
      const next = height[k - 1]! + squares1[Math.abs(y - at[k - 1]!)]!;
      if (next > best) break;
      best = next;
      k--;
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
