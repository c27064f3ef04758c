import type { Tensor } from "@tensorflow/tfjs-core";
import { serialization, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { layers } from "@tensorflow/tfjs-layers";
import { deformConv2d } from "../deformConv2d/index.js";
import type { WindowAxis } from "../input/slidingWindow.js";
import { slidingWindow } from "../input/slidingWindow.js";
import { activated, addFilter } from "./conv2dParts.js";
import { DeformableLayer, expectDivides, imageShape, windowsShape } from "./deformableLayer.js";
import type { DeformConv2DArgs, DeformConv2DSettings } from "./deformConv2DArgs.js";
import { conv2dArgsOf, conv2dConfigOf, offsetLimitConfig, settingsOf } from "./deformConv2DArgs.js";
import { layerArgsOf } from "./layerArgs.js";
import { OffsetBranch } from "./offsetBranch.js";

const name = "DeformConv2D";

/**
 * A layer as `tf.layers.conv2d` that learns where to look: a branch, a plain convolution of the same window that starts at 0, makes the
 * offsets of `deformConv2d` and, with `modulated`, its mask. It starts as the plain convolution, and is version 1 or 2 of the papers.
 *
 * Input (batch, height, width, channels), float32, channels and rank fixed; result (batch, outHeight, outWidth, filters), which
 * `activation` is applied to. It is registered: a program that imports this sub-path loads models that have it.
 *
 * **Weights**, in this order: `kernel` (kernelHeight, kernelWidth, channels / groups, filters), `bias` (unless `useBias` is false),
 * `offset_kernel` (kernelHeight, kernelWidth, channels, 2·K·offsetGroups), `offset_bias`, and with `modulated` `mask_kernel` (…,
 * K·offsetGroups), `mask_bias`. Those of the branch are stored divided by `offsetLearningRate`: the layer convolves with the stored value
 * times the rate, while the gradient is that of the product. So SGD, momentum, Adam and every other optimiser moves the branch by the rate
 * times what it would move it otherwise (a factor on the gradient would cancel in Adam). Divide weights of another program by the rate
 * before `setWeights`; a saved model reads the same with the rate it was saved with. Decay of weights is not slowed.
 *
 * Beside `deformConv2d`'s memory it holds the padded input and K·(channels + 2 or 3 times offsetGroups) floats an output pixel.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const model = tf.sequential();
 * model.add(new DeformConv2D({ filters: 8, kernelSize: 3, padding: "same", modulated: true, inputShape: [32, 40, 3] }));
 * model.compile({ optimizer: "adam", loss: "meanSquaredError" });
 * ```
 *
 * Source: Dai et al. 2017 (`dai2017`), section 2.1; Zhu et al. 2019 (`zhu2019deformable`), section 3.2.
 */
export class DeformConv2D extends DeformableLayer {
  static className: string = name;

  readonly #settings: DeformConv2DSettings;
  /** Resolves and serialises what the layer has in common with it; it has no weights. */
  readonly #plain: layers.Layer;
  readonly #branch: OffsetBranch;
  #main: LayerVariable[] = [];

  constructor(args: DeformConv2DArgs) {
    const settings = settingsOf(name, args);
    super(layerArgsOf(name, args));
    this.#settings = settings;
    this.#branch = new OffsetBranch(settings);
    this.#plain = layers.conv2d(conv2dArgsOf(args, settings));
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups, offsetGroups } = this.#settings;
    const channels = imageShape(name, inputShape)[3]!;
    expectDivides(name, { groups, offsetGroups }, channels, "input channels");
    this.#main = addFilter(this.#plain, this, [...kernelSize, channels / groups, filters], filters);
    this.#branch.build(this, channels);
    this.inputSpec = [{ ndim: 4, axes: { 3: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const { strides, padding, dilationRate, offsetGroups } = this.#settings;
      const { offset, mask } = this.branch(x);
      const [kernel, bias] = this.#main.map((variable) => variable.read());
      const result = deformConv2d(x, kernel!, offset, {
        strides,
        padding,
        dilations: dilationRate,
        offsetGroups,
        ...(mask && { mask }),
        ...(bias && { bias }),
      });
      return activated(this.#plain, result);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowsShape(name, inputShape, (height, width) => this.#window(height, width), this.#settings.filters);
  }

  override getConfig(): serialization.ConfigDict {
    const { maskGain, offsetLimit, ...settings } = this.#settings;
    const own = { ...settings, ...(settings.modulated && { maskGain }), ...offsetLimitConfig({ offsetLimit }) };
    return { ...conv2dConfigOf(this.#plain.getConfig()), ...own, ...super.getConfig() } as serialization.ConfigDict;
  }

  /** What the branch makes of an input, and the window. @internal */
  branch(x: Tensor): { offset: Tensor; mask?: Tensor; axes: readonly [WindowAxis, WindowAxis] } {
    const axes = this.#window(x.shape[1]!, x.shape[2]!);
    this.computeOutputShape(x.shape);
    return { ...this.#branch.apply(x, axes), axes };
  }

  /** Taps of the filter, rows and columns. @internal */
  get taps(): readonly [number, number] {
    return this.#settings.kernelSize;
  }

  #window(height: number, width: number): [WindowAxis, WindowAxis] {
    const { kernelSize, strides, padding, dilationRate } = this.#settings;
    return slidingWindow(name, [height, width], kernelSize, { strides, padding, dilations: dilationRate });
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(DeformConv2D);
