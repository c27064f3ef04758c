/** Buckets up to this length are sorted by insertion. */
const short = 24;
/** Buckets inside buckets, before an ordinary sort takes over: only values of wildly unlike size get there. */
const deepest = 4;

/** Result of {@link rankValues}. */
export interface Ranking {
  /** For each value the number of smaller ones; equal values share one, and the next greater follows after their number. */
  rank: Int32Array;
  /** No two values are equal. */
  distinct: boolean;
}

/**
 * Ranks of finite values: buckets of equal width, each sorted on its own. Linear time for values that spread, n log n at worst.
 */
export function rankValues(values: Float64Array): Ranking {
  const count = values.length;
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const sorted = values.slice();
  sortRange(sorted, order, 0, count, 0);
  const rank = new Int32Array(count);
  let first = 0;
  let distinct = true;
  for (let k = 0; k < count; k++) {
    if (k === 0 || sorted[k] !== sorted[k - 1]) first = k;
    else distinct = false;
    rank[order[k]!] = first;
  }
  return { rank, distinct };
}

/** Sorts a range of the values, and the indices with them. */
function sortRange(sorted: Float64Array, order: Int32Array, from: number, to: number, depth: number): void {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let k = from; k < to; k++) {
    const value = sorted[k]!;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  if (least === greatest) return;
  if (depth === deepest) {
    sortByComparing(sorted, order, from, to);
    return;
  }
  // `| 0` of a width that overflowed puts all into one bucket, which ends in the ordinary sort.
  const buckets = Math.ceil((to - from) / 2);
  const scale = (buckets - 1) / (greatest - least);
  const values = sorted.slice(from, to);
  const indices = order.slice(from, to);
  const bucketOf = new Int32Array(values.length);
  const ends = new Int32Array(buckets);
  for (let k = 0; k < values.length; k++) {
    const bucket = ((values[k]! - least) * scale) | 0;
    bucketOf[k] = bucket;
    ends[bucket]!++;
  }
  for (let b = 0, sum = from; b < buckets; b++) {
    const length = ends[b]!;
    ends[b] = sum;
    sum += length;
  }
  // Filling moves the start of each bucket up to its end.
  for (let k = 0; k < values.length; k++) {
    const to = ends[bucketOf[k]!]!++;
    sorted[to] = values[k]!;
    order[to] = indices[k]!;
  }
  for (let b = 0, start = from; b < buckets; b++) {
    const end = ends[b]!;
    if (end - start > short) sortRange(sorted, order, start, end, depth + 1);
    else if (end - start > 1) sortByInsertion(sorted, order, start, end);
    start = end;
  }
}

function sortByInsertion(sorted: Float64Array, order: Int32Array, from: number, to: number): void {
  for (let k = from + 1; k < to; k++) {
    const value = sorted[k]!;
    const at = order[k]!;
    let j = k - 1;
    for (; j >= from && sorted[j]! > value; j--) {
      sorted[j + 1] = sorted[j]!;
      order[j + 1] = order[j]!;
    }
    sorted[j + 1] = value;
    order[j + 1] = at;
  }
}

function sortByComparing(sorted: Float64Array, order: Int32Array, from: number, to: number): void {
  const values = sorted.slice(from, to);
  const indices = order.slice(from, to);
  const places = Int32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  for (let k = 0; k < places.length; k++) {
    sorted[from + k] = values[places[k]!]!;
    order[from + k] = indices[places[k]!]!;
  }
}
