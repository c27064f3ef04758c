// Kernels of the tests, in AssemblyScript. `kernels.json` holds the compiled module; compile.mjs makes it.

/** y[i] = factor·x[i], a chunk of `step` values. */
export function scale(x: usize, y: usize, length: i32, step: i32, factor: f32, chunk: i32, _scratch: usize): void {
  const from = chunk * step;
  const to = min(length, from + step);
  let i = from;
  const by = f32x4.splat(factor);
  for (; i + 4 <= to; i += 4) v128.store(y + (i << 2), f32x4.mul(by, v128.load(x + (i << 2))));
  for (; i < to; i++) store<f32>(y + (i << 2), factor * load<f32>(x + (i << 2)));
}

/** Counts how often each chunk runs; out[chunk] += 1. */
export function count(out: usize, chunk: i32, _scratch: usize): void {
  atomic.add<i32>(out + (chunk << 2), 1);
}

/** Writes a pattern of its own over the scratch, and out[chunk] = 1 if nobody else wrote there meanwhile. */
export function useScratch(out: usize, bytes: i32, chunk: i32, scratch: usize): void {
  for (let i = 0; i < bytes; i++) store<u8>(scratch + i, <u8>(chunk * 7 + i));
  let kept = 1;
  for (let i = 0; i < bytes; i++) if (load<u8>(scratch + i) != <u8>(chunk * 7 + i)) kept = 0;
  store<i32>(out + (chunk << 2), kept);
}

/** Stores its arguments: two addresses above 2 GiB, a float and a negative integer must arrive. */
export function echo(out: usize, high: usize, fraction: f64, negative: i32, chunk: i32, _scratch: usize): void {
  store<u32>(out, <u32>high);
  store<f64>(out + 8, fraction);
  store<i32>(out + 16, negative);
  store<i32>(out + 20, chunk);
}

/** Traps in one chunk. */
export function trap(where: i32, chunk: i32, _scratch: usize): void {
  if (chunk == where) unreachable();
}

/**
 * Two chunks that wait for each other, so that two threads must run them; then the one that is not the owner stays until a flag is set.
 * words: [0] arrivals, [1] flag.
 */
export function stall(words: usize, ownerScratch: usize, _chunk: i32, scratch: usize): void {
  atomic.add<i32>(words, 1);
  while (atomic.load<i32>(words) < 2) {}
  if (scratch == ownerScratch) return;
  while (atomic.load<i32>(words + 4) == 0) {}
}
