/** Distance at pixel `i` from what its neighbours hold, no more than it holds already; `usable` is 0 where a pixel is to be ignored. */
export type EikonalUpdate = (distances: Float64Array, i: number, usable?: Uint8Array) => number;

/** Godunov's upwind solution of |∇d| = 1 at a pixel: Σ ((d − a_k)/h_k)² = 1 over the axes whose smaller neighbour a_k is below d. */
export function createEikonalUpdate(shape: readonly number[], spacing: readonly number[]): EikonalUpdate {
  const rank = shape.length;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const nearest = new Float64Array(rank);
  const lengths = new Float64Array(rank);
  return (distances, i, usable) => {
    let rest = i;
    for (let k = 0; k < rank; k++) {
      const step = steps[k]!;
      const at = Math.floor(rest / step);
      rest -= at * step;
      let smaller = Number.POSITIVE_INFINITY;
      if (at > 0 && usable?.[i - step] !== 0) smaller = Math.abs(distances[i - step]!);
      if (at < shape[k]! - 1 && usable?.[i + step] !== 0) smaller = Math.min(smaller, Math.abs(distances[i + step]!));
      let slot = k;
      for (; slot > 0 && nearest[slot - 1]! > smaller; slot--) {
        nearest[slot] = nearest[slot - 1]!;
        lengths[slot] = lengths[slot - 1]!;
      }
      nearest[slot] = smaller;
      lengths[slot] = spacing[k]!;
    }
    const first = nearest[0]!;
    let best = Math.abs(distances[i]!);
    if (first >= best) return best;
    let a = 0;
    let b = 0;
    let c = -1;
    for (let k = 0; k < rank; k++) {
      const above = nearest[k]! - first;
      const weight = 1 / (lengths[k]! * lengths[k]!);
      a += weight;
      b += weight * above;
      c += weight * above * above;
      const candidate = first + (b + Math.sqrt(Math.max(0, b * b - a * c))) / a;
      if (k < rank - 1 && candidate > nearest[k + 1]!) continue;
      best = Math.min(best, candidate);
      break;
    }
    return best;
  };
}
