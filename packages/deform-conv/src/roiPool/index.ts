import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { getBackend, tensor, zeros } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import type { BinPlan } from "../roi/bins.js";
import type { Box } from "../roi/boxes.js";
import { expectRois } from "../roi/boxes.js";
import type { RoiOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolMaxima } from "../roi/poolRois.js";
import { roundedBins } from "../roi/roundedBins.js";
import { compositeMaxima, compositeMaximaGradient } from "./composite.js";
import { gradientOfMaxima, maximaOfBins } from "./reference.js";

/** Options of {@link roiPool}. */
export interface RoiPoolOptions extends RoiOptions {}

function forward(x: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros(plan.shape);
  if (getBackend() !== "cpu") return compositeMaxima(x, plan);
  return tensor(Float32Array.from(maximaOfBins(x.dataSync<"float32">(), plan)), plan.shape);
}

function backward(x: Tensor, dy: Tensor, plan: BinPlan): Tensor {
  if (plan.bins.length === 0) return zeros(x.shape);
  if (getBackend() !== "cpu") return compositeMaximaGradient(x, dy, plan);
  const values = gradientOfMaxima(x.dataSync<"float32">(), dy.dataSync<"float32">(), plan);
  return tensor(Float32Array.from(values), x.shape);
}

/** The maximum of each bin, with the gradient of x. */
function maximaOf(x: Tensor, plan: BinPlan): Tensor {
  return differentiable(
    { x },
    (inputs) => forward(inputs.x, plan),
    (inputs, dy) => ({ x: backward(inputs.x, dy, plan) }),
  );
}

/**
 * RoI pooling: the maximum of the whole pixels of each bin.
 *
 * Corners are scaled and then rounded, halves away from zero; an RoI ends with the pixel at its end, and is at least 1 pixel long. Bins may
 * overlap by a pixel. A bin without pixels is 0 and has no gradient. The gradient goes to the maximum, the first of equals row by row; not
 * to the RoIs. Values and gradients equal torchvision's `roi_pool` in float32; a NaN is the maximum of its bin, where that ignores it.
 *
 * Reads the RoIs at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `roiPool(tf.ones([1, 5, 6, 3]), tf.tensor([[0, 1, 1, 4, 3]]), { outputSize: [2, 3] }) // [1, 2, 3, 3]`
 *
 * Source: Girshick 2015 (`girshick2015`), section 2.1.
 */
export function roiPool(x: Tensor, rois: Tensor, options: RoiPoolOptions): Tensor4D {
  const name = "roiPool";
  const given = expectOptions(name, options, ["outputSize", "spatialScale"]);
  const image = expectImage(name, x);
  const { outputSize, spatialScale } = resolveRoiOptions(name, given);
  const grid = { image, outputSize, spatialScale, inclusive: true, clipToLast: false };
  const layout = { ...grid, kind: "rounded", count: expectRois(name, rois) } as const;
  const shape = [layout.count, ...outputSize, image[3]];
  const planOf = (boxes: Box[]) => ({ ...roundedBins(boxes, grid, () => 0), image, classes: 1, step: 1, shape });
  return poolMaxima(name, { x, rois }, layout, planOf, maximaOf) as Tensor4D;
}
