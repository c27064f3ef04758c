import type { BinPlan } from "../roi/bins.js";
import { eachPixelOfBin } from "../roi/bins.js";

type Floats = Float32Array | Float64Array;

/** The element of x that is the maximum of a channel of a bin: the first of equals, row by row, or the first NaN; -1 of an empty bin. */
function placeOfMaximum(x: Floats, at: number, c: number, plan: BinPlan): number {
  let best = -1;
  eachPixelOfBin(plan, at, (pixel) => {
    const from = pixel * plan.image[3] + c;
    if (best < 0 || x[from]! > x[best]! || (Number.isNaN(x[from]) && !Number.isNaN(x[best]))) best = from;
  });
  return best;
}

/** Calls back for each element of the result that has a maximum, with that element of x. */
function eachMaximum(x: Floats, plan: BinPlan, visit: (to: number, from: number) => void): void {
  const channels = plan.image[3];
  for (let at = 0; at < plan.bins.length; at++) {
    for (let c = 0; c < channels; c++) {
      const from = placeOfMaximum(x, at, c, plan);
      if (from >= 0) visit(at * channels + c, from);
    }
  }
}

/** The maximum of each bin; 0 of an empty one. */
export function maximaOfBins(x: Floats, plan: BinPlan): Float64Array {
  const result = new Float64Array(plan.bins.length * plan.image[3]);
  eachMaximum(x, plan, (to, from) => {
    result[to] = x[from]!;
  });
  return result;
}

/** Hands each slope to the element that was the maximum. */
export function gradientOfMaxima(x: Floats, dy: Floats, plan: BinPlan): Float64Array {
  const result = new Float64Array(x.length);
  eachMaximum(x, plan, (to, from) => {
    result[from]! += dy[to]!;
  });
  return result;
}
