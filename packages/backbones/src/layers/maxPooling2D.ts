import { padSpace, windowTaps } from "@ddl/backend-simd/operations";
import { expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { engine, getBackend, maximum, maxPool, serialization } from "@tensorflow/tfjs-core";
import { layerKeys } from "./layerArgs.js";
import type { PooledAxis, PoolingArgs } from "./poolingLayer.js";
import { PoolingLayer, poolingKeys } from "./poolingLayer.js";

/** Options of {@link MaxPooling2D}. */
export interface MaxPooling2DArgs extends PoolingArgs {}

const name = "MaxPooling2D";

/**
 * A layer that is torch's `MaxPool2d`: the space around the image counts as −∞, and the gradient goes to the first of equal maxima, row by
 * row.
 *
 * Input (batch, rows, columns, channels), float32; result (batch, outRows, outColumns, channels), an axis of length n with
 * floor((n + padding − window) / stride) + 1 pixels, with `ceilMode` rounded up unless that window would begin behind image and space before
 * it. It is registered: a program that imports this sub-path loads models that have it.
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example `const y = maxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: "maxpool" }).apply(x)`
 */
export class MaxPooling2D extends PoolingLayer {
  static className: string = `Ddl${name}`;

  constructor(args: MaxPooling2DArgs) {
    expectOptions(name, args, [...poolingKeys, ...layerKeys]);
    super(name, args);
  }

  protected pool(x: Tensor4D, [rows, columns]: readonly [PooledAxis, PooledAxis]): Tensor {
    const space = ({ padding, needed }: PooledAxis): [number, number] => [padding[0], needed];
    const size = [rows.taps, columns.taps] as [number, number];
    const strides = [rows.stride, columns.stride] as [number, number];
    // The gradients of wasm are wrong where there is padding; those of wasm and webgl send each to another one of equal maxima.
    if (["wasm", "webgl", "webgpu"].includes(getBackend()) && engine().state.gradientDepth > 0)
      return largest(x, [rows, columns]);
    // That of tensorflow refuses explicit padding.
    if (getBackend() === "tensorflow") {
      const padded = padSpace(x, [space(rows), space(columns)], Number.NEGATIVE_INFINITY);
      return maxPool(padded as Tensor4D, size, strides, "valid");
    }
    return maxPool(x, size, strides, [[0, 0], space(rows), space(columns), [0, 0]] as never);
  }
}

/** The maximum of what each tap of the windows sees: its gradient goes to the first of equal ones. */
function largest(x: Tensor, axes: readonly PooledAxis[]): Tensor {
  const windows = axes.map((axis) => ({ ...axis, before: axis.padding[0] }));
  return windowTaps(x, windows, Number.NEGATIVE_INFINITY).reduce((a, b) => maximum(a, b));
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(MaxPooling2D);

/** Makes a {@link MaxPooling2D}. */
export function maxPooling2D(args: MaxPooling2DArgs): MaxPooling2D {
  return new MaxPooling2D(args);
}
