import type { Tensor } from "@tensorflow/tfjs-core";
import { add, clone, concat, customGrad, matMul, mul, pad, reshape, slice } from "@tensorflow/tfjs-core";
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
 * The plain convolution that makes offsets and masks: windows laid out as rows, times the filter. tfjs's own has no gradient of the filter
 * on the backend wasm, nor any with dilations.
 * @param filter (kernelHeight, kernelWidth, channels, outputs)
 */
export function branchConvolution(
  x: Tensor,
  filter: Tensor,
  bias: Tensor,
  [rows, columns]: readonly [WindowAxis, WindowAxis],
): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [kernelHeight, kernelWidth, , outputs] = filter.shape as [number, number, number, number];
  const [outHeight, outWidth] = [windowCount(height, rows), windowCount(width, columns)];
  // Each tap reads whole strides, the last one too, and keeps the first pixel of each.
  const space = [rows, columns].map(({ before, after, stride }): [number, number] => [before, after + stride - 1]);
  const padded = space.flat().some((n) => n > 0) ? pad(x, [[0, 0], ...space, [0, 0]]) : x;
  const size = [batch, outHeight * rows.stride, outWidth * columns.stride, channels];
  const taps = Array.from({ length: kernelHeight * kernelWidth }, (_, k) => {
    const [a, b] = [Math.floor(k / kernelWidth), k % kernelWidth];
    const seen = slice(padded, [0, a * rows.dilation, b * columns.dilation, 0], size);
    const strided = reshape(seen, [batch, outHeight, rows.stride, outWidth, columns.stride * channels]);
    const first = slice(strided, [0, 0, 0, 0, 0], [batch, outHeight, 1, outWidth, channels]);
    return reshape(first, [batch * outHeight * outWidth, channels]);
  });
  const windows = taps.length === 1 ? taps[0]! : concat(taps, 1);
  const made = matMul(windows, reshape(filter, [taps.length * channels, outputs]));
  return reshape(add(made, bias), [batch, outHeight, outWidth, outputs]);
}
