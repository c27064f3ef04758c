import { expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { reshape, reverse, scatterND, tensor2d } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { readAtOnce } from "../input/hostValues.js";
import { pairOf } from "../input/slidingWindow.js";
import { newBins } from "../roi/bins.js";
import type { Box } from "../roi/boxes.js";
import { expectRois } from "../roi/boxes.js";
import { noLines } from "../roi/lines.js";
import type { RoiOptions } from "../roi/options.js";
import { expectImage, resolveRoiOptions } from "../roi/options.js";
import { poolMoved } from "../roi/poolRois.js";
import { roundHalfAway } from "../roi/roundedBins.js";
import { keptTaps } from "./keptTaps.js";

/** Options of {@link deformPsRoiPool}. */
export interface DeformPsRoiPoolOptions extends RoiOptions {
  /** Groups of channels along y and x, one number or `[rows, columns]`, integers ≥ 1. Default: `outputSize`, channels of its own for each bin. */
  groupSize?: number | readonly [number, number];
  /** Parts that have offsets, along y and x, one number or `[rows, columns]`, integers ≥ 1. Default: `outputSize`. */
  partSize?: number | readonly [number, number];
  /** Samples a bin along each axis, an integer ≥ 1. Default 4. */
  samplesPerBin?: number;
  /** Scale of the offsets, a finite number; `trans_std` of the original. Default 0.1. */
  gamma?: number;
  /** Order of the two offsets of a class: `"yx"` (default), or `"xy"` as in published weights. */
  offsetOrder?: "yx" | "xy";
}

const name = "deformPsRoiPool";

/** Where an RoI begins and how long it is along an axis, in float32: corners are rounded before they are scaled, and the end is inclusive. */
function roundedExtent([from, to]: readonly [number, number], scale: number): { start: number; length: number } {
  const place = (pixel: number) => Math.fround(Math.fround(pixel * Math.fround(scale)) - 0.5);
  const start = place(roundHalfAway(from));
  return { start, length: Math.max(Math.fround(place(roundHalfAway(to) + 1) - start), Math.fround(0.1)) };
}

/** Lengths of a pooling: pairs are rows and columns. */
interface Grid {
  image: readonly [number, number, number, number];
  outputSize: readonly [number, number];
  groupSize: readonly [number, number];
  partSize: readonly [number, number];
  spatialScale: number;
  samplesPerBin: number;
  gamma: number;
  classes: number;
}

/** Of a bin along an axis, the group or part of the RoI that it lies in. */
function within(place: number, parts: number, bins: number): number {
  return Math.floor((place * parts) / bins);
}

/** For each bin of the result, row by row and class by class, the index of its pair of offsets. */
function pairsOf({ count, outputSize, partSize, classes }: Omit<Grid, "image"> & { count: number }): number[] {
  const pairs: number[] = [];
  for (let k = 0; k < count; k++) {
    for (let at = 0; at < outputSize[0] * outputSize[1]; at++) {
      const row = within(Math.floor(at / outputSize[1]), partSize[0], outputSize[0]);
      const column = within(at % outputSize[1], partSize[1], outputSize[1]);
      const part = (k * partSize[0] + row) * partSize[1] + column;
      for (let c = 0; c < classes; c++) pairs.push(part * classes + c);
    }
  }
  return pairs;
}

/** The bins of the result, row by row and class by class, where their offsets have moved them. */
function movedBins(boxes: Box[], grid: Grid, shiftsOf: (pair: number) => readonly [number, number]) {
  const { image, outputSize, groupSize, classes, gamma, samplesPerBin } = grid;
  const pairs = pairsOf({ ...grid, count: boxes.length });
  const lines = noLines();
  const bins = newBins(pairs.length);
  const lengths = new Float64Array(2 * bins.length);
  let next = 0;
  for (const box of boxes) {
    const extents = box.ends.map((ends) => roundedExtent(ends, grid.spatialScale));
    const writeLine = (axis: 0 | 1, index: number, shift: number) => {
      const { start, length } = extents[axis]!;
      const bin = Math.fround(length / outputSize[axis]);
      const from = Math.fround(Math.fround(index * bin) + start);
      const moved = Math.fround(from + Math.fround(Math.fround(shift * Math.fround(gamma)) * length));
      const samples = { start: moved, step: Math.fround(bin / samplesPerBin), samples: samplesPerBin };
      return keptTaps(lines, samples, image[axis + 1]!);
    };
    for (let at = 0; at < outputSize[0] * outputSize[1]; at++) {
      const place = [Math.floor(at / outputSize[1]), at % outputSize[1]] as const;
      const groupRow = within(place[0], groupSize[0], outputSize[0]);
      const group = groupRow * groupSize[1] + within(place[1], groupSize[1], outputSize[1]);
      for (let c = 0; c < classes; c++) {
        const [dy, dx] = shiftsOf(pairs[next]!);
        bins.images[next] = box.image;
        bins.rows[next] = writeLine(0, place[0], dy);
        bins.columns[next] = writeLine(1, place[1], dx);
        bins.parts[next] = c * groupSize[0] * groupSize[1] + group;
        lengths[2 * next] = gamma * extents[0]!.length;
        lengths[2 * next + 1] = gamma * extents[1]!.length;
        next++;
      }
    }
  }
  return { bins, lines, lengths };
}

/** Checks offset and channels, and returns classes and channels of the result. */
function expectClasses(
  x: Tensor,
  offset: Tensor,
  shape: number[],
  groups: number,
): { classes: number; outputs: number } {
  const outputs = x.shape[3]! / groups;
  if (!Number.isInteger(outputs)) {
    const expected = `have a number of channels that its ${groups} groups divide (batch, height, width, channels)`;
    throw new ShapeError({ functionName: name, argument: "x", expected, received: x.shape });
  }
  expectTensor(name, "offset", offset, [...shape, -1], "RoIs, parts along y, parts along x, 2·classes");
  const classes = offset.shape[3]! / 2;
  if (!Number.isInteger(classes) || classes < 1 || outputs % classes !== 0) {
    const expected = `have two offsets for each class, whose number divides the ${outputs} channels of the result, on its last axis`;
    throw new ShapeError({ functionName: name, argument: "offset", expected, received: offset.shape });
  }
  return { classes, outputs };
}

/**
 * Deformable position-sensitive RoI pooling, as the authors of the paper published it: the mean of samples of each bin, which reads channels
 * of its group and is moved by the offset of its part and class.
 *
 * Channel c of the result, in bin (p, q), reads channel (c · groupRows + ⌊p · groupRows / rows⌋) · groupColumns + ⌊q · groupColumns / columns⌋
 * of x, moved by gamma · offset · length of the RoI at part (⌊p · partRows / rows⌋, ⌊q · partColumns / columns⌋) and class ⌊c / (channels /
 * classes)⌋. Corners of an RoI are rounded (halves away from zero), then scaled; it ends with the pixel at its end, and is at least 0.1 long.
 * Samples begin at the corner of a bin. Those more than half a pixel outside the image are left out of the mean, others are clamped to it;
 * a bin without any is 0, as is one whose offset is not finite. All this is the original's, and other than in `deformRoiPool`.
 *
 * Gradients of x and offset, not of the RoIs. As in the original an offset has no slope where a sample is clamped or at a pixel's centre.
 * There is no call without offsets: give zeros. Published offsets, (RoIs, 2·classes, parts, parts) with x first, fit when turned to
 * channels-last with `offsetOrder: "xy"`.
 *
 * Reads RoIs and offsets at once, so a GPU is waited for (not by the kernels of `webgpu`). Backends other than `cpu` gather at most 16 MiB of pixels at a time.
 * @param x image, (batch, height, width, channels · groups), float32
 * @param rois (RoIs, 5), rows of [index of the image, x1, y1, x2, y2]; there may be none
 * @param offset (RoIs, parts along y, parts along x, 2·classes) in lengths of the RoI; the last axis is (class, [dy, dx])
 * @returns (RoIs, bins along y, bins along x, channels)
 * @throws ArgumentError, DtypeError, ShapeError; RangeArgumentError for an option, an RoI that is not finite, an index outside the batch
 * @example `deformPsRoiPool(tf.ones([1, 5, 6, 12]), tf.tensor([[0, 1, 1, 4, 3]]), tf.zeros([1, 2, 3, 2]), { outputSize: [2, 3] }) // [1, 2, 3, 2]`
 *
 * Source: Dai et al. 2017 (`dai2017`), section 2.2, and the operator published with it.
 */
export function deformPsRoiPool(x: Tensor, rois: Tensor, offset: Tensor, options: DeformPsRoiPoolOptions): Tensor4D {
  const own = ["groupSize", "partSize", "samplesPerBin", "gamma", "offsetOrder"] as const;
  const {
    gamma = 0.1,
    offsetOrder = "yx",
    samplesPerBin = 4,
    ...given
  } = expectOptions(name, options, ["outputSize", "spatialScale", ...own]);
  const image = expectImage(name, x);
  const { outputSize, spatialScale } = resolveRoiOptions(name, given);
  const groupSize = pairOf(name, "groupSize", given.groupSize ?? outputSize, 1);
  const partSize = pairOf(name, "partSize", given.partSize ?? outputSize, 1);
  expectNumber(name, "samplesPerBin", samplesPerBin, { integer: true, min: 1 });
  expectNumber(name, "gamma", gamma);
  expectOneOf(name, "offsetOrder", offsetOrder, ["yx", "xy"] as const);
  const count = expectRois(name, rois);
  const groups = groupSize[0] * groupSize[1];
  const { classes, outputs } = expectClasses(x, offset, [count, ...partSize], groups);
  const grid = { image, outputSize, groupSize, partSize, spatialScale, samplesPerBin, gamma, classes };
  const layout = { ...grid, kind: "kept", count, samplingRatio: samplesPerBin, offsetOrder } as const;
  const planOf = (boxes: Box[]) => {
    const shifts = boxes.length === 0 ? [] : readAtOnce(name, "offset", offset);
    const first = offsetOrder === "yx" ? 0 : 1;
    const moved = movedBins(boxes, grid, (pair) => [shifts[2 * pair + first]!, shifts[2 * pair + 1 - first]!]);
    return { ...moved, image, classes, step: groups, shape: [count, ...outputSize, outputs] };
  };
  return poolMoved(name, { x, rois, offset }, layout, planOf, (ofBins) => {
    const ordered = offsetOrder === "yx" ? ofBins : reverse(ofBins, 1);
    const rows = tensor2d(pairsOf(layout), [ofBins.shape[0]!, 1], "int32");
    return reshape(scatterND(rows, ordered, [offset.size / 2, 2]) as Tensor, offset.shape);
  }) as Tensor4D;
}
