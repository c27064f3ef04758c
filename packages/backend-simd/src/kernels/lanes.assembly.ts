/** Vectors that end inside: nothing beyond the array is read or written, as other threads may own it. */

/** The first `count` lanes, 1 to 3, of four floats; zero in the others. */
export function loadPart(from: usize, count: usize): v128 {
  if (count == 1) return v128.load32_zero(from);
  const pair = v128.load64_zero(from);
  return count == 2 ? pair : v128.load32_lane(from, pair, 2, 8);
}

/** Stores the first `count` lanes, 1 to 3. */
export function storePart(to: usize, value: v128, count: usize): void {
  if (count == 1) {
    v128.store32_lane(to, value, 0);
    return;
  }
  v128.store64_lane(to, value, 0);
  if (count == 3) v128.store32_lane(to, value, 2, 8);
}
