import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { serialization, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import { deformConv2dTranspose } from "../deformConv2dTranspose/index.js";
import { slidingWindow } from "../input/slidingWindow.js";
import { activated, addFilter } from "./conv2dParts.js";
import { DeformableLayer, expectDivides, imageShape } from "./deformableLayer.js";
import type { DeformConv2DArgs, DeformConv2DSettings } from "./deformConv2DArgs.js";
import { conv2dArgsOf, conv2dConfigOf, offsetLimitConfig, settingsOf } from "./deformConv2DArgs.js";
import { layerArgsOf } from "./layerArgs.js";
import { OffsetBranch } from "./offsetBranch.js";

/**
 * Options of {@link DeformConv2DTranspose}: those of `DeformConv2D`, of which `strides`, `padding` and `dilationRate` are those of the
 * convolution that is transposed, and `groups` and `offsetGroups` divide `filters`, `groups` the input's channels too.
 */
export interface DeformConv2DTransposeArgs extends DeformConv2DArgs {}

const name = "DeformConv2DTranspose";

/**
 * A layer as `tf.layers.conv2dTranspose` that learns where to write: a branch, a plain convolution of the input with `kernelSize` taps,
 * stride 1 and padding `"same"` that starts at 0, makes the offsets of `deformConv2dTranspose` and, with `modulated`, its mask. It starts as
 * the plain transposed convolution. Offsets count pixels of the result, and lie on the grid of the input.
 *
 * Input (batch, height, width, channels), float32, channels and rank fixed; result (batch, outHeight, outWidth, filters), which `activation`
 * is applied to. Its height is height · stride with padding `"same"`; with `"valid"` (height − 1) · stride + the longer of stride and window,
 * as in tf.layers; with pixels (height − 1) · stride + window − pixels on both sides. It is registered: a program that imports this sub-path
 * loads models that have it.
 *
 * **Weights**, in this order: `kernel` (kernelHeight, kernelWidth, filters / groups, channels), `bias` (unless `useBias` is false),
 * `offset_kernel` (kernelHeight, kernelWidth, channels, 2·K·offsetGroups), `offset_bias`, and with `modulated` `mask_kernel`, `mask_bias`.
 * Those of the branch are stored divided by `offsetLearningRate`, which slows them under every optimiser: see {@link DeformConv2D}.
 *
 * Beside `deformConv2dTranspose`'s memory it holds K·(channels + 2 or 3 times offsetGroups) floats an input pixel.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const model = tf.sequential();
 * model.add(new DeformConv2DTranspose({ filters: 4, kernelSize: 2, strides: 2, inputShape: [16, 20, 8] })); // (batch, 32, 40, 4)
 * ```
 *
 * Source: the adjoint of Dai et al. 2017 (`dai2017`), equation 2, with the branch of section 2.1.
 */
export class DeformConv2DTranspose extends DeformableLayer {
  static className: string = name;

  readonly #settings: DeformConv2DSettings;
  /** Resolves and serialises what the layer has in common with it; it has no weights. */
  readonly #plain: layers.Layer;
  readonly #branch: OffsetBranch;
  #main: LayerVariable[] = [];

  constructor(args: DeformConv2DTransposeArgs) {
    const settings = settingsOf(name, args);
    expectDivides(name, { offsetGroups: settings.offsetGroups }, settings.filters, "filters");
    super(layerArgsOf(name, args));
    this.#settings = settings;
    this.#branch = new OffsetBranch(settings);
    this.#plain = layers.conv2d(conv2dArgsOf(args, settings));
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups } = this.#settings;
    const channels = imageShape(name, inputShape)[3]!;
    expectDivides(name, { groups }, channels, "input channels");
    this.#main = addFilter(this.#plain, this, [...kernelSize, filters / groups, channels], filters);
    this.#branch.build(this, channels);
    this.inputSpec = [{ ndim: 4, axes: { 3: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const y = Array.isArray(inputs) ? inputs[0]! : inputs;
      const { kernelSize, strides, padding, dilationRate, groups, offsetGroups } = this.#settings;
      const [, height, width] = this.computeOutputShape(y.shape) as number[];
      const around = slidingWindow(name, [y.shape[1]!, y.shape[2]!], kernelSize, { padding: "same" });
      const { offset, mask } = this.#branch.apply(y, around);
      const [kernel, bias] = this.#main.map((variable) => variable.read());
      const result = deformConv2dTranspose(y, kernel!, offset, {
        strides,
        padding,
        dilations: dilationRate,
        groups,
        offsetGroups,
        outputShape: [height!, width!],
        ...(mask && { mask }),
        ...(bias && { bias }),
      });
      return activated(this.#plain, result);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { kernelSize, strides, padding, dilationRate, filters } = this.#settings;
    const [batch, ...rest] = imageShape(name, inputShape) as (number | null)[];
    const lengths = rest.slice(0, 2);
    const window = { strides, padding, dilations: dilationRate };
    const axes = slidingWindow(name, [lengths[0] ?? 1, lengths[1] ?? 1], kernelSize, window);
    const sizes = lengths.map((length, k) => {
      if (length == null) return null;
      const { stride, extent, before, after } = axes[k]!;
      if (padding === "same") return length * stride;
      if (padding === "valid") return (length - 1) * stride + Math.max(extent, stride);
      return (length - 1) * stride + extent - before - after;
    });
    if (sizes.some((size) => size !== null && size < 1)) {
      const expected = `leave a row and a column of the result, which would be [${sizes.join(", ")}]`;
      throw new ShapeError({ functionName: name, argument: "input", expected, received: [batch, ...rest] });
    }
    return [batch, ...sizes, filters] as Shape;
  }

  override getConfig(): serialization.ConfigDict {
    const { maskGain, offsetLimit, ...settings } = this.#settings;
    const own = { ...settings, ...(settings.modulated && { maskGain }), ...offsetLimitConfig({ offsetLimit }) };
    return { ...conv2dConfigOf(this.#plain.getConfig()), ...own, ...super.getConfig() } as serialization.ConfigDict;
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(DeformConv2DTranspose);
