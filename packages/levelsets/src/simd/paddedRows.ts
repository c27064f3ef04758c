/** Floats from one row to the next: four before its first pixel, at least one behind its last, rows of whole vectors. */
export function paddedStride(columns: number): number {
  return 4 * Math.ceil(columns / 4) + 8;
}

/** Copies rows to their padded places, their outermost pixels once more at either side. */
export function padRows(values: Float32Array, columns: number, padded: Float32Array): void {
  const stride = paddedStride(columns);
  padded.fill(0);
  for (let from = 0, to = 4; from < values.length; from += columns, to += stride) {
    padded.set(values.subarray(from, from + columns), to);
    padded[to - 1] = padded[to]!;
    padded[to + columns] = padded[to + columns - 1]!;
  }
}

/** The rows without their padding. */
export function unpadRows(padded: Float32Array, columns: number, values: Float32Array): void {
  const stride = paddedStride(columns);
  for (let to = 0, from = 4; to < values.length; to += columns, from += stride) {
    values.set(padded.subarray(from, from + columns), to);
  }
}
