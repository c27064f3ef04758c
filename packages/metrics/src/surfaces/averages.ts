/** Σ distance · size of one direction, in index order, and Σ size. */
export function sized(distances: Float64Array, sizes: Float64Array | undefined): { sum: number; total: number } {
  let sum = 0;
  let total = sizes === undefined ? distances.length : 0;
  for (let i = 0; i < distances.length; i++) {
    sum += distances[i]! * (sizes?.[i] ?? 1);
    total += sizes?.[i] ?? 0;
  }
  return { sum, total };
}
