/** The way back from scaled values: value = low + scaled · unit. */
export interface ValueScale {
  low: number;
  unit: number;
}

/** Scales values linearly to [0, top], in place; equal ones become 0, their unit 0. */
export function scaleValues(values: Float64Array, top: number): ValueScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Halves: the difference of two large finite numbers may be infinite.
  const unit = (high / 2 - low / 2) / (top / 2);
  for (let i = 0; i < values.length; i++) values[i] = unit === 0 ? 0 : (values[i]! / 2 - low / 2) / (unit / 2);
  return { low, unit };
}
