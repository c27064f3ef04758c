import { expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { mul, reverse, stack, sum } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import { binAxes } from "../roi/alignedBins.js";
import type { Bin, BinPlan } from "../roi/bins.js";
import { readBoxes } from "../roi/boxes.js";
import type { SamplingOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";
import { spreadBins, sumBins } from "../roi/poolBins.js";
import type { Taps } from "../roi/taps.js";

/** Options of {@link deformRoiPool}. */
export interface DeformRoiPoolOptions extends SamplingOptions {
  /** Scale of the offsets, a finite number. Default 0.1. */
  gamma?: number;
  /** Order of the offset's last axis: `"yx"` (default), or `"xy"` as in published weights. */
  offsetOrder?: "yx" | "xy";
}

/** The taps of an axis with those of its slope along that axis, a length of the RoI times gamma for each unit of the offset. */
const moved = (taps: Taps, length: number): Taps => ({ ...taps, weights: taps.slopes.map((slope) => slope * length) });

/**
 * Deformable RoI pooling, version 1: `roiAlign` with `aligned: true`, of which each bin is moved by an offset of its own.
 *
 * A bin moves by gamma · offset · length of the RoI, along y and x. A bin whose offset is not finite is 0 and has no gradient. Gradients of x
 * and offset, not of the RoIs. An offset's slope is the clamped interpolant's own, right-sided at a pixel's centre, where mmcv's is wrong
 * within a pixel of the border.
 *
 * Reads RoIs and offsets at once, so a GPU is waited for. Backends other than `cpu` gather at most 16 MiB of pixels at a time.
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
  const { gamma = 0.1, offsetOrder = "yx", ...sampling } = expectOptions(name, options, known);
  const image = expectImage(name, x);
  const grid = { ...resolveRoiOptions(name, sampling), image, aligned: true };
  expectNumber(name, "gamma", gamma);
  expectOneOf(name, "offsetOrder", offsetOrder, ["yx", "xy"] as const);
  const boxes = readBoxes(name, rois, image[0]);
  const [rows, columns] = grid.outputSize;
  expectTensor(name, "offset", offset, [boxes.length, rows, columns, 2], "RoIs, bins along y, bins along x, 2");
  const shifts = boxes.length === 0 ? [] : offset.dataSync<"float32">();
  const places: { bin: Bin; lengths: [number, number] }[] = boxes.flatMap((box, k) => {
    const [alongY, alongX] = binAxes(box, grid) as [ReturnType<typeof binAxes>[0], ReturnType<typeof binAxes>[0]];
    const lengths: [number, number] = [gamma * alongY.extent.length, gamma * alongX.extent.length];
    return Array.from({ length: rows * columns }, (_, at) => {
      const pair = 2 * (k * rows * columns + at);
      const [dy, dx] = offsetOrder === "yx" ? [shifts[pair]!, shifts[pair + 1]!] : [shifts[pair + 1]!, shifts[pair]!];
      const row = alongY.taps(Math.floor(at / columns), lengths[0] * dy);
      const column = alongX.taps(at % columns, lengths[1] * dx);
      return { bin: { image: box.image, rows: row, columns: column, part: 0 }, lengths };
    });
  });
  const planOf = (bins: Bin[]): BinPlan => ({
    bins,
    image,
    classes: 1,
    step: 1,
    shape: [boxes.length, rows, columns, image[3]],
  });
  const plan = planOf(places.map(({ bin }) => bin));
  return differentiable(
    { x, offset },
    (inputs) => sumBins(inputs.x, plan),
    (inputs, dy) => {
      const alongY = places.map(({ bin, lengths }) => ({ ...bin, rows: moved(bin.rows, lengths[0]) }));
      const alongX = places.map(({ bin, lengths }) => ({ ...bin, columns: moved(bin.columns, lengths[1]) }));
      const slopes = [alongY, alongX].map((bins) => sum(mul(sumBins(inputs.x, planOf(bins)), dy), 3));
      const ofOffset = stack(slopes, 3);
      return { x: spreadBins(dy, plan), offset: offsetOrder === "yx" ? ofOffset : reverse(ofOffset, 3) };
    },
  ) as Tensor4D;
}
