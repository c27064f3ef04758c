import type { Bin, BinPlan } from "./bins.js";
import { channelsOfBin } from "./bins.js";

type Floats = Float32Array | Float64Array;

/** Calls back for each pixel of a bin: the index of its first channel, and its weight. */
function eachPixel(bin: Bin, plan: BinPlan, visit: (from: number, weight: number) => void): void {
  const [, height, width, channels] = plan.image;
  const { step } = plan;
  const first = Math.floor(bin.part / step) * step * channelsOfBin(plan) + (bin.part % step);
  const { rows, columns } = bin;
  for (let i = 0; i < rows.pixels.length; i++) {
    const line = (bin.image * height + rows.pixels[i]!) * width;
    for (let j = 0; j < columns.pixels.length; j++) {
      visit((line + columns.pixels[j]!) * channels + first, rows.weights[i]! * columns.weights[j]!);
    }
  }
}

/** The weighted sum of each bin. */
export function sumsOfBins(x: Floats, plan: BinPlan): Float64Array {
  const channels = channelsOfBin(plan);
  const result = new Float64Array(plan.bins.length * channels);
  for (const [at, bin] of plan.bins.entries()) {
    eachPixel(bin, plan, (from, weight) => {
      for (let c = 0; c < channels; c++) result[at * channels + c]! += weight * x[from + c * plan.step]!;
    });
  }
  return result;
}

/** The adjoint: each bin's slope, handed to its pixels by their weights. */
export function gradientOfImage(dy: Floats, plan: BinPlan): Float64Array {
  const channels = channelsOfBin(plan);
  const result = new Float64Array(plan.image.reduce((a, b) => a * b));
  for (const [at, bin] of plan.bins.entries()) {
    eachPixel(bin, plan, (from, weight) => {
      for (let c = 0; c < channels; c++) result[from + c * plan.step]! += weight * dy[at * channels + c]!;
    });
  }
  return result;
}
