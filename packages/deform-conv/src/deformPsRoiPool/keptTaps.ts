import type { Lines } from "../roi/lines.js";
import { addToLine, endLine } from "../roi/lines.js";

/** Samples of one bin along an axis: `samples` of them, `step` apart, the first at `start`. */
export interface CornerSamples {
  start: number;
  step: number;
  samples: number;
}

/**
 * The mean of those samples along one axis that lie within half a pixel of the image, each clamped to it. Slopes are those of the original:
 * 0 where a sample is clamped or at a pixel's centre.
 *
 * A sample of a bin is kept if it is on both axes, so that the bin's mean is the product of the means along its axes.
 * @returns the index of the line that it writes
 */
export function keptTaps(lines: Lines, { start, step, samples }: CornerSamples, size: number): number {
  const kept: number[] = [];
  for (let i = 0; i < samples; i++) {
    const y = Math.fround(start + Math.fround(i * step));
    // Written so that NaN is left out.
    if (y >= -0.5 && y <= size - 0.5) kept.push(Math.min(Math.max(y, 0), size - 1));
  }
  for (const y of kept) {
    const pixel = Math.floor(y);
    if (pixel === y) {
      addToLine(lines, pixel, 1 / kept.length, 0);
      continue;
    }
    addToLine(lines, pixel, (1 - (y - pixel)) / kept.length, -1 / kept.length);
    addToLine(lines, pixel + 1, (y - pixel) / kept.length, 1 / kept.length);
  }
  return endLine(lines);
}
