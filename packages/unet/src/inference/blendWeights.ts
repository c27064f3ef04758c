/** How windows that overlap are averaged: by a Gaussian of the distance from the window's middle, or all alike. */
export type Blend = "gaussian" | "constant";

/**
 * Weights along one axis of a window; a pixel's weight is the product over the axes.
 *
 * `gaussian` is nnU-Net's: 1 at index floor(n / 2), σ = n / 8. nnU-Net cuts it at 4σ, which no pixel of the window is beyond, and puts the
 * smallest positive weight where its 16-bit numbers give 0: here none is 0.
 */
export function blendWeights(blend: Blend, n: number): Float64Array {
  const middle = Math.floor(n / 2);
  const sigma = n / 8;
  return Float64Array.from({ length: n }, (_, i) =>
    blend === "constant" ? 1 : Math.exp(-((i - middle) ** 2) / (2 * sigma ** 2)),
  );
}
