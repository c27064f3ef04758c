import type { Tensor } from "@tensorflow/tfjs-core";
import { mul, reshape, stack, sum, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { BinPlan } from "./bins.js";
import { channelsOfBin } from "./bins.js";
import { spreadBins, sumBins } from "./poolBins.js";

/** All bins of a result, in its order, where their offsets have moved them; each has lines of its own. */
export interface MovedBinPlan extends BinPlan {
  /** Pixels that a unit of the offset moves each bin, along y and along x: (bins, 2). */
  lengths: Float64Array;
}

/** The plan whose sums are the slopes along one axis. */
function slopesAlong(axis: 0 | 1, { lengths, ...plan }: MovedBinPlan): BinPlan {
  const { starts, slopes, weights: own } = plan.lines;
  const weights = own.slice();
  const lines = axis === 0 ? plan.bins.rows : plan.bins.columns;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    for (let k = starts[line]!; k < starts[line + 1]!; k++) weights[k] = slopes[k]! * lengths[2 * at + axis]!;
  }
  return { ...plan, lines: { ...plan.lines, weights } };
}

/**
 * The weighted sum of each moved bin, times its mask if there is one, with gradients of x, offset and mask.
 * @param mask a factor for each place of the result, its last axis 1
 * @param offsetGradient turns what moving each bin along y and x contributes, (bins, 2), into the gradient of the offset
 */
export function poolMovedBins(
  { x, offset, mask }: { x: Tensor; offset: Tensor; mask?: Tensor },
  plan: MovedBinPlan,
  offsetGradient: (ofBins: Tensor) => Tensor,
): Tensor {
  return differentiable(
    { x, offset, mask },
    (inputs) => {
      const sums = sumBins(inputs.x, plan);
      return inputs.mask === undefined || plan.bins.length === 0 ? sums : mul(sums, inputs.mask);
    },
    (inputs, dy) => {
      const none = { x: zeros(x.shape), offset: zeros(offset.shape), mask: zeros(mask?.shape ?? [0]) };
      if (plan.bins.length === 0) return none;
      const ofSums = inputs.mask === undefined ? dy : mul(dy, inputs.mask);
      const along = ([0, 1] as const).map((axis) => {
        const products = mul(sumBins(inputs.x, slopesAlong(axis, plan)), ofSums);
        return sum(reshape(products, [plan.bins.length, channelsOfBin(plan)]), 1);
      });
      return {
        x: spreadBins(ofSums, plan),
        offset: offsetGradient(stack(along, 1)),
        mask: inputs.mask === undefined ? none.mask : sum(mul(sumBins(inputs.x, plan), dy), 3, true),
      };
    },
  );
}
