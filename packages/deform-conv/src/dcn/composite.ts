import type { Tensor } from "@tensorflow/tfjs-core";
import { add, concat, mul, reshape, sum, tensor, tile, transpose, unstack } from "@tensorflow/tfjs-core";
import type { Cells } from "../sampling/cells.js";
import { cellsOf, cornersOf, interpolate, scatterToCells } from "../sampling/cells.js";
import type { DcnGeometry } from "./geometry.js";
import type { DcnKernels } from "./kernels.js";

/** The cells of all samples, ordered (window, point, group). */
function placesOf(offset: Tensor, g: DcnGeometry): Cells {
  const { batch, outHeight, outWidth, groups, points, origin } = g;
  const windows = outHeight * outWidth;
  const turned = transpose(reshape(offset, [batch * windows, groups, points.length, 2]), [3, 0, 2, 1]);
  const [dx, dy] = unstack(turned).map((d) => reshape(d, [batch, windows, points.length, groups])) as [Tensor, Tensor];
  const place = (d: Tensor, axis: 0 | 1, centre: (at: number) => number): Tensor => {
    const fromCentre = tensor(
      points.map((point) => point[axis]),
      [1, 1, points.length, 1],
      "float32",
    );
    const centres = Float32Array.from({ length: windows }, (_, at) => origin[axis] + centre(at));
    const scaled = mul(add(d, fromCentre), g.offsetScale);
    return add(scaled, tensor(centres, [1, windows, 1, 1]));
  };
  const y = place(dy, 0, (at) => Math.floor(at / outWidth) * g.strideY);
  const x = place(dx, 1, (at) => (at % outWidth) * g.strideX);
  return cellsOf([y, x], [g.inHeight, g.inWidth]);
}

/** The mask in the order of the samples, (samples, 1). */
function factorsOf(mask: Tensor, g: DcnGeometry): Tensor {
  const shape = [g.batch * g.outHeight * g.outWidth, g.groups, g.points.length];
  return reshape(transpose(reshape(mask, shape), [0, 2, 1]), [-1, 1]);
}

/** Operations of tfjs-core alone, for every backend. Holds four pixels of every sample: 4·points·channels floats a window. */
export const composite: DcnKernels = {
  forward({ x, offset, mask }, g) {
    const cells = placesOf(offset, g);
    const samples = mul(interpolate(cornersOf(x, cells, g.groups), cells), factorsOf(mask, g));
    const windows = g.batch * g.outHeight * g.outWidth;
    const total = sum(reshape(samples, [windows, g.points.length, g.inChannels]), 1);
    return reshape(total, [g.batch, g.outHeight, g.outWidth, g.inChannels]);
  },

  gradients({ x, offset, mask, dy }, g) {
    const cells = placesOf(offset, g);
    const corners = cornersOf(x, cells, g.groups);
    const windows = g.batch * g.outHeight * g.outWidth;
    const perGroup = g.inChannels / g.groups;
    const repeated = tile(reshape(dy, [windows, 1, g.inChannels]), [1, g.points.length, 1]);
    const slopes = reshape(repeated, [-1, perGroup]);
    const ofSamples = mul(slopes, factorsOf(mask, g)) as Tensor;
    const perPoint = (slope: Tensor, value: Tensor): Tensor =>
      transpose(reshape(sum(mul(slope, value), 1), [windows, g.points.length, g.groups, 1]), [0, 2, 1, 3]);
    const along = [1, 0].map((axis) => perPoint(ofSamples, interpolate(corners, cells, axis)));
    return {
      x: scatterToCells(cells, ofSamples, x.shape),
      offset: mul(reshape(concat(along, 3), offset.shape), g.offsetScale),
      mask: reshape(perPoint(slopes, interpolate(corners, cells)), mask.shape),
    };
  },
};
