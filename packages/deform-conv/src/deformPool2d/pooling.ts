import type { DeformConvGeometry } from "../deformConv2d/geometry.js";

/** A pooling over windows of sample points. */
export interface Pooling {
  /** Lengths of the convolution with a filter for each channel that reads the same samples. */
  geometry: DeformConvGeometry;
  mode: "average" | "max";
  /** 1 for each tap that counts, else 0: (outHeight · outWidth, K), the same for all images. */
  counts: Uint8Array;
  /** Taps that count, of each window: (outHeight · outWidth). */
  totals: Uint32Array;
}

/** Which taps count: those whose place without offset lies in the image, or all. */
export function countTaps(g: DeformConvGeometry, all: boolean): Pick<Pooling, "counts" | "totals"> {
  const taps = g.kernelHeight * g.kernelWidth;
  const totals = new Uint32Array(g.outHeight * g.outWidth);
  const counts = new Uint8Array(totals.length * taps);
  for (let at = 0; at < counts.length; at++) {
    const window = Math.floor(at / taps);
    const k = at % taps;
    const [i, j] = [Math.floor(window / g.outWidth), window % g.outWidth];
    const y = i * g.strideY - g.padTop + Math.floor(k / g.kernelWidth) * g.dilationY;
    const x = j * g.strideX - g.padLeft + (k % g.kernelWidth) * g.dilationX;
    if (!all && (y < 0 || y >= g.inHeight || x < 0 || x >= g.inWidth)) continue;
    counts[at] = 1;
    totals[window]! += 1;
  }
  return { counts, totals };
}
