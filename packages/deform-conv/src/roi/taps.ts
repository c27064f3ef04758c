import type { Lines } from "./lines.js";
import { addToLine, endLine } from "./lines.js";

/** The samples of one bin along an axis: `samples` of them, in the middles of equal parts of [start + index · bin, start + (index + 1) · bin). */
export interface BinSamples {
  start: number;
  bin: number;
  index: number;
  samples: number;
}

/** Samples that can lie in [-1, size], first and last: an RoI of a million pixels must not cost more than the image has. */
export function samplesInside(from: number, { bin, samples }: BinSamples, size: number): [number, number] {
  if (bin === 0) return [0, samples - 1];
  const one = ((-1 - from) / bin) * samples;
  const other = ((size - from) / bin) * samples;
  // Two to spare on both sides: positions are rounded to float32.
  return [
    Math.max(0, Math.floor(Math.min(one, other)) - 2),
    Math.min(samples - 1, Math.ceil(Math.max(one, other)) + 2),
  ];
}

/**
 * The mean of samples of the clamped bilinear interpolant along one axis: nothing below -1 and above `size`, and the edge's value in the
 * bands between those and the pixels. Slopes are the interpolant's own: 0 in the bands, right-sided at a pixel's centre.
 *
 * Positions are rounded to float32, in torchvision's order of operations.
 * @returns the index of the line that it writes
 */
export function clampedTaps(lines: Lines, line: BinSamples, size: number): number {
  const { start, bin, index, samples } = line;
  const from = Math.fround(start + Math.fround(index * bin));
  // Coordinates whose product with the scale exceeds float32 lie outside.
  if (!Number.isFinite(from) || !Number.isFinite(bin)) return endLine(lines);
  const [first, last] = samplesInside(from, line, size);
  for (let i = first; i <= last; i++) {
    const y = Math.fround(from + Math.fround(Math.fround((i + 0.5) * bin) / samples));
    if (y < -1 || y > size) continue;
    if (y < 0 || y >= size - 1) {
      addToLine(lines, y < 0 ? 0 : size - 1, 1 / samples, 0);
      continue;
    }
    const pixel = Math.floor(y);
    addToLine(lines, pixel, (1 - (y - pixel)) / samples, -1 / samples);
    addToLine(lines, pixel + 1, (y - pixel) / samples, 1 / samples);
  }
  return endLine(lines);
}
