import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { DcnOptions } from "../dcn/geometry.js";
import { dcnGeometry, dcnKeys } from "../dcn/geometry.js";
import { implementationFor } from "../dcn/implementation.js";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";

/** Options of {@link dcnV3}. */
export interface DcnV3Options extends DcnOptions {}

/**
 * The sampling of InternImage's DCNv3: each channel is the sum over a window's points of mask · a bilinear sample, zero outside, at the
 * point's place plus its offset. There is no filter; offsets and mask are shared by the channels of a group.
 *
 * Layout as published, and other than `deformConv2d`'s: points go **column by column**, and an offset is **[x, y]**. `offsetScale` s
 * stretches the window about its centre too: along an axis a point lies at centre + (its distance + offset) · s. The mask is used as it
 * is: the published layer makes it by a softmax over the points of each group. `fromDcnV3` turns offset and mask into `deformConv2d`'s.
 *
 * Gradients of x, offset and mask, once; at a pixel's centre an offset's slope is the right-sided one, here also at exactly one pixel
 * before the image. A sample whose offset is not finite is 0 and so are its gradients. Time grows with windows · P · channels; backends
 * other than `cpu` hold 4·P·channels floats a window.
 * @param x image, (batch, height, width, channels), float32
 * @param offset pixels of x, (batch, outHeight, outWidth, groups·P·2), P = kernelHeight · kernelWidth, less 1 with `removeCenter`; the last
 * axis is (group, point column by column, [x, y])
 * @param mask (batch, outHeight, outWidth, groups·P), the last axis by (group, point)
 * @param options.padding default `"valid"`; the published layer has half the kernel
 * @returns (batch, outHeight, outWidth, channels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `dcnV3(tf.ones([1, 5, 6, 8]), tf.zeros([1, 5, 6, 36]), tf.ones([1, 5, 6, 18]), { groups: 2, padding: "same" }) // [1, 5, 6, 8]`
 *
 * Source: Wang et al. 2023 (`wang2023internimage`), equation 2, and the published code.
 */
export function dcnV3(x: Tensor, offset: Tensor, mask: Tensor, options: DcnV3Options = {}): Tensor4D {
  const name = "dcnV3";
  const geometry = dcnGeometry(name, x, expectOptions(name, options, dcnKeys));
  const { batch, outHeight, outWidth, groups, points } = geometry;
  const grid = [batch, outHeight, outWidth];
  const axes = "batch, outHeight, outWidth";
  const taps = groups * points.length;
  expectTensor(name, "offset", offset, [...grid, 2 * taps], `${axes}, groups·P·2`);
  expectTensor(name, "mask", mask, [...grid, taps], `${axes}, groups·P`);
  const { forward, gradients } = implementationFor(geometry);
  return differentiable(
    { x, offset, mask },
    (inputs) => forward(inputs, geometry),
    (inputs, dy) => gradients({ ...inputs, dy }, geometry),
  ) as Tensor4D;
}
