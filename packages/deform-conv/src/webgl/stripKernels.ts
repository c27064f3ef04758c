import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, slice, tensor1d, transpose, zeros } from "@tensorflow/tfjs-core";
import type { DeformConvGeometry } from "../deformConv2d/geometry.js";
import { columnsProgram } from "./columnsProgram.js";
import { imageGradientProgram } from "./imageGradientProgram.js";
import { runProgram } from "./runProgram.js";
import type { Strip } from "./strips.js";
import { tapGradientsProgram } from "./tapGradientsProgram.js";
import { tapLists } from "./tapLists.js";

/** Offset and mask with a row for each window, as the programs read them. */
export interface Branches {
  offset: Tensor;
  mask: Tensor | undefined;
}

export function branchesOf({ offset, mask }: Branches, g: DeformConvGeometry): Branches {
  const rows = (t: Tensor) => reshape(t, [g.batch * g.outHeight * g.outWidth, t.shape[3]!]);
  return { offset: rows(offset), mask: mask && rows(mask) };
}

/** From (groups, b, c) to (b, groups, c) and back. */
export function swapGroups(t: Tensor, g: DeformConvGeometry): Tensor {
  return g.groups === 1 ? reshape(t, [t.shape[1]!, t.shape[0]!, t.shape[2]!]) : transpose(t, [1, 0, 2]);
}

/** Of the gradient of the result, the rows of a strip, (groups, windows, outputs of a group). */
export function outputRows(dy: Tensor, { from, count }: Strip, g: DeformConvGeometry): Tensor {
  const outputs = g.outChannels / g.groups;
  const rows = reshape(dy, [g.batch * g.outHeight * g.outWidth, g.groups, outputs]);
  return swapGroups(slice(rows, [from, 0, 0], [count, g.groups, outputs]), g);
}

/** Masked samples of a strip, (groups, windows, K · channels of a group). */
export function columnsOf(
  backend: MathBackendWebGL,
  x: Tensor,
  { offset, mask }: Branches,
  { from, count }: Strip,
  g: DeformConvGeometry,
): Tensor {
  return runProgram(backend, columnsProgram(g, count, mask !== undefined), { x, offset, mask }, from);
}

/** Gradients of offset and mask (of ones, if there is none) in the windows of a strip, a row each. */
export function tapGradients(
  backend: MathBackendWebGL,
  x: Tensor,
  slopes: Tensor,
  { offset, mask }: Branches,
  { from, count }: Strip,
  g: DeformConvGeometry,
): { offset: Tensor; mask: Tensor } {
  const program = tapGradientsProgram(g, count, mask !== undefined);
  const all = runProgram(backend, program, { x, offset, mask, slopes }, from);
  const taps = program.shape[0]!;
  return {
    offset: reshape(slice(all, [0, 0, 0], [taps, 1, 2]), [count, offset.shape[1]!]),
    mask: reshape(slice(all, [0, 1, 0], [taps, 1, 1]), [count, offset.shape[1]! / 2]),
  };
}

/** Gradient in the images of a strip, added to what the strips before it gave the same image. */
export function imageGradient(
  backend: MathBackendWebGL,
  slopes: Tensor,
  { offset, mask }: Branches,
  strip: Strip,
  g: DeformConvGeometry,
  before: Tensor | undefined,
): Tensor {
  // A copy: what is read leaves the graphics card.
  const rows = slice(offset, [strip.from, 0], [strip.count, offset.shape[1]!]);
  const { starts, taps } = tapLists(rows.dataSync<"float32">(), strip, g);
  const shape = [strip.images, g.inHeight, g.inWidth, g.inChannels];
  if (taps.length === 0) return before?.clone() ?? zeros(shape);
  const program = imageGradientProgram(g, strip.images, { masked: mask !== undefined, added: before !== undefined });
  const inputs = { offset, mask, slopes, starts: tensor1d(starts), taps: tensor1d(taps), before };
  return reshape(runProgram(backend, program, inputs, strip.from), shape);
}
