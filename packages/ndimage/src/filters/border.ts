/**
 * What a filter finds outside an image, in scipy.ndimage's names: the edge value (`nearest`), the image mirrored about its edge
 * (`reflect`: d c b a | a b c d) or about its edge pixels (`mirror`: d c b | a b c d), the image again (`wrap`), or a constant.
 */
export type BorderMode = "nearest" | "reflect" | "mirror" | "wrap" | "constant";

/** Every {@link BorderMode}, for checks. */
export const borderModes: readonly BorderMode[] = ["nearest", "reflect", "mirror", "wrap", "constant"];

/** The index inside 0 … n−1 that stands for index i of a line of n pixels, or −1 for the constant. */
export function borderIndex(i: number, n: number, mode: BorderMode): number {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case "constant":
      return -1;
    case "nearest":
      return i < 0 ? 0 : n - 1;
    case "wrap":
      return modulo(i, n);
    case "mirror": {
      if (n === 1) return 0;
      const at = modulo(i, 2 * n - 2);
      return at < n ? at : 2 * n - 2 - at;
    }
    default: {
      const at = modulo(i, 2 * n);
      return at < n ? at : 2 * n - 1 - at;
    }
  }
}

function modulo(i: number, n: number): number {
  return ((i % n) + n) % n;
}
