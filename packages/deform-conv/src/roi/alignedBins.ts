import type { Bin } from "./bins.js";
import type { Box, Extent } from "./boxes.js";
import { scaledExtent } from "./boxes.js";
import type { BinSamples, Taps } from "./taps.js";
import { clampedTaps } from "./taps.js";

/** How an RoI is cut into bins of samples. */
export interface AlignedGrid {
  /** (batch, height, width, channels) of the image. */
  image: readonly [number, number, number, number];
  outputSize: readonly [number, number];
  spatialScale: number;
  samplingRatio: number;
  aligned: boolean;
  /** What a bin reads along an axis. Default: the mean of its samples. */
  tapsOf?: (line: BinSamples, size: number) => Taps;
}

/** Of one RoI, along each axis: where it lies, and the taps of a bin of it, moved by some pixels. */
export function binAxes(
  { ends }: Box,
  { image, outputSize, spatialScale, samplingRatio, aligned, tapsOf = clampedTaps }: AlignedGrid,
): { extent: Extent; taps: (index: number, shift?: number) => Taps }[] {
  return ([0, 1] as const).map((axis) => {
    const extent = scaledExtent(ends[axis], spatialScale, aligned);
    const bin = Math.fround(extent.length / outputSize[axis]);
    // An inverted RoI has no samples, unless their number is given: then it is sampled backwards.
    const samples = samplingRatio > 0 ? samplingRatio : Math.ceil(bin);
    const taps = (index: number, shift = 0): Taps =>
      tapsOf({ start: Math.fround(extent.start + shift), bin, index, samples }, image[axis + 1]!);
    return { extent, taps };
  });
}

/** The bins of RoIs, row by row; `partOf` says which channels a bin reads. */
export function alignedBins(boxes: Box[], grid: AlignedGrid, partOf: (p: number, q: number) => number): Bin[] {
  return boxes.flatMap((box) => {
    const [rows, columns] = binAxes(box, grid).map(({ taps }, axis) =>
      Array.from({ length: grid.outputSize[axis]! }, (_, index) => taps(index)),
    ) as [Taps[], Taps[]];
    return rows.flatMap((row, p) =>
      columns.map((column, q) => ({ image: box.image, rows: row, columns: column, part: partOf(p, q) })),
    );
  });
}
