import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { MovedRoiOptions } from "./movedRois.js";
import { poolMovedRois } from "./movedRois.js";

/** Options of {@link deformRoiPool}. */
export interface DeformRoiPoolOptions extends MovedRoiOptions {}

/**
 * Deformable RoI pooling, version 1: `roiAlign` with `aligned: true`, of which each bin is moved by an offset of its own.
 *
 * A bin moves by gamma · offset · length of the RoI, along y and x. A bin whose offset is not finite is 0 and has no gradient. Gradients of x
 * and offset, not of the RoIs. An offset's slope is the clamped interpolant's own, right-sided at a pixel's centre, where mmcv's is wrong
 * within a pixel of the border.
 *
 * Reads RoIs and offsets at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @param offset (RoIs, bins along y, bins along x, 2), [dy, dx] in lengths of the RoI
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `deformRoiPool(tf.ones([1, 5, 6, 3]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 3, 2]), { outputSize: [2, 3] }) // [1, 2, 3, 3]`
 *
 * Source: Dai et al. 2017 (`dai2017`), equations 5 and 6.
 */
export function deformRoiPool(x: Tensor, rois: Tensor, offset: Tensor, options: DeformRoiPoolOptions): Tensor4D {
  const name = "deformRoiPool";
  const known = ["outputSize", "spatialScale", "samplingRatio", "gamma", "offsetOrder"] as const;
  return poolMovedRois(name, { x, rois, offset }, expectOptions(name, options, known)) as Tensor4D;
}
