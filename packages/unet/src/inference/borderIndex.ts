/** What windows see beyond the image: zeros, its outermost pixels, or its mirror image without the outermost pixels repeated. */
export type Border = "zero" | "edge" | "reflect";

/** The index within an axis of `n` pixels that stands for index `i`, or −1 for zero. */
export function borderIndex(border: Border, i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  if (border === "zero") return -1;
  if (border === "edge" || n === 1) return i < 0 ? 0 : n - 1;
  const period = 2 * (n - 1);
  const k = ((i % period) + period) % period;
  return k < n ? k : period - k;
}
