import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor5D } from "@tensorflow/tfjs-core";
import { add, reshape } from "@tensorflow/tfjs-core";
import { biasGradient } from "../deformConv2d/biasGradient.js";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import type { DeformConv3dOptions } from "./geometry.js";
import { deformConv3dGeometry } from "./geometry.js";
import { implementationFor } from "./implementation.js";

export type { DeformConv3dOptions } from "./geometry.js";

/**
 * Deformable convolution of volumes: each tap of the window samples the volume at its place plus an offset of its own, trilinearly, zero
 * outside. Without `mask` it is version 1, with it version 2; groups of the filter follow from its shape, as in `deformConv2d`.
 *
 * Gradients of x, filter, offset, mask and bias, once; an offset's slope at a voxel's centre is the right-sided one. A sample whose offset
 * is not finite is 0 and so are its gradients. With one plane, a kernel of depth 1 and z offsets of 0 it is `deformConv2d`, with offsets of
 * 0 a plain convolution. Time grows with windows · K · channels · outputs; backends other than `cpu` hold 8·K·channels floats a window.
 * @param x volume, (batch, depth, height, width, channels), float32
 * @param filter (kernelDepth, kernelHeight, kernelWidth, channels / groups, outChannels)
 * @param offset voxels of x, (batch, outDepth, outHeight, outWidth, 3·K·offsetGroups), K the taps of the kernel; the last axis is (offset
 * group, tap plane by plane and row by row, [dz, dy, dx])
 * @returns (batch, outDepth, outHeight, outWidth, outChannels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `deformConv3d(tf.ones([1, 4, 5, 6, 2]), tf.ones([1, 3, 3, 2, 8]), tf.zeros([1, 4, 3, 4, 27])) // [1, 4, 3, 4, 8]`
 *
 * Source: Dai et al. 2017 (`dai2017`), equation 2, and Zhu et al. 2019 (`zhu2019deformable`), equation 1, in three dimensions as Ying et
 * al. 2020 (`ying2020`).
 */
export function deformConv3d(x: Tensor, filter: Tensor, offset: Tensor, options: DeformConv3dOptions = {}): Tensor5D {
  const name = "deformConv3d";
  const known = ["mask", "bias", "strides", "padding", "dilations", "offsetGroups"] as const;
  const { mask, bias, offsetGroups = 1, ...window } = expectOptions(name, options, known);
  const geometry = deformConv3dGeometry(name, x, filter, offsetGroups, window);
  const grid = [geometry.batch, ...geometry.out];
  const axes = "batch, outDepth, outHeight, outWidth";
  const taps = geometry.taps * offsetGroups;
  expectTensor(name, "offset", offset, [...grid, 3 * taps], `${axes}, 3·K·offsetGroups`);
  if (mask !== undefined) expectTensor(name, "mask", mask, [...grid, taps], `${axes}, K·offsetGroups`);
  if (bias !== undefined) expectTensor(name, "bias", bias, [geometry.outChannels], "channels of the result");
  const { forward, gradients } = implementationFor(geometry);
  return differentiable(
    { x, filter, offset, mask, bias },
    (inputs) => {
      const value = forward(inputs, geometry);
      if (inputs.bias === undefined) return value;
      // Two axes: a vector and a tensor of five are added by a program that does not compile on webgpu, and the result is lost.
      return reshape(
        add(reshape(value, [geometry.batch * geometry.windows, geometry.outChannels]), inputs.bias),
        value.shape,
      );
    },
    (inputs, dy) => ({
      ...gradients({ ...inputs, dy }, geometry),
      bias: biasGradient(reshape(dy, [geometry.batch, geometry.windows, 1, geometry.outChannels])),
    }),
  ) as Tensor5D;
}
