/**
 * Where windows of `window` pixels begin along an axis of `length` ≥ `window`: as few as keep their steps at `window` · (1 − overlap) or
 * below, the first at 0, the last at the end, the others evenly between (nnU-Net's `compute_steps_for_sliding_window`).
 */
export function windowStarts(length: number, window: number, overlap: number): number[] {
  const last = length - window;
  const count = Math.ceil(last / (window * (1 - overlap))) + 1;
  const step = last / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, k) => roundHalfToEven(k * step));
}

/** Python's rounding, so that windows begin where nnU-Net's do. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
