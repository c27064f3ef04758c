/**
 * The q-th percentile of distances, q in (0, 100]. Linear between order statistics, as numpy and torch:
 * v[⌊h⌋] + (h − ⌊h⌋)(v[⌊h⌋+1] − v[⌊h⌋]) of the sorted list, h = (n − 1)·q/100. By selection, without sorting.
 */
export function percentile(distances: Float64Array, q: number): number {
  const position = ((distances.length - 1) * q) / 100;
  const below = Math.floor(position);
  const values = distances.slice();
  const low = select(values, below);
  if (below === position) return low;
  let high = Number.POSITIVE_INFINITY;
  for (let i = below + 1; i < values.length; i++) if (values[i]! < high) high = values[i]!;
  return low + (position - below) * (high - low);
}

/**
 * The smallest distance up to which elements make up q % of the whole size, as surface-distance. Sums run in the order of
 * (distance, size).
 */
export function sizedPercentile(distances: Float64Array, sizes: Float64Array, q: number): number {
  if (q === 100) return distances.reduce((a, b) => Math.max(a, b));
  const order = Uint32Array.from(distances.keys()).sort(
    (a, b) => distances[a]! - distances[b]! || sizes[a]! - sizes[b]!,
  );
  let total = 0;
  for (const i of order) total += sizes[i]!;
  let sum = 0;
  for (const i of order) {
    sum += sizes[i]!;
    if (sum / total >= q / 100) return distances[i]!;
  }
  return distances[order[order.length - 1]!]!;
}

/** Moves the k-th smallest value to index k, with nothing larger before and nothing smaller behind (Hoare's selection). */
function select(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k]!;
}
