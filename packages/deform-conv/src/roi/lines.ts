/**
 * What bins read along an axis, a line each: pixels, the weight of each, and how that weight grows when the bin moves by one pixel. Line k has
 * the entries from `starts[k]` to `starts[k + 1]`: a thousand RoIs would be a hundred thousand arrays otherwise.
 */
export interface Lines {
  starts: number[];
  pixels: number[];
  weights: number[];
  slopes: number[];
}

/** No lines. */
export function noLines(): Lines {
  return { starts: [0], pixels: [], weights: [], slopes: [] };
}

/** Adds to the weight and slope of a pixel of the line that is being written. Samples of a bin lie side by side: the pixel is found near the end. */
export function addToLine(
  { starts, pixels, weights, slopes }: Lines,
  pixel: number,
  weight: number,
  slope: number,
): void {
  const first = starts[starts.length - 1]!;
  let at = pixels.length - 1;
  while (at >= first && pixels[at] !== pixel) at--;
  if (at >= first) {
    weights[at] = weights[at]! + weight;
    slopes[at] = slopes[at]! + slope;
    return;
  }
  pixels.push(pixel);
  weights.push(weight);
  slopes.push(slope);
}

/** Ends the line that is being written, and returns its index. */
export function endLine({ starts, pixels }: Lines): number {
  return starts.push(pixels.length) - 2;
}
