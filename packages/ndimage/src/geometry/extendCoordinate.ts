/**
 * What resampling finds outside an image, in scipy.ndimage's names: `constant` gives `cval` wherever the coordinate lies outside
 * the pixel centres, `grid-constant` blends with it over a pixel; `nearest` the edge value; `reflect` (d c b a | a b c d) and
 * `mirror` (d c b | a b c d) the mirrored image; `grid-wrap` the image again, `wrap` the same with first and last pixel in one
 * place (its period is a pixel shorter).
 */
export type ExtensionMode = "constant" | "grid-constant" | "nearest" | "reflect" | "mirror" | "grid-wrap" | "wrap";

/** Every {@link ExtensionMode}, for checks. */
export const extensionModes: readonly ExtensionMode[] = [
  "constant",
  "grid-constant",
  "nearest",
  "reflect",
  "mirror",
  "grid-wrap",
  "wrap",
];

/**
 * The coordinate that stands for a coordinate along a line of n pixels; inside 0 … n−1 it is the coordinate itself.
 *
 * `reflect` gives values from −½, `grid-wrap` values below n. NaN stands for the constant.
 */
export function extendCoordinate(at: number, n: number, mode: ExtensionMode): number {
  if (at >= 0 && at <= n - 1) return at;
  switch (mode) {
    case "constant":
      return Number.NaN;
    case "grid-constant":
      return at;
    case "nearest":
      return at < 0 ? 0 : n - 1;
    case "grid-wrap":
      return at - n * Math.floor(at / n);
    case "wrap":
      return n === 1 ? 0 : wrapped(at, n - 1);
    case "mirror": {
      if (n === 1) return 0;
      const period = 2 * n - 2;
      const inside = at - period * Math.floor(at / period);
      return inside > n - 1 ? period - inside : inside;
    }
    default: {
      if (n === 1) return 0;
      const period = 2 * n;
      const inside = at - period * Math.floor(at / period);
      return inside >= n ? period - 1 - inside : inside;
    }
  }
}

/** Below 0 the period's end belongs to it, above n−1 its start, as scipy. */
function wrapped(at: number, period: number): number {
  return at < 0 ? at + period * (Math.trunc(-at / period) + 1) : at - period * Math.trunc(at / period);
}

/** The index of the pixel that stands for index i of a line of n pixels, or −1 for the constant. */
export function extendIndex(i: number, n: number, mode: ExtensionMode): number {
  if (i >= 0 && i < n) return i;
  if (mode === "grid-constant") return -1;
  if (mode === "grid-wrap") return i - n * Math.floor(i / n);
  // A coordinate that was extended already is at most one pixel from its place: only reflect repeats the edge pixel there.
  return extendCoordinate(i, n, mode === "reflect" ? "reflect" : "mirror");
}
