import { expectNumber, expectOneOf } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, reverse } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { readAtOnce } from "../input/hostValues.js";
import { binAxis } from "../roi/alignedBins.js";
import { newBins } from "../roi/bins.js";
import type { Box } from "../roi/boxes.js";
import { expectRois } from "../roi/boxes.js";
import { noLines } from "../roi/lines.js";
import type { SamplingOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolMoved } from "../roi/poolRois.js";

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
  const layout = { ...grid, kind: "aligned", count: expectRois(functionName, rois), gamma, offsetOrder } as const;
  const [rows, columns] = grid.outputSize;
  const ofBins = [layout.count, rows, columns];
  expectTensor(functionName, "offset", offset, [...ofBins, 2], `${axes}, 2`);
  if (mask !== undefined) expectTensor(functionName, "mask", mask, [...ofBins, 1], `${axes}, 1`);
  const planOf = (boxes: Box[]) => {
    const shifts = boxes.length === 0 ? [] : readAtOnce(functionName, "offset", offset);
    const lines = noLines();
    const bins = newBins(boxes.length * rows * columns);
    const lengths = new Float64Array(2 * bins.length);
    const [ofRow, ofColumn] = offsetOrder === "yx" ? [0, 1] : [1, 0];
    for (let k = 0, at = 0; k < boxes.length; k++) {
      const [alongY, alongX] = [binAxis(boxes[k]!, 0, grid, lines), binAxis(boxes[k]!, 1, grid, lines)];
      const [height, width] = [gamma * alongY.extent.length, gamma * alongX.extent.length];
      for (let place = 0; place < rows * columns; place++, at++) {
        bins.images[at] = boxes[k]!.image;
        bins.rows[at] = alongY.writeLine(Math.floor(place / columns), height * shifts[2 * at + ofRow]!);
        bins.columns[at] = alongX.writeLine(place % columns, width * shifts[2 * at + ofColumn]!);
        lengths[2 * at] = height;
        lengths[2 * at + 1] = width;
      }
    }
    return { bins, lines, lengths, image, classes: 1, step: 1, shape: [...ofBins, image[3]] };
  };
  return poolMoved(functionName, { x, rois, offset, ...(mask && { mask }) }, layout, planOf, (moves) =>
    reshape(offsetOrder === "yx" ? moves : reverse(moves, 1), offset.shape),
  );
}
