import type { Bins } from "./bins.js";
import type { Box } from "./boxes.js";
import { crossedBins } from "./crossedBins.js";
import type { Lines } from "./lines.js";
import { endLine, noLines } from "./lines.js";

/** How RoIs are cut into bins of whole pixels. */
export interface RoundedGrid {
  image: readonly [number, number, number, number];
  outputSize: readonly [number, number];
  spatialScale: number;
  /** Whether an RoI ends with the pixel at its end (as `roiPool`'s), or before it. */
  inclusive: boolean;
  /** What a bin's ends are clipped to: the length, or one less, which leaves out the last row and column (as `psRoiPool`). */
  clipToLast: boolean;
}

/** Halves away from zero, as C rounds; JavaScript rounds them up. */
export function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
}

/** Writes the pixels of each bin along one axis, all of the same weight. */
function writeLines(axis: 0 | 1, ends: readonly [number, number], grid: RoundedGrid, lines: Lines): void {
  const [start, end] = ends.map((v) => roundHalfAway(Math.fround(v * Math.fround(grid.spatialScale)))) as [
    number,
    number,
  ];
  const count = grid.outputSize[axis];
  const last = grid.image[axis + 1]! - (grid.clipToLast ? 1 : 0);
  const length = Math.max(end - start + (grid.inclusive ? 1 : 0), 1);
  // Borders in float32, in torchvision's order of operations: where rounding puts one past a whole number, a bin has one pixel more.
  const bin = Math.fround(Math.fround(length) / count);
  // Ends too large for float32 give NaN, which no comparison lets in: the bin is empty.
  const clip = (border: number) => Math.min(Math.max(border + start, 0), last);
  for (let p = 0; p < count; p++) {
    const from = clip(Math.floor(Math.fround(p * bin)));
    const to = clip(Math.ceil(Math.fround((p + 1) * bin)));
    for (let at = from; at < to; at++) {
      lines.pixels.push(at);
      lines.weights.push(1 / (to - from));
      lines.slopes.push(0);
    }
    endLine(lines);
  }
}

/** The bins of RoIs whose borders are rounded to pixels, row by row; weights make a mean of each. */
export function roundedBins(
  boxes: Box[],
  grid: RoundedGrid,
  partOf: (p: number, q: number) => number,
): { bins: Bins; lines: Lines } {
  const lines = noLines();
  const bins = crossedBins(boxes, grid.outputSize, partOf, ({ ends }, axis) =>
    writeLines(axis, ends[axis], grid, lines),
  );
  return { bins, lines };
}
