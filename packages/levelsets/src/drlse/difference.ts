/** Derivative along an axis as numpy.gradient takes it: central, one-sided at both ends. `shape[axis]` ≥ 2. */
export function difference(
  values: Float64Array,
  shape: readonly number[],
  axis: number,
  spacing: number,
  result: Float64Array,
): void {
  const step = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const last = shape[axis]! - 1;
  for (let i = 0; i < values.length; i++) {
    const k = Math.floor(i / step) % (last + 1);
    const before = k === 0 ? i : i - step;
    const after = k === last ? i : i + step;
    result[i] = (values[after]! - values[before]!) / (k === 0 || k === last ? spacing : 2 * spacing);
  }
}
