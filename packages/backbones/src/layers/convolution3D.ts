import { padSpace, perChannel, spreadTaps, windowTaps } from "@ddl/backend-simd/operations";
import type { Tensor, Tensor5D } from "@tensorflow/tfjs-core";
import { add, concat, conv3d, engine, getBackend, matMul, reshape, serialization } from "@tensorflow/tfjs-core";
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
    const padded = padSpace(x, space) as Tensor5D;
    // tfjs's gradient refuses dilations, but for that of `simd`, and its conv3d takes no strides beside them.
    const dilated = dilations.some((n) => n > 1);
    const native = !dilated || (getBackend() === "simd" && strides.every((n) => n === 1));
    const filter = (native ? kernel : spreadTaps(kernel, dilations)) as Tensor5D;
    // The gradients of the backend wasm are wrong: see test/layers.conformance.test.ts.
    const recorded = getBackend() === "wasm" && engine().state.gradientDepth > 0;
    const out = recorded
      ? product(padded, filter, strides)
      : conv3d(padded, filter, strides, "valid", "NDHWC", native ? dilations : 1);
    return bias === undefined ? out : add(out, perChannel(out, bias));
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(Convolution3D);

/** Makes a {@link Convolution3D}. */
export function convolution3D(args: Convolution3DArgs): Convolution3D {
  return new Convolution3D(args);
}

/** A convolution without padding and dilations as a product of matrices. */
function product(x: Tensor, kernel: Tensor, strides: Triple): Tensor {
  const [channels, filters] = kernel.shape.slice(3) as [number, number];
  const axes = strides.map((stride, axis) => {
    const taps = kernel.shape[axis]!;
    return { taps, stride, dilation: 1, count: Math.floor((x.shape[axis + 1]! - taps) / stride) + 1, before: 0 };
  });
  const seen = windowTaps(x, axes).map((tap) => reshape(tap, [-1, channels]));
  const windows = seen.length === 1 ? seen[0]! : concat(seen, 1);
  const counts = axes.map(({ count }) => count);
  return reshape(matMul(windows, reshape(kernel, [-1, filters])), [x.shape[0]!, ...counts, filters]);
}
