import type { Bins } from "./bins.js";
import type { Box, Extent } from "./boxes.js";
import { scaledExtent } from "./boxes.js";
import { crossedBins } from "./crossedBins.js";
import type { Lines } from "./lines.js";
import { noLines } from "./lines.js";
import type { BinSamples } from "./taps.js";
import { clampedTaps } from "./taps.js";

/** How an RoI is cut into bins of samples. */
export interface AlignedGrid {
  /** (batch, height, width, channels) of the image. */
  image: readonly [number, number, number, number];
  outputSize: readonly [number, number];
  spatialScale: number;
  samplingRatio: number;
  aligned: boolean;
  /** Writes the line of what a bin reads along an axis. Default: the mean of its samples. */
  tapsOf?: (lines: Lines, line: BinSamples, size: number) => number;
}

/** Where an RoI lies along one axis, and a function that writes the line of a bin of it, moved by some pixels. */
export interface BinAxis {
  extent: Extent;
  writeLine: (index: number, shift: number) => number;
}

/** An RoI along one axis; lines go to `lines`. */
export function binAxis({ ends }: Box, axis: 0 | 1, grid: AlignedGrid, lines: Lines): BinAxis {
  const { image, outputSize, spatialScale, samplingRatio, aligned, tapsOf = clampedTaps } = grid;
  const extent = scaledExtent(ends[axis], spatialScale, aligned);
  const bin = Math.fround(extent.length / outputSize[axis]);
  // An inverted RoI has no samples, unless their number is given: then it is sampled backwards.
  const samples = samplingRatio > 0 ? samplingRatio : Math.ceil(bin);
  const size = image[axis + 1]!;
  return {
    extent,
    writeLine: (index, shift) => tapsOf(lines, { start: Math.fround(extent.start + shift), bin, index, samples }, size),
  };
}

/** The bins of RoIs, row by row; `partOf` says which channels a bin reads. */
export function alignedBins(
  boxes: Box[],
  grid: AlignedGrid,
  partOf: (p: number, q: number) => number,
): { bins: Bins; lines: Lines } {
  const lines = noLines();
  const bins = crossedBins(boxes, grid.outputSize, partOf, (box, axis) => {
    const { writeLine } = binAxis(box, axis, grid, lines);
    for (let index = 0; index < grid.outputSize[axis]; index++) writeLine(index, 0);
  });
  return { bins, lines };
}
