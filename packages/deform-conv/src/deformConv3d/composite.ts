import type { Tensor } from "@tensorflow/tfjs-core";
import { add, concat, matMul, mul, reshape, sum, tensor, transpose, unstack } from "@tensorflow/tfjs-core";
import type { Cells } from "../sampling/cells.js";
import { cellsOf, cornersOf, interpolate, scatterToCells } from "../sampling/cells.js";
import type { DeformConv3dGeometry } from "./geometry.js";
import { indicesOf, placeOf } from "./geometry.js";
import type { DeformConv3dKernels } from "./kernels.js";

/** The cells of all samples, ordered (window, tap, offset group). */
function cellsOfTaps(offset: Tensor, g: DeformConv3dGeometry): Cells {
  const { batch, windows, taps, offsetGroups } = g;
  const turned = transpose(reshape(offset, [batch * windows, offsetGroups, taps, 3]), [3, 0, 2, 1]);
  const places = unstack(turned).map((d, axis) => {
    const grid = Float32Array.from({ length: windows * taps }, (_, at) => {
      const window = indicesOf(Math.floor(at / taps), g.out)[axis]!;
      return placeOf(g, axis, window, indicesOf(at % taps, g.kernel)[axis]!);
    });
    return add(reshape(d, [batch, windows, taps, offsetGroups]), tensor(grid, [1, windows, taps, 1])) as Tensor;
  });
  return cellsOf(places, g.in);
}

/** The mask in the order of the samples, (samples, 1). */
function factorsOf(mask: Tensor, g: DeformConv3dGeometry): Tensor {
  const shape = [g.batch * g.windows, g.offsetGroups, g.taps];
  return reshape(transpose(reshape(mask, shape), [0, 2, 1]), [-1, 1]);
}

/** Samples as (groups, windows, K · channels of a group). */
function columnMatrix(samples: Tensor, g: DeformConv3dGeometry): Tensor {
  const perGroup = g.inChannels / g.groups;
  const columns = transpose(reshape(samples, [g.batch * g.windows, g.taps, g.groups, perGroup]), [2, 0, 1, 3]);
  return reshape(columns, [g.groups, g.batch * g.windows, g.taps * perGroup]);
}

/** Filter as (groups, K · channels of a group, outputs of a group), outputs as (groups, windows, outputs of a group). */
function byGroup(value: Tensor, g: DeformConv3dGeometry): Tensor {
  return transpose(reshape(value, [-1, g.groups, g.outChannels / g.groups]), [1, 0, 2]);
}

/** Operations of tfjs-core alone, for every backend. Holds eight voxels of every sample: 8·K·channels floats a window. */
export const composite: DeformConv3dKernels = {
  forward({ x, filter, offset, mask }, g) {
    const cells = cellsOfTaps(offset, g);
    const samples = interpolate(cornersOf(x, cells, g.offsetGroups), cells);
    const columns = columnMatrix(mask === undefined ? samples : mul(samples, factorsOf(mask, g)), g);
    const product = transpose(matMul(columns, byGroup(filter, g)), [1, 0, 2]);
    return reshape(product, [g.batch, ...g.out, g.outChannels]);
  },

  gradients({ x, filter, offset, mask, dy }, g) {
    const cells = cellsOfTaps(offset, g);
    const corners = cornersOf(x, cells, g.offsetGroups);
    const samples = interpolate(corners, cells);
    const factors = mask === undefined ? undefined : factorsOf(mask, g);
    const masked = (value: Tensor): Tensor => (factors === undefined ? value : mul(value, factors));
    const outputs = byGroup(dy, g);
    const ofFilter = matMul(columnMatrix(masked(samples), g), outputs, true, false);
    const ofColumns = matMul(outputs, byGroup(filter, g), false, true);
    const perGroup = g.inChannels / g.groups;
    const turned = transpose(reshape(ofColumns, [g.groups, g.batch * g.windows, g.taps, perGroup]), [1, 2, 0, 3]);
    const slopes = reshape(turned, [-1, g.inChannels / g.offsetGroups]) as Tensor;
    const ofSamples = masked(slopes);
    const perTap = (slope: Tensor, value: Tensor): Tensor => {
      const total = reshape(sum(mul(slope, value), 1), [g.batch * g.windows, g.taps, g.offsetGroups, 1]);
      return transpose(total, [0, 2, 1, 3]);
    };
    const along = [0, 1, 2].map((axis) => perTap(ofSamples, interpolate(corners, cells, axis)));
    return {
      x: scatterToCells(cells, ofSamples, x.shape),
      filter: reshape(transpose(ofFilter, [1, 0, 2]), filter.shape),
      offset: reshape(concat(along, 3), offset.shape),
      mask: reshape(perTap(slopes, samples), [...offset.shape.slice(0, 4), offset.shape[4]! / 3]),
    };
  },
};
