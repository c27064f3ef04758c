/**
 * Distance to the front of the pixels beside it, Infinity of all others: to the nearest zero of φ along each axis, linear between two
 * pixels, and to the plane through those zeros.
 * @returns 1 where the pixel lies beside the front, that is has a neighbour on the other side of φ > 0
 */
export function crossingDistance(
  phi: Float64Array,
  shape: readonly number[],
  spacing: readonly number[],
  distances: Float64Array,
): Uint8Array {
  const frozen = new Uint8Array(phi.length);
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  for (let i = 0; i < phi.length; i++) {
    const value = phi[i]!;
    const inside = value > 0;
    let inverseSquares = 0;
    let rest = i;
    for (let k = 0; k < steps.length; k++) {
      const step = steps[k]!;
      const at = Math.floor(rest / step);
      rest -= at * step;
      // The neighbour furthest beyond the front is the one whose crossing is nearest.
      let beyond = 0;
      let crossed = false;
      for (const next of [at > 0 ? i - step : i, at < shape[k]! - 1 ? i + step : i]) {
        const other = phi[next]!;
        if (other > 0 === inside) continue;
        crossed = true;
        beyond = Math.max(beyond, Math.abs(other));
      }
      if (!crossed) continue;
      frozen[i] = 1;
      const size = Math.abs(value);
      // Written so that neither tiny nor huge φ overflow; a value of 0 lies on the front.
      const distance = size === 0 ? 0 : spacing[k]! / (1 + beyond / size);
      inverseSquares += 1 / (distance * distance);
    }
    distances[i] = frozen[i] === 0 ? Number.POSITIVE_INFINITY : 1 / Math.sqrt(inverseSquares);
  }
  return frozen;
}
