import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { MovedRoiOptions } from "../deformRoiPool/movedRois.js";
import { poolMovedRois } from "../deformRoiPool/movedRois.js";
import { expectTensor } from "../input/expectTensor.js";

/** Options of {@link modulatedDeformRoiPool}. */
export interface ModulatedDeformRoiPoolOptions extends MovedRoiOptions {
  /** Factor of each bin, (RoIs, bins along y, bins along x, 1), used as it is: no sigmoid. */
  mask: Tensor;
}

/**
 * Deformable RoI pooling, version 2: each bin of `deformRoiPool`, moved by gamma · offset · length of the RoI, times a factor of its own.
 *
 * Gradients of x, offset and mask, not of the RoIs; the offset's is the clamped interpolant's own, where mmcv's is wrong within a pixel of the
 * border. A bin whose offset is not finite is 0 and has no gradient.
 *
 * Reads RoIs and offsets at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @param offset (RoIs, bins along y, bins along x, 2), [dy, dx] in lengths of the RoI
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example
 * ```ts
 * const options = { outputSize: [2, 3] as const, mask: tf.fill([1, 2, 3, 1], 0.5) };
 * modulatedDeformRoiPool(tf.ones([1, 5, 6, 3]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 3, 2]), options); // [1, 2, 3, 3]
 * ```
 *
 * Source: Zhu et al. 2019 (`zhu2019deformable`), equation 2.
 */
export function modulatedDeformRoiPool(
  x: Tensor,
  rois: Tensor,
  offset: Tensor,
  options: ModulatedDeformRoiPoolOptions,
): Tensor4D {
  const name = "modulatedDeformRoiPool";
  const known = ["mask", "outputSize", "spatialScale", "samplingRatio", "gamma", "offsetOrder"] as const;
  const { mask, ...rest } = expectOptions(name, options, known);
  expectTensor(name, "mask", mask, [-1, -1, -1, 1], "RoIs, bins along y, bins along x, 1");
  return poolMovedRois(name, { x, rois, offset, mask }, rest) as Tensor4D;
}
