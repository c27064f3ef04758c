/** How an axis is resampled. */
export interface ResampledAxis {
  /** Pixels given. */
  length: number;
  /** Pixels made. */
  count: number;
  /** Given pixels from one made to the next, unless corners are aligned. */
  step: number;
  mode: "nearest" | "bilinear";
  alignCorners: boolean;
}

/** What each given pixel counts in each that is made, (count, length) in one row: torch's definition of its `interpolate`. */
export function interpolationMatrix({ length, count, step, mode, alignCorners }: ResampledAxis): Float32Array {
  const matrix = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    if (mode === "nearest") {
      matrix[i * length + Math.min(Math.floor(i * step), length - 1)] = 1;
      continue;
    }
    const aligned = count > 1 ? (i * (length - 1)) / (count - 1) : 0;
    const place = alignCorners ? aligned : Math.max(0, (i + 0.5) * step - 0.5);
    const low = Math.min(Math.floor(place), length - 1);
    const rest = place - low;
    matrix[i * length + low]! += low === length - 1 ? 1 : 1 - rest;
    if (low < length - 1) matrix[i * length + low + 1]! += rest;
  }
  return matrix;
}
