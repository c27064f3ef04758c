import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { reshape, serialization, softmax, tidy, transpose } from "@tensorflow/tfjs-core";
import type { LayerVariable, layers, Shape } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import { deformConv2d } from "../deformConv2d/index.js";
import { deformPool2d } from "../deformPool2d/index.js";
import type { Padding, WindowAxis } from "../input/slidingWindow.js";
import { pairOf, slidingWindow } from "../input/slidingWindow.js";
import { DeformableLayer, expectDivides, imageShape, windowsShape } from "./deformableLayer.js";
import { offsetLimitConfig, offsetLimitOf } from "./deformConv2DArgs.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys } from "./layerArgs.js";
import { OffsetBranch } from "./offsetBranch.js";

/** Options of {@link DeformPooling2D}; `poolSize`, `strides` and `padding` are those of `tf.layers.maxPooling2d`. */
export interface DeformPooling2DArgs extends LayerArgs {
  /** Taps of the window, one number or `[y, x]`, integers ≥ 1. Default 2. */
  poolSize?: number | readonly [number, number];
  /**
   * What is made of the samples of a window: their mean (default), their maximum, or a mean by learnt weights: those of a channel's taps are
   * the softmax of as many numbers, which start at 0; taps over padding count.
   */
  mode?: "average" | "max" | "weighted";
  /** Steps between windows, one number or `[y, x]`, integers ≥ 1. Default: `poolSize`. */
  strides?: number | readonly [number, number];
  /** `"valid"` (default), `"same"`, pixels on all sides, or `[[top, bottom], [left, right]]`. */
  padding?: Padding;
  /** Distances between taps, one number or `[y, x]`, integers ≥ 1. Default 1. */
  dilationRate?: number | readonly [number, number];
  /** Groups of input channels that share offsets; divides the input's channels. Default 1. */
  offsetGroups?: number;
  /** Only for the mean: taps over padding count too. Default false, as in `tf.layers.averagePooling2d`. */
  countIncludePad?: boolean;
  /** How many times as far as other weights an optimiser moves those of the branch, > 0. Default 1. */
  offsetLearningRate?: number;
  /**
   * Largest offset, in pixels, > 0: limit · tanh(o / limit) takes the place of what the branch makes, o, and is nearly o where o is small.
   * Default: none.
   */
  offsetLimit?: number;
}

const name = "DeformPooling2D";

/** The layer's own options, with every default. @throws ArgumentError, ShapeError, RangeArgumentError */
function settingsOf(args: DeformPooling2DArgs) {
  const own = ["poolSize", "mode", "strides", "padding", "dilationRate"] as const;
  const more = ["offsetGroups", "countIncludePad", "offsetLearningRate", "offsetLimit"] as const;
  const given = expectOptions(name, args, [...own, ...more, ...layerKeys]);
  const { poolSize = 2, mode = "average", strides = poolSize, padding = "valid", dilationRate = 1 } = given;
  const { offsetGroups = 1, countIncludePad = false, offsetLearningRate = 1 } = given;
  const settings = {
    poolSize: pairOf(name, "poolSize", poolSize, 1),
    mode: expectOneOf(name, "mode", mode, ["average", "max", "weighted"] as const),
    strides: pairOf(name, "strides", strides, 1),
    padding,
    dilationRate: pairOf(name, "dilationRate", dilationRate, 1),
    offsetGroups: expectNumber(name, "offsetGroups", offsetGroups, { integer: true, min: 1 }),
    countIncludePad: expectBoolean(name, "countIncludePad", countIncludePad),
    offsetLearningRate: expectNumber(name, "offsetLearningRate", offsetLearningRate, { above: 0 }),
    offsetLimit: offsetLimitOf(name, args.offsetLimit),
  };
  slidingWindow(name, [1, 1], settings.poolSize, { padding });
  if (settings.mode !== "average" && countIncludePad) {
    const expected = `be left out with mode "${settings.mode}"`;
    throw new ArgumentError({ functionName: name, argument: "countIncludePad", expected, received: true });
  }
  return settings;
}

/**
 * A layer as `tf.layers.averagePooling2d` or `tf.layers.maxPooling2d` that learns where to look: a branch, a plain convolution of the same
 * window that starts at 0, makes the offsets of `deformPool2d`. It starts as the plain pooling.
 *
 * Input (batch, height, width, channels), float32, channels and rank fixed; result (batch, outHeight, outWidth, channels). It is registered: a
 * program that imports this sub-path loads models that have it.
 *
 * **Weights**: `offset_kernel` (poolHeight, poolWidth, channels, 2·K·offsetGroups), `offset_bias`. They are stored divided by
 * `offsetLearningRate`, which slows or hastens them under every optimiser: see {@link DeformConv2D}. With mode `"weighted"` also
 * `pool_logits` (poolHeight, poolWidth, 1, channels).
 *
 * Beside `deformPool2d`'s memory it holds the padded input and K·(channels + 2·offsetGroups) floats an output pixel.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 8, kernelSize: 3, inputShape: [34, 42, 3] })] });
 * model.add(new DeformPooling2D({ poolSize: 2, mode: "max" })); // (batch, 16, 20, 8)
 * ```
 *
 * Source: own; a branch as in Dai et al. 2017 (`dai2017`), section 2.1.
 */
export class DeformPooling2D extends DeformableLayer {
  static className: string = name;

  readonly #settings: ReturnType<typeof settingsOf>;
  readonly #branch: OffsetBranch;
  #logits: LayerVariable | undefined;

  constructor(args: DeformPooling2DArgs = {}) {
    const settings = settingsOf(args);
    super(layerArgsOf(name, args));
    this.#settings = settings;
    this.#branch = new OffsetBranch({ ...settings, kernelSize: settings.poolSize, modulated: false, maskGain: 1 });
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = imageShape(name, inputShape)[3]!;
    expectDivides(name, { offsetGroups: this.#settings.offsetGroups }, channels, "input channels");
    this.#branch.build(this, channels);
    if (this.#settings.mode === "weighted") {
      this.#logits = this.addFloats("pool_logits", [...this.#settings.poolSize, 1, channels], initializers.zeros());
    }
    this.inputSpec = [{ ndim: 4, axes: { 3: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      this.computeOutputShape(x.shape);
      const { poolSize, dilationRate, strides, padding, offsetGroups, mode, countIncludePad } = this.#settings;
      const { offset } = this.#branch.apply(x, this.#window(x.shape[1]!, x.shape[2]!));
      const options = { strides, padding, offsetGroups, dilations: dilationRate };
      if (mode === "weighted") return deformConv2d(x, this.#filter(), offset, options);
      return deformPool2d(x, offset, { ...options, windowSize: poolSize, mode, countIncludePad });
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return windowsShape(name, inputShape, (height, width) => this.#window(height, width), null);
  }

  override getConfig(): serialization.ConfigDict {
    const { offsetLimit, ...settings } = this.#settings;
    return { ...settings, ...offsetLimitConfig({ offsetLimit }), ...super.getConfig() } as serialization.ConfigDict;
  }

  /** The taps' weights, which add up to 1 in each channel. */
  #filter(): Tensor {
    const logits = this.#logits!.read();
    const [height, width, , channels] = logits.shape as [number, number, 1, number];
    const byChannel = transpose(reshape(logits, [height * width, channels]));
    return reshape(transpose(softmax(byChannel)), logits.shape);
  }

  #window(height: number, width: number): [WindowAxis, WindowAxis] {
    const { poolSize, strides, padding, dilationRate } = this.#settings;
    return slidingWindow(name, [height, width], poolSize, { strides, padding, dilations: dilationRate });
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(DeformPooling2D);
