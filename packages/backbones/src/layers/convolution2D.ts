import { groupedConv2d } from "@ddl/backend-simd/operations";
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { serialization } from "@tensorflow/tfjs-core";
import type { ConvolutionArgs } from "./convolutionLayer.js";
import { ConvolutionLayer } from "./convolutionLayer.js";
import { paddingOf } from "./slidingWindow.js";

/** Options of {@link Convolution2D}. */
export interface Convolution2DArgs extends ConvolutionArgs {
  /** Groups of neighbouring channels that see only each other; divides the input's channels and `filters`. Default 1. */
  groups?: number;
}

const name = "Convolution2D";

/**
 * A layer that is torch's `Conv2d`: explicit padding, which torch has on both sides alike, groups, and dilations with any stride. It can be
 * trained on every backend, also where `tf.layers.conv2d` has no gradient: with dilations, and on `wasm`.
 *
 * Input (batch, rows, columns, channels), float32, channels fixed; result (batch, outRows, outColumns, filters), an axis of length n with
 * floor((n + padding − (taps − 1) · dilation − 1) / stride) + 1 pixels. It is registered: a program that imports this sub-path loads models
 * that have it.
 *
 * **Weights**: `kernel` (rows, columns, channels / groups, filters), torch's transposed by [2, 3, 1, 0], and `bias` (filters), unless
 * `useBias` is false. Both start as {@link torchDefault} has it, from the layer's name, unless initialisers are given.
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const image = tf.input({ shape: [null, null, 3] });
 * const y = convolution2D({ filters: 64, kernelSize: 7, strides: 2, padding: 3, useBias: false, name: "conv1" }).apply(image);
 * ```
 *
 * Source: groups as in Xie et al. 2017 (`xie2017`), figure 3c.
 */
export class Convolution2D extends ConvolutionLayer {
  static className: string = `Ddl${name}`;

  constructor(args: Convolution2DArgs) {
    super(name, args, 2, true);
  }

  protected convolve(x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
    const { strides, dilations } = this.settings;
    return groupedConv2d(x as Tensor4D, kernel as Tensor4D, {
      strides: strides as [number, number],
      dilations: dilations as [number, number],
      padding: this.windows.map((window, axis) => paddingOf(window, axis, x.shape[axis + 1]!)) as [
        [number, number],
        [number, number],
      ],
      bias: bias as Tensor1D | undefined,
    });
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(Convolution2D);

/** Makes a {@link Convolution2D}. */
export function convolution2D(args: Convolution2DArgs): Convolution2D {
  return new Convolution2D(args);
}
