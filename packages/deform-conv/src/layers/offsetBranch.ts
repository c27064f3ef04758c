import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { add, addN, clone, conv2d, customGrad, mul, pad, slice } from "@tensorflow/tfjs-core";
import type { WindowAxis } from "../input/slidingWindow.js";
import { windowCount } from "../input/slidingWindow.js";

/**
 * `rate` · v, with the gradient that v would have if it were the value itself: an optimiser moves v by what it would move the value, hence
 * the value by `rate` times as much, whatever it makes of a gradient.
 */
export function slowed(v: Tensor, rate: number): Tensor {
  if (rate === 1) return v;
  return customGrad(() => ({ value: mul(v, rate), gradFunc: (dy: Tensor) => [clone(dy)] }))(v);
}

/**
 * The plain convolution that makes offsets and masks. tfjs knows no gradient of a dilated convolution: one is a sum over taps here.
 * @param filter (kernelHeight, kernelWidth, channels, outputs)
 */
export function branchConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor,
  [rows, columns]: readonly [WindowAxis, WindowAxis],
): Tensor {
  const strides: [number, number] = [rows.stride, columns.stride];
  const padding = [rows, columns].map(({ before, after }): [number, number] => [before, after]);
  const padded = padding.flat().some((n) => n > 0) ? pad(x, [[0, 0], ...padding, [0, 0]]) : x;
  const convolve = (image: Tensor, part: Tensor): Tensor =>
    conv2d(image as Tensor4D, part as Tensor4D, strides, "valid");
  if (rows.dilation === 1 && columns.dilation === 1) return add(convolve(padded, filter), bias);
  const [kernelHeight, kernelWidth] = filter.shape as [number, number];
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const span = (axis: WindowAxis, size: number): number => (windowCount(size, axis) - 1) * axis.stride + 1;
  const size = [batch, span(rows, height), span(columns, width), channels];
  const taps = Array.from({ length: kernelHeight * kernelWidth }, (_, k) => {
    const [a, b] = [Math.floor(k / kernelWidth), k % kernelWidth];
    const seen = slice(padded, [0, a * rows.dilation, b * columns.dilation, 0], size);
    return convolve(seen, slice(filter, [a, b, 0, 0], [1, 1, -1, -1]));
  });
  return add(addN(taps), bias);
}
