/** What a bin reads along one axis: pixels, the weight of each, and how that weight grows when the bin moves by one pixel. */
export interface Taps {
  pixels: number[];
  weights: number[];
  slopes: number[];
}

/** Adds to the weight and slope of a pixel. Samples of a bin lie side by side: the pixel is found near the end. */
export function addTap({ pixels, weights, slopes }: Taps, pixel: number, weight: number, slope: number): void {
  const at = pixels.lastIndexOf(pixel);
  if (at < 0) {
    pixels.push(pixel);
    weights.push(weight);
    slopes.push(slope);
  } else {
    weights[at]! += weight;
    slopes[at]! += slope;
  }
}

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
  const ends = [-1, size].map((edge) => ((edge - from) / bin) * samples);
  // Two to spare on both sides: positions are rounded to float32.
  return [Math.max(0, Math.floor(Math.min(...ends)) - 2), Math.min(samples - 1, Math.ceil(Math.max(...ends)) + 2)];
}

/**
 * The mean of samples of the clamped bilinear interpolant along one axis: nothing below -1 and above `size`, and the edge's value in the
 * bands between those and the pixels. Slopes are the interpolant's own: 0 in the bands, right-sided at a pixel's centre.
 *
 * Positions are rounded to float32, in torchvision's order of operations.
 */
export function clampedTaps(line: BinSamples, size: number): Taps {
  const taps: Taps = { pixels: [], weights: [], slopes: [] };
  const { start, bin, index, samples } = line;
  const from = Math.fround(start + Math.fround(index * bin));
  // Coordinates whose product with the scale exceeds float32 lie outside.
  if (!Number.isFinite(from) || !Number.isFinite(bin)) return taps;
  const [first, last] = samplesInside(from, line, size);
  for (let i = first; i <= last; i++) {
    const y = Math.fround(from + Math.fround(Math.fround((i + 0.5) * bin) / samples));
    if (y < -1 || y > size) continue;
    if (y < 0 || y >= size - 1) {
      addTap(taps, y < 0 ? 0 : size - 1, 1 / samples, 0);
      continue;
    }
    const pixel = Math.floor(y);
    addTap(taps, pixel, (1 - (y - pixel)) / samples, -1 / samples);
    addTap(taps, pixel + 1, (y - pixel) / samples, 1 / samples);
  }
  return taps;
}
