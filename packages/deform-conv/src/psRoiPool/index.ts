import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { expectRois } from "../roi/boxes.js";
import type { RoiOptions } from "../roi/options.js";
import { channelsPerPlace, expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolRois } from "../roi/poolRois.js";
import { roundedBins } from "../roi/roundedBins.js";

/** Options of {@link psRoiPool}. */
export interface PsRoiPoolOptions extends RoiOptions {}

/**
 * Position-sensitive RoI pooling: the mean of the whole pixels of each bin, which reads channels of its own.
 *
 * Channel c of the result, in bin (p, q), reads channel (c · rows + p) · columns + q of x. Corners are scaled and then rounded, halves away
 * from zero; an RoI ends before its end, and is at least 1 pixel long. The last row and column of x are never read, and a bin without pixels
 * is 0. Values equal torchvision's `ps_roi_pool` in float32. The gradient of x is the adjoint of that; torchvision's own is wrong where bins
 * reach the last row or column. Gradients do not flow to the RoIs.
 *
 * Reads the RoIs at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels · bins), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `psRoiPool(tf.ones([1, 5, 6, 12]), tf.tensor([[0, 1, 1, 4, 3]]), { outputSize: [2, 3] }) // [1, 2, 3, 2]`
 *
 * Source: Dai et al. 2016 (`dai2016`), equation 1.
 */
export function psRoiPool(x: Tensor, rois: Tensor, options: PsRoiPoolOptions): Tensor4D {
  const name = "psRoiPool";
  const given = expectOptions(name, options, ["outputSize", "spatialScale"]);
  const image = expectImage(name, x);
  const { outputSize, spatialScale } = resolveRoiOptions(name, given);
  const [rows, columns] = outputSize;
  const channels = channelsPerPlace(name, x, rows * columns);
  const grid = { image, outputSize, spatialScale, inclusive: false, clipToLast: true };
  const layout = { ...grid, kind: "rounded", count: expectRois(name, rois), groupSize: outputSize } as const;
  const shape = [layout.count, rows, columns, channels];
  return poolRois(name, { x, rois }, layout, (boxes) => {
    const { bins, lines } = roundedBins(boxes, grid, (p, q) => p * columns + q);
    return { bins, lines, image, classes: 1, step: rows * columns, shape };
  }) as Tensor4D;
}
