import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { matMul, reshape, tensor2d } from "@tensorflow/tfjs-core";

/** A matrix of an axis, (out, in) in one row. */
export interface AxisMatrix {
  values: Float32Array;
  length: number;
  count: number;
}

/** Rows and columns of images, (batch, rows, columns, channels), times a matrix an axis, or its transpose: gradients as of any product. */
export function separableProduct(
  x: Tensor,
  axes: readonly [AxisMatrix, AxisMatrix],
  { transposed = false }: { transposed?: boolean } = {},
): Tensor4D {
  const [batch, rows, columns, channels] = x.shape as [number, number, number, number];
  const [up, across] = axes.map(({ values, count, length }) => tensor2d(values, [count, length]));
  const [outRows, outColumns] = axes.map(({ length, count }) => (transposed ? length : count)) as [number, number];
  const tall = matMul(up!, reshape(x, [batch, rows, columns * channels]) as Tensor3D, transposed);
  const wide = matMul(across!, reshape(tall, [batch * outRows, columns, channels]) as Tensor3D, transposed);
  return reshape(wide, [batch, outRows, outColumns, channels]);
}
