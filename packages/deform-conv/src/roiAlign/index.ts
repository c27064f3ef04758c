import { expectBoolean, expectOneOf, expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { alignedBins } from "../roi/alignedBins.js";
import type { Box } from "../roi/boxes.js";
import { expectRois } from "../roi/boxes.js";
import { cornerTaps } from "../roi/cornerTaps.js";
import type { SamplingOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolMaxima, poolRois } from "../roi/poolRois.js";
import { clampedTaps } from "../roi/taps.js";
import { largestOfBins } from "./maximum.js";

/** Options of {@link roiAlign}. */
export interface RoiAlignOptions extends SamplingOptions {
  /**
   * True: a coordinate is the place between pixels, whose centres lie at ½, 1½, … (as detectron2 and ONNX since opset 16). False (default, as
   * torchvision): centres lie at whole numbers, and RoIs are at least 1 pixel long.
   */
  aligned?: boolean;
  /**
   * `"average"` (default): the mean of a bin's samples. `"max"`: what ONNX's RoiAlign calls so, the largest of all products of a pixel and its
   * weight in a sample, which is no maximum of samples.
   */
  mode?: "average" | "max";
}

/**
 * RoIAlign: cuts each RoI into bins and gives the mean of bilinear samples in each, without rounding coordinates.
 *
 * Samples beyond -1 and beyond the height or width count as 0; between those and the pixels the edge's value goes on. RoIs outside the image
 * give 0. An inverted RoI is sampled backwards if `samplingRatio` is given; else it gives 0 if `aligned`, and has a length of 1 if not.
 * Gradients flow to x, not to the RoIs. Values and gradients equal torchvision's `roi_align` in float32; an RoI inverted on one axis only, on
 * which that fails, gives 0 too. With mode `"max"` corners of weight 0 and samples outside take part with 0, and the gradient goes to the
 * product that won, the first of equals row by row.
 *
 * Reads the RoIs at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `roiAlign(tf.ones([1, 5, 6, 3]), tf.tensor([[0, 1, 1, 4, 3]]), { outputSize: [2, 3], aligned: true }) // [1, 2, 3, 3]`
 *
 * Source: He et al. 2017 (`he2017`), section 3.
 */
export function roiAlign(x: Tensor, rois: Tensor, options: RoiAlignOptions): Tensor4D {
  const name = "roiAlign";
  const known = ["outputSize", "spatialScale", "samplingRatio", "aligned", "mode"] as const;
  const { aligned = false, mode = "average", ...sampling } = expectOptions(name, options, known);
  const image = expectImage(name, x);
  expectBoolean(name, "aligned", aligned);
  expectOneOf(name, "mode", mode, ["average", "max"] as const);
  const tapsOf = mode === "max" ? cornerTaps : clampedTaps;
  const sampled = { ...resolveRoiOptions(name, sampling), image, aligned };
  const grid = { ...sampled, tapsOf };
  const layout = { ...sampled, kind: "aligned", count: expectRois(name, rois) } as const;
  const shape = [layout.count, ...grid.outputSize, image[3]];
  const planOf = (boxes: Box[]) => ({ ...alignedBins(boxes, grid, () => 0), image, classes: 1, step: 1, shape });
  if (mode === "max") return poolMaxima(name, { x, rois }, layout, planOf, largestOfBins) as Tensor4D;
  return poolRois(name, { x, rois }, layout, planOf) as Tensor4D;
}
