import type { Tensor, Tensor5D } from "@tensorflow/tfjs-core";
import { add, conv3d, getBackend, pad, reshape, serialization, slice } from "@tensorflow/tfjs-core";
import type { ConvolutionArgs } from "./convolutionLayer.js";
import { ConvolutionLayer } from "./convolutionLayer.js";
import { paddingOf } from "./slidingWindow.js";

/** Options of {@link Convolution3D}. */
export interface Convolution3DArgs extends ConvolutionArgs {}

const name = "Convolution3D";

type Triple = [number, number, number];

/**
 * A layer that is torch's `Conv3d` of one group: explicit padding, and dilations with any stride, with gradients on every backend.
 *
 * Input (batch, planes, rows, columns, channels), float32, channels fixed; result (batch, outPlanes, outRows, outColumns, filters), lengths as
 * {@link Convolution2D} has them. It is registered: a program that imports this sub-path loads models that have it. Dilations cost products
 * with zeros on other backends than `simd`, and there beside strides.
 *
 * **Weights**: `kernel` (planes, rows, columns, channels, filters), torch's transposed by [2, 3, 4, 1, 0], and `bias` (filters), unless
 * `useBias` is false. Both start as {@link torchDefault} has it, from the layer's name, unless initialisers are given.
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const volume = tf.input({ shape: [null, null, null, 1] });
 * const y = convolution3D({ filters: 8, kernelSize: [1, 3, 3], padding: [0, 1, 1], name: "conv1" }).apply(volume);
 * ```
 */
export class Convolution3D extends ConvolutionLayer {
  static className: string = `Ddl${name}`;

  constructor(args: Convolution3DArgs) {
    super(name, args, 3, false);
  }

  protected convolve(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const strides = this.settings.strides as Triple;
    const dilations = this.settings.dilations as Triple;
    const space = this.windows.map((window, axis) => paddingOf(window, axis, x.shape[axis + 1]!));
    const padded = (space.flat().some((n) => n > 0) ? pad(x, [[0, 0], ...space, [0, 0]]) : x) as Tensor5D;
    // tfjs's gradient refuses dilations, but for that of `simd`, and its conv3d takes no strides beside them.
    const dilated = dilations.some((n) => n > 1);
    const native = !dilated || (getBackend() === "simd" && strides.every((n) => n === 1));
    const out = native
      ? conv3d(padded, kernel as Tensor5D, strides, "valid", "NDHWC", dilations)
      : conv3d(padded, spread(kernel, dilations), strides, "valid");
    return bias === undefined ? out : add(out, bias);
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(Convolution3D);

/** Makes a {@link Convolution3D}. */
export function convolution3D(args: Convolution3DArgs): Convolution3D {
  return new Convolution3D(args);
}

/** A filter with zeros between its taps, axis by axis, made of operations that have gradients. */
function spread(kernel: Tensor, dilations: Triple): Tensor5D {
  let filter = kernel;
  for (const [axis, dilation] of dilations.entries()) {
    const shape = filter.shape;
    const [before, behind] = [shape.slice(0, axis), shape.slice(axis + 1)];
    const [outer, inner] = [before, behind].map((lengths) => lengths.reduce((a, b) => a * b, 1)) as [number, number];
    const taps = shape[axis]!;
    const apart = pad(reshape(filter, [outer * taps, 1, inner]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
    const extent = (taps - 1) * dilation + 1;
    const trimmed = slice(reshape(apart, [outer, taps * dilation, inner]), [0, 0, 0], [outer, extent, inner]);
    filter = reshape(trimmed, [...before, extent, ...behind]);
  }
  return filter as Tensor5D;
}
