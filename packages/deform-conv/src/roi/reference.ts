import type { BinPlan } from "./bins.js";
import { channelsOfBin, eachPixelOfBin } from "./bins.js";

type Floats = Float32Array | Float64Array;

/** Calls back for each pixel of a bin: the index of its first channel, and its weight. */
function eachFirstChannel(plan: BinPlan, at: number, visit: (from: number, weight: number) => void): void {
  const { step, image } = plan;
  const part = plan.bins.parts[at]!;
  const first = Math.floor(part / step) * step * channelsOfBin(plan) + (part % step);
  eachPixelOfBin(plan, at, (pixel, weight) => visit(pixel * image[3] + first, weight));
}

/** The weighted sum of each bin. */
export function sumsOfBins(x: Floats, plan: BinPlan): Float64Array {
  const channels = channelsOfBin(plan);
  const result = new Float64Array(plan.bins.length * channels);
  for (let at = 0; at < plan.bins.length; at++) {
    eachFirstChannel(plan, at, (from, weight) => {
      for (let c = 0; c < channels; c++) result[at * channels + c]! += weight * x[from + c * plan.step]!;
    });
  }
  return result;
}

/** The adjoint: each bin's slope, handed to its pixels by their weights. */
export function gradientOfImage(dy: Floats, plan: BinPlan): Float64Array {
  const channels = channelsOfBin(plan);
  const result = new Float64Array(plan.image.reduce((a, b) => a * b));
  for (let at = 0; at < plan.bins.length; at++) {
    eachFirstChannel(plan, at, (from, weight) => {
      for (let c = 0; c < channels; c++) result[from + c * plan.step]! += weight * dy[at * channels + c]!;
    });
  }
  return result;
}
