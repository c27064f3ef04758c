import type { Tensor } from "@tensorflow/tfjs-core";
import { add, reshape, tensor, transpose, unstack } from "@tensorflow/tfjs-core";
import type { Cells } from "../sampling/cells.js";
import { cellsOf } from "../sampling/cells.js";
import type { DeformConvGeometry } from "./geometry.js";

/** Places of taps without offsets along one axis, (1, windows, taps, 1). */
function gridOf(g: DeformConvGeometry, place: (i: number, j: number, a: number, b: number) => number): Tensor {
  const { outHeight, outWidth, kernelHeight, kernelWidth } = g;
  const taps = kernelHeight * kernelWidth;
  const values = new Float32Array(outHeight * outWidth * taps);
  for (let at = 0; at < values.length; at++) {
    const window = Math.floor(at / taps);
    const k = at % taps;
    values[at] = place(Math.floor(window / outWidth), window % outWidth, Math.floor(k / kernelWidth), k % kernelWidth);
  }
  return tensor(values, [1, outHeight * outWidth, taps, 1]);
}

/** The cells in which the taps sample, ordered (image, window, tap, offset group). */
export function cellsOfTaps(offset: Tensor, g: DeformConvGeometry): Cells {
  const { batch, offsetGroups } = g;
  const windows = g.outHeight * g.outWidth;
  const taps = g.kernelHeight * g.kernelWidth;
  const [dy, dx] = unstack(transpose(reshape(offset, [batch * windows, offsetGroups, taps, 2]), [3, 0, 2, 1])).map(
    (d) => reshape(d, [batch, windows, taps, offsetGroups]),
  ) as [Tensor, Tensor];
  const y = gridOf(g, (i, _, a) => i * g.strideY - g.padTop + a * g.dilationY);
  const x = gridOf(g, (_, j, __, b) => j * g.strideX - g.padLeft + b * g.dilationX);
  return cellsOf([add(dy, y), add(dx, x)], [g.inHeight, g.inWidth]);
}
