import type { Tensor } from "@tensorflow/tfjs-core";
import { mul, reshape, stack, sum, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { Bin, BinPlan } from "./bins.js";
import { channelsOfBin } from "./bins.js";
import { spreadBins, sumBins } from "./poolBins.js";
import type { Taps } from "./taps.js";

/** A bin where its offset has moved it, and the pixels that a unit of the offset moves it, along y and along x. */
export interface MovedBin {
  bin: Bin;
  lengths: readonly [number, number];
}

/** All bins of a result, in its order. */
export interface MovedBinPlan extends Omit<BinPlan, "bins"> {
  places: MovedBin[];
}

/** The taps of an axis with those of its slope along that axis. */
const slopesAlong = (taps: Taps, length: number): Taps => ({
  ...taps,
  weights: taps.slopes.map((slope) => slope * length),
});

/**
 * The weighted sum of each moved bin, times its mask if there is one, with gradients of x, offset and mask.
 * @param mask a factor for each place of the result, its last axis 1
 * @param offsetGradient turns what moving each bin along y and x contributes, (bins, 2), into the gradient of the offset
 */
export function poolMovedBins(
  { x, offset, mask }: { x: Tensor; offset: Tensor; mask?: Tensor },
  { places, ...rest }: MovedBinPlan,
  offsetGradient: (ofBins: Tensor) => Tensor,
): Tensor {
  const plan: BinPlan = { ...rest, bins: places.map(({ bin }) => bin) };
  return differentiable(
    { x, offset, mask },
    (inputs) => {
      const sums = sumBins(inputs.x, plan);
      return inputs.mask === undefined || places.length === 0 ? sums : mul(sums, inputs.mask);
    },
    (inputs, dy) => {
      const none = { x: zeros(x.shape), offset: zeros(offset.shape), mask: zeros(mask?.shape ?? [0]) };
      if (places.length === 0) return none;
      const ofSums = inputs.mask === undefined ? dy : mul(dy, inputs.mask);
      const along = [
        places.map(({ bin, lengths }) => ({ ...bin, rows: slopesAlong(bin.rows, lengths[0]) })),
        places.map(({ bin, lengths }) => ({ ...bin, columns: slopesAlong(bin.columns, lengths[1]) })),
      ].map((bins) => {
        const products = mul(sumBins(inputs.x, { ...plan, bins }), ofSums);
        return sum(reshape(products, [places.length, channelsOfBin(plan)]), 1);
      });
      return {
        x: spreadBins(ofSums, plan),
        offset: offsetGradient(stack(along, 1)),
        mask: inputs.mask === undefined ? none.mask : sum(mul(sumBins(inputs.x, plan), dy), 3, true),
      };
    },
  );
}
