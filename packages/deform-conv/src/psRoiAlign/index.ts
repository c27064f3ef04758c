import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { alignedBins } from "../roi/alignedBins.js";
import { expectRois } from "../roi/boxes.js";
import type { SamplingOptions } from "../roi/options.js";
import { channelsPerPlace, expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolRois } from "../roi/poolRois.js";

/** Options of {@link psRoiAlign}. */
export interface PsRoiAlignOptions extends SamplingOptions {}

/**
 * Position-sensitive RoIAlign: as `roiAlign` with `aligned: true`, but each bin reads channels of its own.
 *
 * Channel c of the result, in bin (p, q), reads channel (c · rows + p) · columns + q of x. Gradients flow to x, not to the RoIs. Values and
 * gradients equal torchvision's `ps_roi_align` in float32; an RoI without length gives 0, where that gives NaN.
 *
 * Reads the RoIs at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels · bins), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `psRoiAlign(tf.ones([1, 5, 6, 12]), tf.tensor([[0, 1, 1, 4, 3]]), { outputSize: [2, 3] }) // [1, 2, 3, 2]`
 *
 * Source: Dai et al. 2016 (`dai2016`), equation 1, with the samples of He et al. 2017 (`he2017`), section 3.
 */
export function psRoiAlign(x: Tensor, rois: Tensor, options: PsRoiAlignOptions): Tensor4D {
  const name = "psRoiAlign";
  const sampling = expectOptions(name, options, ["outputSize", "spatialScale", "samplingRatio"]);
  const image = expectImage(name, x);
  const grid = { ...resolveRoiOptions(name, sampling), image, aligned: true };
  const [rows, columns] = grid.outputSize;
  const channels = channelsPerPlace(name, x, rows * columns);
  const layout = { ...grid, kind: "aligned", count: expectRois(name, rois), groupSize: grid.outputSize } as const;
  const shape = [layout.count, rows, columns, channels];
  return poolRois(name, { x, rois }, layout, (boxes) => {
    const { bins, lines } = alignedBins(boxes, grid, (p, q) => p * columns + q);
    return { bins, lines, image, classes: 1, step: rows * columns, shape };
  }) as Tensor4D;
}
