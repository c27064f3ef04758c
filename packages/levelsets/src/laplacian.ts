/** Sum of the second differences along all axes of a C-ordered array, borders replicated; overwrites `result`. */
export function laplacian(
  values: Float64Array,
  shape: readonly number[],
  spacing: readonly number[],
  result: Float64Array,
): void {
  result.fill(0);
  let inner = values.length;
  for (const [axis, length] of shape.entries()) {
    inner /= length;
    const weight = 1 / (spacing[axis]! * spacing[axis]!);
    for (let i = 0, within = 0, at = 0; i < values.length; i++) {
      const before = values[at === 0 ? i : i - inner]!;
      const after = values[at === length - 1 ? i : i + inner]!;
      result[i]! += (before + after - 2 * values[i]!) * weight;
      within++;
      if (within < inner) continue;
      within = 0;
      at = at === length - 1 ? 0 : at + 1;
    }
  }
}
