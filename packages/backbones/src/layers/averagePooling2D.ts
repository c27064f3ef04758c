import { padSpace } from "@ddl/backend-simd/operations";
import { expectBoolean, expectOptions } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { avgPool, mul, serialization, tensor } from "@tensorflow/tfjs-core";
import { layerKeys } from "./layerArgs.js";
import type { PooledAxis, PoolingArgs } from "./poolingLayer.js";
import { PoolingLayer, poolingKeys } from "./poolingLayer.js";

/** Options of {@link AveragePooling2D}. */
export interface AveragePooling2DArgs extends PoolingArgs {
  /** Pixels of the padding count as zeros; without it the mean is of pixels of the image alone. Default true, as in torch. */
  countIncludePad?: boolean;
}

const name = "AveragePooling2D";

/**
 * A layer that is torch's `AvgPool2d`: the mean of each window, in which the space around the image counts as zeros unless `countIncludePad`
 * is false. What `ceilMode` lets a window reach beyond that space never counts.
 *
 * Input (batch, rows, columns, channels), float32; result (batch, outRows, outColumns, channels), lengths as `MaxPooling2D` has them. It is
 * registered: a program that imports this sub-path loads models that have it.
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example `const y = averagePooling2D({ poolSize: 3, strides: 1, padding: 1 }).apply(x)`
 */
export class AveragePooling2D extends PoolingLayer {
  static className: string = `Ddl${name}`;

  readonly #countIncludePad: boolean;

  constructor(args: AveragePooling2DArgs) {
    const known = [...poolingKeys, "countIncludePad", ...layerKeys] as const;
    const { countIncludePad = true } = expectOptions(name, args, known);
    expectBoolean(name, "countIncludePad", countIncludePad);
    super(name, args);
    this.#countIncludePad = countIncludePad;
  }

  protected pool(x: Tensor4D, [rows, columns]: readonly [PooledAxis, PooledAxis]): Tensor {
    const space = ({ padding, needed }: PooledAxis): [number, number] => [padding[0], needed];
    const around = [space(rows), space(columns)];
    const size = [rows.taps, columns.taps] as [number, number];
    const strides = [rows.stride, columns.stride] as [number, number];
    const padded = padSpace(x, around) as Tensor4D;
    // Of whole windows: tfjs's own padding does not count, and its gradients of that differ from backend to backend.
    const means = avgPool(padded, size, strides, "valid");
    const [up, across] = [rows, columns].map((axis) => this.#shares(axis)) as [number[], number[]];
    if ([...up, ...across].every((share) => share === 1)) return means;
    const factors = up.flatMap((a) => across.map((b) => a * b));
    return mul(means, tensor(factors, [1, rows.count, columns.count, 1]));
  }

  /** Of each window along an axis, its length over the pixels in it that count. */
  #shares({ count, stride, taps, length, padding }: PooledAxis): number[] {
    const [before, after] = padding;
    const [low, high] = this.#countIncludePad ? [-before, length + after] : [0, length];
    return Array.from({ length: count }, (_, k) => {
      const from = k * stride - before;
      return taps / (Math.min(from + taps, high) - Math.max(from, low));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { countIncludePad: this.#countIncludePad, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(AveragePooling2D);

/** Makes an {@link AveragePooling2D}. */
export function averagePooling2D(args: AveragePooling2DArgs): AveragePooling2D {
  return new AveragePooling2D(args);
}
