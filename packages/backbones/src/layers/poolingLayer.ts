import { expectBoolean, ShapeError } from "@ddl/core";
import type { serialization, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import type { Shape } from "@tensorflow/tfjs-layers";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf } from "./layerArgs.js";
import type { Padding, PerAxis, WindowAxis } from "./slidingWindow.js";
import { expectPadding, paddingOf, perAxis, windowCount, windowsShape } from "./slidingWindow.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** Options of both poolings. */
export interface PoolingArgs extends LayerArgs {
  /** Pixels of a window, one number or `[y, x]`, integers ≥ 1. */
  poolSize: PerAxis;
  /** Steps between windows, one number or `[y, x]`, integers ≥ 1. Default: `poolSize`. */
  strides?: PerAxis;
  /**
   * Space around the image: on all sides (default 0), on both sides of each axis `[y, x]`, `[[top, bottom], [left, right]]`, `"valid"` (none)
   * or `"same"` (tfjs's: the result has ⌈size / stride⌉ pixels). Less than a window on each side.
   */
  padding?: Padding;
  /** A rest at the end that no window fits into gets one that reaches beyond the image. Default false. */
  ceilMode?: boolean;
}

export const poolingKeys = ["poolSize", "strides", "padding", "ceilMode"] as const;

/** Where the windows of one axis lie. */
export interface PooledAxis extends WindowAxis {
  count: number;
  length: number;
  /** Space before the image and after it, as the option says. */
  padding: readonly [before: number, after: number];
  /** Space after the image that the last window needs, not less than 0. */
  needed: number;
}

/** A pooling of images. */
export abstract class PoolingLayer extends TorchLayer {
  readonly #label: string;
  readonly #windows: WindowAxis[];
  readonly #settings: { poolSize: number[]; strides: number[]; padding: Padding; ceilMode: boolean };

  constructor(label: string, args: PoolingArgs) {
    const { poolSize, strides = poolSize, padding = 0, ceilMode = false } = args;
    const settings = {
      poolSize: perAxis(label, "poolSize", poolSize, 2),
      strides: perAxis(label, "strides", strides, 2),
      padding: expectPadding(label, padding, 2),
      ceilMode: expectBoolean(label, "ceilMode", ceilMode),
    };
    const windows = settings.poolSize.map((taps, k) => ({
      ...{ taps, stride: settings.strides[k]!, dilation: 1, padding: settings.padding },
    }));
    for (const [axis, window] of windows.entries()) {
      if (padding === "same" || paddingOf(window, axis, 1).every((space) => space < window.taps)) continue;
      const expected = `be less than the window of [${settings.poolSize.join(", ")}] pixels on each side`;
      throw new ShapeError({ functionName: label, argument: "padding", expected, received: padding });
    }
    super(layerArgsOf(label, args));
    this.#label = label;
    this.#settings = settings;
    this.#windows = windows;
    this.inputSpec = [{ ndim: 4 }];
  }

  protected abstract pool(x: Tensor4D, axes: readonly [PooledAxis, PooledAxis]): Tensor;

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs);
      this.computeOutputShape(x.shape);
      const axes = this.#windows.map((window, axis): PooledAxis => {
        const length = x.shape[axis + 1]!;
        const count = windowCount(window, axis, length, this.#settings.ceilMode);
        const padding = paddingOf(window, axis, length);
        const needed = Math.max(0, (count - 1) * window.stride + window.taps - length - padding[0]);
        return { ...window, count, length, padding, needed };
      });
      return this.pool(x as Tensor4D, axes as [PooledAxis, PooledAxis]);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const channels = channelsOf(this.#label, inputShape, 4);
    const { ceilMode: ceil } = this.#settings;
    return windowsShape(this.#label, shapeOf(inputShape), this.#windows, { channels, ceil });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() } as serialization.ConfigDict;
  }
}
