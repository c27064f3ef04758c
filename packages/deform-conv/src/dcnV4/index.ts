import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { zeros } from "@tensorflow/tfjs-core";
import type { DcnOptions } from "../dcn/geometry.js";
import { dcnGeometry, dcnKeys } from "../dcn/geometry.js";
import { implementationFor } from "../dcn/implementation.js";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import { pack, packedLength, unpack } from "./packing.js";

/** Options of {@link dcnV4}. */
export interface DcnV4Options extends DcnOptions {}

/**
 * The sampling of DCNv4: `dcnV3` with offsets and mask in one tensor and no softmax anywhere: a mask of any size and sign.
 *
 * In the last axis of `offsetMask` each group has 3·P channels, first its P offsets [x, y], then its P factors, points column by column.
 * What follows up to a multiple of 8 is ignored and its gradient is 0. Unlike the published kernel it takes any kernel and any number of
 * channels a group; the length, a multiple of 8, is kept so that its weights fit.
 *
 * Gradients of x and offsetMask, once. Samples, time and memory as for `dcnV3`.
 * @param x image, (batch, height, width, channels), float32
 * @param offsetMask (batch, outHeight, outWidth, 8·⌈3·groups·P / 8⌉), P = kernelHeight · kernelWidth, less 1 with `removeCenter`
 * @param options.padding default `"valid"`; the published layer has half the kernel
 * @returns (batch, outHeight, outWidth, channels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `dcnV4(tf.ones([1, 5, 6, 8]), tf.zeros([1, 5, 6, 56]), { groups: 2, padding: "same" }) // [1, 5, 6, 8], all 0 as the mask is`
 *
 * Source: Xiong et al. 2024 (`xiong2024`), section 3, and the published code.
 */
export function dcnV4(x: Tensor, offsetMask: Tensor, options: DcnV4Options = {}): Tensor4D {
  const name = "dcnV4";
  const geometry = dcnGeometry(name, x, expectOptions(name, options, dcnKeys));
  const { batch, outHeight, outWidth } = geometry;
  const shape = [batch, outHeight, outWidth, packedLength(geometry)];
  expectTensor(name, "offsetMask", offsetMask, shape, "batch, outHeight, outWidth, 8·⌈3·groups·P / 8⌉");
  if (batch === 0) {
    return differentiable(
      { x, offsetMask },
      () => zeros([0, outHeight, outWidth, geometry.inChannels]),
      () => ({ x: zeros(x.shape), offsetMask: zeros(shape) }),
    ) as Tensor4D;
  }
  const { forward, gradients } = implementationFor(geometry);
  return differentiable(
    { x, offsetMask },
    (inputs) => forward({ x: inputs.x, ...unpack(inputs.offsetMask, geometry) }, geometry),
    (inputs, dy) => {
      const { x: ofX, ...ofTaps } = gradients({ x: inputs.x, ...unpack(inputs.offsetMask, geometry), dy }, geometry);
      return { x: ofX, offsetMask: pack(ofTaps, geometry) };
    },
  ) as Tensor4D;
}
