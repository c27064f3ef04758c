import type { Bin, BinPlan } from "../roi/bins.js";

type Floats = Float32Array | Float64Array;

/** The element of x that is the maximum of a channel of a bin: the first of equals, row by row, or the first NaN; -1 of an empty bin. */
function placeOfMaximum(x: Floats, { image, rows, columns }: Bin, c: number, plan: BinPlan): number {
  const [, height, width, channels] = plan.image;
  let best = -1;
  for (const row of rows.pixels) {
    for (const column of columns.pixels) {
      const at = ((image * height + row) * width + column) * channels + c;
      if (best < 0 || x[at]! > x[best]! || (Number.isNaN(x[at]) && !Number.isNaN(x[best]))) best = at;
    }
  }
  return best;
}

/** Calls back for each element of the result that has a maximum, with that element of x. */
function eachMaximum(x: Floats, plan: BinPlan, visit: (to: number, from: number) => void): void {
  const channels = plan.image[3];
  for (const [at, bin] of plan.bins.entries()) {
    for (let c = 0; c < channels; c++) {
      const from = placeOfMaximum(x, bin, c, plan);
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
