import type { BinSamples, Taps } from "./taps.js";
import { samplesInside } from "./taps.js";

/**
 * The samples of `clampedTaps` apart: for each sample the two pixels around it with the weights of both, also if one is 0, and two of weight 0
 * for a sample outside. All lie in the image.
 */
export function cornerTaps(line: BinSamples, size: number): Taps {
  const taps: Taps = { pixels: [], weights: [], slopes: [] };
  const { start, bin, index, samples } = line;
  const from = Math.fround(start + Math.fround(index * bin));
  if (!Number.isFinite(from) || !Number.isFinite(bin)) return taps;
  const [first, last] = samplesInside(from, line, size);
  for (let i = first; i <= last; i++) {
    const y = Math.fround(from + Math.fround(Math.fround((i + 0.5) * bin) / samples));
    const inside = y >= -1 && y <= size;
    const clamped = Math.min(Math.max(y, 0), size - 1);
    const pixel = Math.floor(clamped);
    const share = clamped - pixel;
    taps.pixels.push(pixel, Math.min(pixel + 1, size - 1));
    taps.weights.push(inside ? 1 - share : 0, inside ? share : 0);
    taps.slopes.push(0, 0);
  }
  return taps;
}
