import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { mul, sum, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import { hostValues } from "../input/hostValues.js";
import type { BinPlan } from "./bins.js";
import type { Box } from "./boxes.js";
import { expectRoiValues, readBoxes } from "./boxes.js";
import type { RoiLayout } from "./layout.js";
import type { MovedBinPlan } from "./movedBins.js";
import { poolMovedBins } from "./movedBins.js";
import { poolBins } from "./poolBins.js";
import type { RoiKernels } from "./roiKernels.js";
import { registeredRoiKernels } from "./roiKernels.js";

/** Kernels for a pooling, if the backend has such as cut RoIs themselves. Values that are at hand are checked all the same. */
function kernelsFor(functionName: string, rois: Tensor, { image, count }: RoiLayout): RoiKernels | undefined {
  const kernels = registeredRoiKernels();
  if (kernels === undefined || count === 0) return undefined;
  const values = hostValues(rois);
  if (values !== undefined) expectRoiValues(functionName, values, image[0]);
  if (image[0] > 0) return kernels;
  throw new ShapeError({
    functionName,
    argument: "rois",
    expected: "have no rows: x has no image",
    received: rois.shape,
  });
}

/** The weighted sum of each bin, with the gradient of x. `planOf` is for backends that do not cut RoIs themselves. */
export function poolRois(
  functionName: string,
  { x, rois }: { x: Tensor; rois: Tensor },
  layout: RoiLayout,
  planOf: (boxes: Box[]) => BinPlan,
): Tensor {
  const kernels = kernelsFor(functionName, rois, layout);
  if (kernels === undefined) return poolBins(x, planOf(readBoxes(functionName, rois, layout.image[0])));
  return differentiable(
    { x },
    (inputs, [given]) => kernels.sums({ x: inputs.x, rois: given! }, layout),
    (_, dy, [given]) => ({ x: kernels.gradient({ dy, rois: given! }, layout) }),
    [rois],
  );
}

/** The same of maxima; `pool` computes them from a plan. */
export function poolMaxima(
  functionName: string,
  { x, rois }: { x: Tensor; rois: Tensor },
  layout: RoiLayout,
  planOf: (boxes: Box[]) => BinPlan,
  pool: (x: Tensor, plan: BinPlan) => Tensor,
): Tensor {
  const kernels = kernelsFor(functionName, rois, layout);
  if (kernels === undefined) return pool(x, planOf(readBoxes(functionName, rois, layout.image[0])));
  return differentiable(
    { x },
    (inputs, [given]) => kernels.maxima({ x: inputs.x, rois: given! }, layout),
    (inputs, dy, [given]) => ({ x: kernels.maximaGradient({ x: inputs.x, dy, rois: given! }, layout) }),
    [rois],
  );
}

/**
 * The weighted sum of each moved bin, times its mask if there is one, with gradients of x, offset and mask.
 * @param offsetGradient turns what moving each bin along y and x contributes, (bins, 2), into the gradient of the offset
 */
export function poolMoved(
  functionName: string,
  { x, rois, offset, mask }: { x: Tensor; rois: Tensor; offset: Tensor; mask?: Tensor },
  layout: RoiLayout,
  planOf: (boxes: Box[]) => MovedBinPlan,
  offsetGradient: (ofBins: Tensor) => Tensor,
): Tensor {
  const kernels = kernelsFor(functionName, rois, layout);
  if (kernels === undefined) {
    const plan = planOf(readBoxes(functionName, rois, layout.image[0]));
    return poolMovedBins({ x, offset, ...(mask && { mask }) }, plan, offsetGradient);
  }
  return differentiable(
    { x, offset, mask },
    (inputs, [given]) => {
      const sums = kernels.sums({ x: inputs.x, rois: given!, offset: inputs.offset }, layout);
      return inputs.mask === undefined ? sums : mul(sums, inputs.mask);
    },
    (inputs, dy, [given]) => {
      const places = { rois: given!, offset: inputs.offset };
      const ofSums = inputs.mask === undefined ? dy : mul(dy, inputs.mask);
      return {
        x: kernels.gradient({ dy: ofSums, ...places }, layout),
        offset: offsetGradient(kernels.offsetGradient({ x: inputs.x, dy: ofSums, ...places }, layout)),
        mask:
          inputs.mask === undefined
            ? zeros([0])
            : sum(mul(kernels.sums({ x: inputs.x, ...places }, layout), dy), 3, true),
      };
    },
    [rois],
  );
}
