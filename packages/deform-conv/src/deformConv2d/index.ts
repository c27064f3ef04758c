import { expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { add } from "@tensorflow/tfjs-core";
import { differentiable } from "../input/differentiable.js";
import { expectTensor } from "../input/expectTensor.js";
import { slidingWindow, windowCount } from "../input/slidingWindow.js";
import { biasGradient } from "./biasGradient.js";
import type { DeformConvOptions } from "./geometry.js";
import { deformConvGeometry, expectBranches, filterAxes } from "./geometry.js";
import { implementationFor } from "./implementation.js";

/** Options of {@link deformConv2d}. */
export interface DeformConv2dOptions extends DeformConvOptions {}

/**
 * Deformable convolution: each tap of the window samples the image at its place plus an offset of its own, bilinearly, zero outside.
 *
 * Without `mask` this is version 1, with it version 2. The filter's shape says how many groups there are: channels of x divided by the
 * filter's third axis. Gradients of x, filter, offset, mask and bias, once; an offset's slope at a pixel's centre is the right-sided one, as
 * torchvision's. A sample whose offset is not finite is 0 and so are its gradients. Values equal torchvision's `deform_conv2d`.
 *
 * Time grows with windows · K · channels · outputs; backends without a kernel of their own hold 4·K·channels floats a window.
 * @param x image, (batch, height, width, channels), float32
 * @param filter (kernelHeight, kernelWidth, channels / groups, outChannels)
 * @param offset pixels of x, (batch, outHeight, outWidth, 2·K·offsetGroups); the last axis is (offset group, tap row by row, [dy, dx])
 * @returns (batch, outHeight, outWidth, outChannels)
 * @throws ArgumentError, DtypeError, ShapeError, RangeArgumentError
 * @example `deformConv2d(tf.ones([1, 5, 6, 3]), tf.ones([3, 3, 3, 8]), tf.zeros([1, 5, 6, 18]), { padding: "same" }) // [1, 5, 6, 8]`
 *
 * Source: Dai et al. 2017 (`dai2017`), equation 2; Zhu et al. 2019 (`zhu2019deformable`), equation 1.
 */
export function deformConv2d(x: Tensor, filter: Tensor, offset: Tensor, options: DeformConv2dOptions = {}): Tensor4D {
  const name = "deformConv2d";
  const known = ["mask", "bias", "strides", "padding", "dilations", "offsetGroups"] as const;
  const { mask, bias, offsetGroups = 1, ...window } = expectOptions(name, options, known);
  expectTensor(name, "x", x, [-1, -1, -1, -1], "batch, height, width, channels");
  expectTensor(name, "filter", filter, [-1, -1, -1, -1], filterAxes);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (height * width * channels === 0) {
    const expected = "have at least one row, column and channel (batch, height, width, channels)";
    throw new ShapeError({ functionName: name, argument: "x", expected, received: x.shape });
  }
  const axes = slidingWindow(name, [height, width], [filter.shape[0]!, filter.shape[1]!], window);
  const out = [windowCount(height, axes[0]), windowCount(width, axes[1])] as const;
  if (out[0] < 1 || out[1] < 1) {
    const padded = [height + axes[0].before + axes[0].after, width + axes[1].before + axes[1].after];
    const expected = `fit with its dilations, [${axes[0].extent}, ${axes[1].extent}], into the padded image, [${padded.join(", ")}]`;
    throw new ShapeError({ functionName: name, argument: "filter", expected, received: filter.shape });
  }
  const sizes = { batch, in: [height, width], out } as const;
  const geometry = deformConvGeometry(name, filter, sizes, channels, offsetGroups, axes);
  expectBranches(name, geometry, offset, { ...(mask && { mask }), ...(bias && { bias }) }, geometry.outChannels);
  const { forward, gradients } = implementationFor(geometry);
  return differentiable(
    { x, filter, offset, mask, bias },
    (inputs) => {
      const value = forward(inputs, geometry);
      return inputs.bias === undefined ? value : add(value, inputs.bias);
    },
    (inputs, dy) => ({
      ...gradients({ ...inputs, dy }, geometry),
      bias: biasGradient(dy),
    }),
  ) as Tensor4D;
}
