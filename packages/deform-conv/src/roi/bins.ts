import type { Lines } from "./lines.js";

/** Bins of RoIs, by their number: each a weighted sum of pixels, each weight the product of its row's and its column's. */
export interface Bins {
  readonly length: number;
  /** Index of the image. */
  readonly images: Int32Array;
  /** Index of the line of rows. */
  readonly rows: Int32Array;
  /** Index of the line of columns. */
  readonly columns: Int32Array;
  /** Which part of the channels it reads, class · step + residue: see {@link BinPlan}. */
  readonly parts: Int32Array;
}

/** So many bins, to be written. */
export function newBins(length: number): Bins {
  const [images, rows, columns, parts] = Array.from({ length: 4 }, () => new Int32Array(length));
  return { length, images: images!, rows: rows!, columns: columns!, parts: parts! };
}

/**
 * All bins of a result, in its order. Channels are (class, output of the class, residue), `step` residues in all; a bin reads the channels of
 * one class and one residue. Plain pooling has one class and step 1; position-sensitive pooling has a residue for each place in the RoI.
 */
export interface BinPlan {
  bins: Bins;
  lines: Lines;
  /** (batch, height, width, channels) of the image. */
  image: readonly [number, number, number, number];
  classes: number;
  step: number;
  /** Shape of the result. */
  shape: number[];
}

/** Channels that each bin reads and writes. */
export function channelsOfBin({ image, classes, step }: Omit<BinPlan, "bins" | "lines">): number {
  return image[3] / (classes * step);
}

/** Pixels that a bin reads. */
export function pixelsOfBin({ bins, lines: { starts } }: BinPlan, at: number): number {
  const [row, column] = [bins.rows[at]!, bins.columns[at]!];
  return (starts[row + 1]! - starts[row]!) * (starts[column + 1]! - starts[column]!);
}

/** Calls back for each pixel of a bin, row by row: its index among those of all images, and its weight. */
export function eachPixelOfBin(
  { bins, lines: { starts, pixels, weights }, image: [, height, width] }: BinPlan,
  at: number,
  visit: (pixel: number, weight: number) => void,
): void {
  const [row, column] = [bins.rows[at]!, bins.columns[at]!];
  for (let i = starts[row]!; i < starts[row + 1]!; i++) {
    const first = (bins.images[at]! * height + pixels[i]!) * width;
    for (let j = starts[column]!; j < starts[column + 1]!; j++) visit(first + pixels[j]!, weights[i]! * weights[j]!);
  }
}
