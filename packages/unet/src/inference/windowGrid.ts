import type { Blend } from "./blendWeights.js";
import { blendWeights } from "./blendWeights.js";
import type { Border } from "./borderIndex.js";
import { borderIndex } from "./borderIndex.js";
import { windowStarts } from "./windowStarts.js";

/** One window along one axis. */
export interface AxisWindow {
  /** For each pixel of the model's input the index in the image, −1 for zero. */
  from: Int32Array;
  /** For each pixel of the model's output the index in the image, −1 where it lies beyond. */
  to: Int32Array;
}

/** The windows along one axis; a window of the image is one of each axis. */
export interface WindowAxis {
  windows: AxisWindow[];
  /** Weight of each pixel of the model's output. */
  weights: Float64Array;
  /** Sum of the weights at each index of the image. The sum at a pixel is the product over the axes, as the grid and the weights are. */
  total: Float64Array;
}

/** The length of an axis for image, model's input and model's output. */
export interface AxisLengths {
  image: number;
  input: number;
  output: number;
}

/**
 * Covers an axis by windows. An axis shorter than a window's output is extended on both sides, by the odd pixel at its end; an output that is
 * smaller than its input lies in the middle of it.
 */
export function windowAxis(
  { image, input, output }: AxisLengths,
  overlap: number,
  blend: Blend,
  border: Border,
): WindowAxis {
  const length = Math.max(image, output);
  const before = Math.floor((length - image) / 2);
  const margin = (input - output) / 2;
  const weights = blendWeights(blend, output);
  const total = new Float64Array(image);
  const windows = windowStarts(length, output, overlap).map((start) => {
    const first = start - before;
    const from = Int32Array.from({ length: input }, (_, i) => borderIndex(border, first - margin + i, image));
    const to = Int32Array.from({ length: output }, (_, i) => borderIndex("zero", first + i, image));
    for (const [i, index] of to.entries()) if (index >= 0) total[index]! += weights[i]!;
    return { from, to };
  });
  return { windows, weights, total };
}
