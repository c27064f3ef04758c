import type { Tensor } from "@tensorflow/tfjs-core";
import { add, matMul, mul, pad, reshape, slice } from "@tensorflow/tfjs-core";

/** Of every pixel, its channels times a matrix, (channels, outputs), plus a bias. */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor): Tensor {
  const [channels, outputs] = kernel.shape as [number, number];
  const pixels = x.shape.slice(0, -1);
  const rows = pixels.reduce((a, b) => a * b, 1);
  const product = matMul(reshape(x, [rows, channels]), kernel);
  return reshape(bias === undefined ? product : add(product, bias), [...pixels, outputs]);
}

/**
 * The depthwise convolution of the same size, tap by tap. tfjs's own has no gradient of the filter on the backend wasm.
 * @param filter (rows, columns, channels), of odd sides
 */
export function depthwiseConvolution(x: Tensor, filter: Tensor, bias: Tensor): Tensor {
  const [rows, columns, channels] = filter.shape as [number, number, number];
  const [above, before] = [(rows - 1) / 2, (columns - 1) / 2];
  const padded = pad(x, [
    [0, 0],
    [above, above],
    [before, before],
    [0, 0],
  ]);
  const taps = Array.from({ length: rows * columns }, (_, k) => {
    const [a, b] = [Math.floor(k / columns), k % columns];
    const weights = reshape(slice(filter, [a, b, 0], [1, 1, channels]), [channels]);
    return mul(slice(padded, [0, a, b, 0], x.shape), weights) as Tensor;
  });
  return add(
    taps.reduce((a, b) => add(a, b)),
    bias,
  );
}
