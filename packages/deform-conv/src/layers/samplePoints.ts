import { ArgumentError, StateError } from "@ddl/core";
import type { Tensor, Tensor5D } from "@tensorflow/tfjs-core";
import { add, reshape, tensor, tidy } from "@tensorflow/tfjs-core";
import { expectTensor } from "../input/expectTensor.js";
import { DeformConv2D } from "./deformConv2D.js";

/**
 * Where each output pixel of a layer looked: the places of its taps with their offsets, for pictures of what it has learnt.
 *
 * A point may lie outside x, where everything is 0; so is a sample whose offset is not finite, and its point is not finite either.
 * @param layer has been applied, or is in a model
 * @param x the input of this layer, (batch, height, width, channels), float32
 * @returns rows and columns in pixels of x, pixel centres on integers, (batch, outHeight, outWidth, offsetGroups·K, 2), the fourth axis by
 * (offset group, tap row by row)
 * @throws ArgumentError, DtypeError, ShapeError; StateError before the layer has weights
 * @example `samplePoints(layer, tf.ones([1, 5, 6, 3])) // of a new layer of 3 × 3 taps: [1, 3, 4, 9, 2], the first point (0, 0)`
 */
export function samplePoints(layer: DeformConv2D, x: Tensor): Tensor5D {
  const functionName = "samplePoints";
  if (!(layer instanceof DeformConv2D)) {
    throw new ArgumentError({ functionName, argument: "layer", expected: "be a DeformConv2D", received: layer });
  }
  if (!layer.built) {
    throw new StateError(`${functionName}: layer must be applied to an input first, which makes its weights.`);
  }
  const channels = layer.weights.find(({ originalName }) => originalName.endsWith("offset_kernel"))!.shape[2]!;
  expectTensor(functionName, "x", x, [-1, -1, -1, channels], "batch, height, width, channels");
  return tidy(() => {
    const { offset, axes } = layer.branch(x);
    const [batch, outHeight, outWidth, last] = offset.shape as [number, number, number, number];
    const [kernelHeight, kernelWidth] = layer.taps;
    const [rows, columns] = axes;
    const grid: number[] = [];
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let a = 0; a < kernelHeight; a++) {
          for (let b = 0; b < kernelWidth; b++) {
            grid.push(i * rows.stride - rows.before + a * rows.dilation);
            grid.push(j * columns.stride - columns.before + b * columns.dilation);
          }
        }
      }
    }
    const taps = kernelHeight * kernelWidth;
    const places = tensor(grid, [1, outHeight * outWidth, 1, taps, 2], "float32");
    const offsets = reshape(offset, [batch, outHeight * outWidth, last / (2 * taps), taps, 2]);
    return reshape(add(offsets, places), [batch, outHeight, outWidth, last / 2, 2]) as Tensor5D;
  });
}
