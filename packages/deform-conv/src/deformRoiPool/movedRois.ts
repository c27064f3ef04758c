import { expectNumber, expectOneOf } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, reverse } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { binAxis } from "../roi/alignedBins.js";
import { newBins } from "../roi/bins.js";
import { readBoxes } from "../roi/boxes.js";
import { noLines } from "../roi/lines.js";
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
  const ofBins = [boxes.length, rows, columns];
  expectTensor(functionName, "offset", offset, [...ofBins, 2], `${axes}, 2`);
  if (mask !== undefined) expectTensor(functionName, "mask", mask, [...ofBins, 1], `${axes}, 1`);
  const shifts = boxes.length === 0 ? [] : offset.dataSync<"float32">();
  const lines = noLines();
  const bins = newBins(boxes.length * rows * columns);
  const lengths = new Float64Array(2 * bins.length);
  for (let k = 0, at = 0; k < boxes.length; k++) {
    const [alongY, alongX] = [binAxis(boxes[k]!, 0, grid, lines), binAxis(boxes[k]!, 1, grid, lines)];
    for (let place = 0; place < rows * columns; place++, at++) {
      lengths.set([gamma * alongY.extent.length, gamma * alongX.extent.length], 2 * at);
      const [dy, dx] = offsetOrder === "yx" ? [0, 1] : [1, 0];
      bins.images[at] = boxes[k]!.image;
      bins.rows[at] = alongY.writeLine(Math.floor(place / columns), lengths[2 * at]! * shifts[2 * at + dy]!);
      bins.columns[at] = alongX.writeLine(place % columns, lengths[2 * at + 1]! * shifts[2 * at + dx]!);
    }
  }
  const plan = { bins, lines, lengths, image, classes: 1, step: 1, shape: [...ofBins, image[3]] };
  return poolMovedBins({ x, offset, ...(mask && { mask }) }, plan, (moves) =>
    reshape(offsetOrder === "yx" ? moves : reverse(moves, 1), offset.shape),
  );
}
