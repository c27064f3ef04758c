import type { Bins } from "./bins.js";
import { newBins } from "./bins.js";
import type { Box } from "./boxes.js";

/** Bins that share the lines of their RoI, row by row. `writeLines` writes those of one axis, one a row or column of bins. */
export function crossedBins(
  boxes: Box[],
  [rows, columns]: readonly [number, number],
  partOf: (p: number, q: number) => number,
  writeLines: (box: Box, axis: 0 | 1) => void,
): Bins {
  const bins = newBins(boxes.length * rows * columns);
  for (let k = 0, at = 0; k < boxes.length; k++) {
    const box = boxes[k]!;
    writeLines(box, 0);
    writeLines(box, 1);
    const first = k * (rows + columns);
    for (let p = 0; p < rows; p++) {
      for (let q = 0; q < columns; q++, at++) {
        bins.images[at] = box.image;
        bins.rows[at] = first + p;
        bins.columns[at] = first + rows + q;
        bins.parts[at] = partOf(p, q);
      }
    }
  }
  return bins;
}
