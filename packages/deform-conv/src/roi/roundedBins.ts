import type { Bin } from "./bins.js";
import type { Box } from "./boxes.js";
import type { Taps } from "./taps.js";

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

/** Pixels of each bin along one axis, all of the same weight. */
function binsAlong(axis: 0 | 1, ends: readonly [number, number], grid: RoundedGrid): Taps[] {
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
  return Array.from({ length: count }, (_, p) => {
    const pixels: number[] = [];
    const to = clip(Math.ceil(Math.fround((p + 1) * bin)));
    for (let at = clip(Math.floor(Math.fround(p * bin))); at < to; at++) pixels.push(at);
    return { pixels, weights: pixels.map(() => 1 / pixels.length), slopes: pixels.map(() => 0) };
  });
}

/** The bins of RoIs whose borders are rounded to pixels, row by row; weights make a mean of each. */
export function roundedBins(boxes: Box[], grid: RoundedGrid, partOf: (p: number, q: number) => number): Bin[] {
  return boxes.flatMap(({ image, ends }) => {
    const rows = binsAlong(0, ends[0], grid);
    const columns = binsAlong(1, ends[1], grid);
    return rows.flatMap((row, p) =>
      columns.map((column, q) => ({ image, rows: row, columns: column, part: partOf(p, q) })),
    );
  });
}
