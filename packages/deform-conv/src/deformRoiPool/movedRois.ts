import { expectNumber, expectOneOf } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, reverse } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { binAxes } from "../roi/alignedBins.js";
import { readBoxes } from "../roi/boxes.js";
import type { MovedBin } from "../roi/movedBins.js";
import { poolMovedBins } from "../roi/movedBins.js";
import type { SamplingOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";

/** Options that both versions share. */
export interface MovedRoiOptions extends SamplingOptions {
  /** Scale of the offsets, a finite number. Default 0.1. */
  gamma?: number;
  /** Order of the offset's last axis: `"yx"` (default), or `"xy"` as in published weights. */
  offsetOrder?: "yx" | "xy";
}

/** Axes of the result of both versions, as messages name them. */
const axes = "RoIs, bins along y, bins along x";

/** Checks and pools: the RoIAlign of each bin where its offset has moved it, times its mask. */
export function poolMovedRois(
  functionName: string,
  { x, rois, offset, mask }: { x: Tensor; rois: Tensor; offset: Tensor; mask?: Tensor },
  { gamma = 0.1, offsetOrder = "yx", ...sampling }: MovedRoiOptions,
): Tensor {
  const image = expectImage(functionName, x);
  const grid = { ...resolveRoiOptions(functionName, sampling), image, aligned: true };
  expectNumber(functionName, "gamma", gamma);
  expectOneOf(functionName, "offsetOrder", offsetOrder, ["yx", "xy"] as const);
  const boxes = readBoxes(functionName, rois, image[0]);
  const [rows, columns] = grid.outputSize;
  const bins = [boxes.length, rows, columns];
  expectTensor(functionName, "offset", offset, [...bins, 2], `${axes}, 2`);
  if (mask !== undefined) expectTensor(functionName, "mask", mask, [...bins, 1], `${axes}, 1`);
  const shifts = boxes.length === 0 ? [] : offset.dataSync<"float32">();
  const places: MovedBin[] = boxes.flatMap((box, k) => {
    const [alongY, alongX] = binAxes(box, grid) as [ReturnType<typeof binAxes>[0], ReturnType<typeof binAxes>[0]];
    const lengths = [gamma * alongY.extent.length, gamma * alongX.extent.length] as const;
    return Array.from({ length: rows * columns }, (_, at) => {
      const pair = 2 * (k * rows * columns + at);
      const [dy, dx] = offsetOrder === "yx" ? [shifts[pair]!, shifts[pair + 1]!] : [shifts[pair + 1]!, shifts[pair]!];
      const row = alongY.taps(Math.floor(at / columns), lengths[0] * dy);
      const column = alongX.taps(at % columns, lengths[1] * dx);
      return { bin: { image: box.image, rows: row, columns: column, part: 0 }, lengths };
    });
  });
  const plan = { places, image, classes: 1, step: 1, shape: [...bins, image[3]] };
  return poolMovedBins({ x, offset, ...(mask && { mask }) }, plan, (ofBins) =>
    reshape(offsetOrder === "yx" ? ofBins : reverse(ofBins, 1), offset.shape),
  );
}
