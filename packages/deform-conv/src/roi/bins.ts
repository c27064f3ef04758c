import type { Taps } from "./taps.js";

/** One bin of one RoI: a weighted sum of pixels, each weight the product of its row's and its column's. */
export interface Bin {
  /** Index of the image. */
  image: number;
  rows: Taps;
  columns: Taps;
  /** Which part of the channels it reads, class · step + residue: see {@link BinPlan}. */
  part: number;
}

/**
 * All bins of a result, in its order. Channels are (class, output of the class, residue), `step` residues in all; a bin reads the channels of
 * one class and one residue. Plain pooling has one class and step 1; position-sensitive pooling has a residue for each place in the RoI.
 */
export interface BinPlan {
  bins: Bin[];
  /** (batch, height, width, channels) of the image. */
  image: readonly [number, number, number, number];
  classes: number;
  step: number;
  /** Shape of the result. */
  shape: number[];
}

/** Channels that each bin reads and writes. */
export function channelsOfBin({ image, classes, step }: BinPlan): number {
  return image[3] / (classes * step);
}
