import type { Tensor } from "@tensorflow/tfjs-core";
import { concat, matMul, mul, reshape, sum, transpose } from "@tensorflow/tfjs-core";
import { cornersOf, interpolate, scatterToCells } from "../sampling/cells.js";
import { cellsOfTaps } from "./cellsOfTaps.js";
import type { DeformConvGeometry } from "./geometry.js";
import type { DeformConvKernels } from "./kernels.js";

/** The mask in the order of the samples, (samples, 1). */
function maskOf(mask: Tensor, g: DeformConvGeometry): Tensor {
  const shape = [g.batch * g.outHeight * g.outWidth, g.offsetGroups, g.kernelHeight * g.kernelWidth];
  return reshape(transpose(reshape(mask, shape), [0, 2, 1]), [-1, 1]);
}

/** Filter, (groups, K · channels of a group, outputs of a group). */
export function filterMatrix(filter: Tensor, g: DeformConvGeometry): Tensor {
  const rows = g.kernelHeight * g.kernelWidth * (g.inChannels / g.groups);
  return transpose(reshape(filter, [rows, g.groups, g.outChannels / g.groups]), [1, 0, 2]);
}

/** Samples as (groups, windows, K · channels of a group). */
function columnMatrix(samples: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const perGroup = g.inChannels / g.groups;
  const columns = transpose(reshape(samples, [windows, taps, g.groups, perGroup]), [2, 0, 1, 3]);
  return reshape(columns, [g.groups, windows, taps * perGroup]);
}

/** Outputs as (groups, windows, outputs of a group). */
function outputMatrix(dy: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  return transpose(reshape(dy, [windows, g.groups, g.outChannels / g.groups]), [1, 0, 2]);
}

/** What each sample contributes to the objective, in the shape of the samples. */
function slopesOfSamples(filter: Tensor, dy: Tensor, g: DeformConvGeometry): Tensor {
  const windows = g.batch * g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const slopes = matMul(outputMatrix(dy, g), filterMatrix(filter, g), false, true);
  const perGroup = reshape(slopes, [g.groups, windows, taps, g.inChannels / g.groups]);
  return reshape(transpose(perGroup, [1, 2, 0, 3]), [-1, g.inChannels / g.offsetGroups]);
}

/** Operations of tfjs-core alone, for every backend. Holds four pixels of every sample: 4·K·channels floats a window. */
export const composite: DeformConvKernels = {
  forward({ x, filter, offset, mask }, g) {
    const cells = cellsOfTaps(offset, g);
    const sample = interpolate(cornersOf(x, cells, g.offsetGroups), cells);
    const column = mask === undefined ? sample : mul(sample, maskOf(mask, g));
    const product = transpose(matMul(columnMatrix(column, g), filterMatrix(filter, g)), [1, 0, 2]);
    return reshape(product, [g.batch, g.outHeight, g.outWidth, g.outChannels]);
  },

  inputGradient({ filter, offset, mask, dy }, g) {
    const slope = slopesOfSamples(filter, dy, g);
    const masked = mask === undefined ? slope : mul(slope, maskOf(mask, g));
    return scatterToCells(cellsOfTaps(offset, g), masked, [g.batch, g.inHeight, g.inWidth, g.inChannels]);
  },

  parameterGradients({ x, filter, offset, mask, dy }, g) {
    const cells = cellsOfTaps(offset, g);
    const corners = cornersOf(x, cells, g.offsetGroups);
    const sample = interpolate(corners, cells);
    const factor = mask === undefined ? undefined : maskOf(mask, g);
    const masked = (value: Tensor) => (factor === undefined ? value : mul(value, factor));
    const product = matMul(columnMatrix(masked(sample), g), outputMatrix(dy, g), true, false);
    const slope = slopesOfSamples(filter, dy, g);
    const windows = g.batch * g.outHeight * g.outWidth;
    const taps = g.kernelHeight * g.kernelWidth;
    const perTap = (value: Tensor) => reshape(sum(mul(slope, value), 1), [windows, taps, g.offsetGroups, 1]);
    const ofOffset = concat(
      [0, 1].map((axis) => perTap(masked(interpolate(corners, cells, axis)))),
      3,
    );
    return {
      filter: reshape(transpose(product, [1, 0, 2]), filter.shape),
      offset: reshape(transpose(ofOffset, [0, 2, 1, 3]), offset.shape),
      mask: reshape(transpose(perTap(sample), [0, 2, 1, 3]), [...offset.shape.slice(0, 3), offset.shape[3]! / 2]),
    };
  },
};
