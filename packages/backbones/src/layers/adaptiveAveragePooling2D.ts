import { expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { serialization, tidy } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys } from "./layerArgs.js";
import type { AxisMatrix } from "./separableProduct.js";
import { separableProduct } from "./separableProduct.js";
import type { PerAxis } from "./slidingWindow.js";
import { perAxis } from "./slidingWindow.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** Options of {@link AdaptiveAveragePooling2D}. */
export interface AdaptiveAveragePooling2DArgs extends LayerArgs {
  /** Pixels of the result, one number or `[rows, columns]`, integers ≥ 1. */
  size: PerAxis;
}

const name = "AdaptiveAveragePooling2D";

/**
 * A layer that is torch's `AdaptiveAvgPool2d`: a result of a given size, of n pixels pixel i the mean of those from ⌊i · length / n⌋ to before
 * ⌈(i + 1) · length / n⌉ along each axis.
 *
 * Input (batch, rows, columns, channels), float32; result (batch, …size, channels). It is registered: a program that imports this sub-path
 * loads models that have it.
 * @throws ArgumentError, ShapeError, RangeArgumentError
 * @example `const y = adaptiveAveragePooling2D({ size: 4 }).apply(x)`
 */
export class AdaptiveAveragePooling2D extends TorchLayer {
  static className: string = `Ddl${name}`;

  readonly #size: [number, number];

  constructor(args: AdaptiveAveragePooling2DArgs) {
    const { size } = expectOptions(name, args, ["size", ...layerKeys]);
    const checked = perAxis(name, "size", size, 2) as [number, number];
    super(layerArgsOf(name, args));
    this.#size = checked;
    this.inputSpec = [{ ndim: 4 }];
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs);
      const axes = this.#size.map((count, axis) => meansOf(x.shape[axis + 1]!, count));
      return separableProduct(x, axes as [AxisMatrix, AxisMatrix]);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [shapeOf(inputShape)[0] ?? null, ...this.#size, channelsOf(name, inputShape, 4)];
  }

  override getConfig(): serialization.ConfigDict {
    return { size: this.#size, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(AdaptiveAveragePooling2D);

/** Makes an {@link AdaptiveAveragePooling2D}. */
export function adaptiveAveragePooling2D(args: AdaptiveAveragePooling2DArgs): AdaptiveAveragePooling2D {
  return new AdaptiveAveragePooling2D(args);
}

/** The matrix that makes the means of one axis. */
function meansOf(length: number, count: number): AxisMatrix {
  const values = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    const [from, to] = [Math.floor((i * length) / count), Math.ceil(((i + 1) * length) / count)];
    values.fill(1 / (to - from), i * length + from, i * length + to);
  }
  return { values, length, count };
}
