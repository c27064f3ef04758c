import type { BinPlan } from "./bins.js";
import { channelsOfBin, eachPixelOfBin, pixelsOfBin } from "./bins.js";

/** Bins that tensors hold side by side: as many rows of the table for each. */
export interface Pack {
  /** Places of the bins in the result. */
  bins: number[];
  /** Rows a bin. */
  length: number;
  /** Rows of the table, (bins, length); the row after the last stands for none. */
  rows: Int32Array;
  /** Weight of each row; 0 where there is none. */
  weights: Float32Array;
}

/** Floats that a pack gathers at most, 16 MiB, unless one bin has more. */
const largestGather = 2 ** 22;

/** Rows of the table that {@link packBins} points to: (image, pixel, part), without the row of zeros. */
export function tableLength({ image, classes, step }: BinPlan): number {
  return image[0] * image[1] * image[2] * classes * step;
}

/**
 * Packs of bins with about as many pixels, filled up to a multiple of 4 rows.
 * @param fill what fills up: the row of zeros, or the bin's first (the row of zeros, if it has none)
 */
export function packBins(plan: BinPlan, fill: "zero" | "first"): Pack[] {
  const byLength = new Map<number, number[]>();
  for (let at = 0; at < plan.bins.length; at++) {
    const length = 4 * Math.max(1, Math.ceil(pixelsOfBin(plan, at) / 4));
    const bins = byLength.get(length);
    if (bins === undefined) byLength.set(length, [at]);
    else bins.push(at);
  }
  const packs: Pack[] = [];
  for (const [length, all] of byLength) {
    const most = Math.max(1, Math.floor(largestGather / (length * channelsOfBin(plan))));
    for (let from = 0; from < all.length; from += most) {
      packs.push(packOf(plan, all.slice(from, from + most), length, fill));
    }
  }
  return packs;
}

function packOf(plan: BinPlan, bins: number[], length: number, fill: "zero" | "first"): Pack {
  const parts = plan.classes * plan.step;
  const rows = new Int32Array(bins.length * length).fill(tableLength(plan));
  const weights = new Float32Array(rows.length);
  for (const [k, at] of bins.entries()) {
    let next = k * length;
    eachPixelOfBin(plan, at, (pixel, weight) => {
      rows[next] = pixel * parts + plan.bins.parts[at]!;
      weights[next++] = weight;
    });
    if (fill === "first" && next > k * length) rows.fill(rows[k * length]!, next, (k + 1) * length);
  }
  return { bins, length, rows, weights };
}
