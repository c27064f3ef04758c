import type { NdArray } from "ndarray";

/** A C-ordered mask as the goldens store it: bits in the order of the pixels, the lowest first, base64. */
export function maskBits(mask: NdArray<Uint8Array>): string {
  const bytes = new Uint8Array(Math.ceil(mask.data.length / 8));
  mask.data.forEach((value, i) => {
    bytes[i >> 3]! |= value << (i & 7);
  });
  return Buffer.from(bytes).toString("base64");
}
