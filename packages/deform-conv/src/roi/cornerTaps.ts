import type { Lines } from "./lines.js";
import { endLine } from "./lines.js";
import type { BinSamples } from "./taps.js";
import { samplesInside } from "./taps.js";

/**
 * The samples of `clampedTaps` apart: for each sample the two pixels around it with the weights of both, also if one is 0, and two of weight 0
 * for a sample outside. All lie in the image.
 */
export function cornerTaps(lines: Lines, line: BinSamples, size: number): number {
  const { start, bin, index, samples } = line;
  const from = Math.fround(start + Math.fround(index * bin));
  if (!Number.isFinite(from) || !Number.isFinite(bin)) return endLine(lines);
  const [first, last] = samplesInside(from, line, size);
  for (let i = first; i <= last; i++) {
    const y = Math.fround(from + Math.fround(Math.fround((i + 0.5) * bin) / samples));
    const inside = y >= -1 && y <= size;
    const clamped = Math.min(Math.max(y, 0), size - 1);
    const pixel = Math.floor(clamped);
    const share = clamped - pixel;
    lines.pixels.push(pixel, Math.min(pixel + 1, size - 1));
    lines.weights.push(inside ? 1 - share : 0, inside ? share : 0);
    lines.slopes.push(0, 0);
  }
  return endLine(lines);
}
