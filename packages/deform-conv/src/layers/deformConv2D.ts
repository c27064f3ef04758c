import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { concat, mul, serialization, sigmoid, slice, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, regularizers, Shape } from "@tensorflow/tfjs-layers";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import { deformConv2d } from "../deformConv2d/index.js";
import type { WindowAxis } from "../input/slidingWindow.js";
import { slidingWindow, windowCount } from "../input/slidingWindow.js";
import type { DeformConv2DArgs, DeformConv2DSettings } from "./deformConv2DArgs.js";
import { conv2dArgsOf, conv2dConfigOf, layerArgsOf, settingsOf } from "./deformConv2DArgs.js";
import { branchConvolution, slowed } from "./offsetBranch.js";

/** What a layer of tf.layers.conv2d has made of its options; its types hide it. */
interface Conv2DParts {
  activation: { apply(x: Tensor): Tensor };
  useBias: boolean;
  kernelInitializer: ReturnType<typeof initializers.zeros>;
  biasInitializer: ReturnType<typeof initializers.zeros>;
  kernelRegularizer?: ReturnType<typeof regularizers.l1l2>;
  biasRegularizer?: ReturnType<typeof regularizers.l1l2>;
}

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
export class DeformConv2D extends layers.Layer {
  static className: string = name;

  readonly #settings: DeformConv2DSettings;
  /** Resolves and serialises what the layer has in common with it; it has no weights. */
  readonly #plain: layers.Layer;
  #main: LayerVariable[] = [];
  #branch: { kernels: LayerVariable[]; biases: LayerVariable[] } = { kernels: [], biases: [] };

  static {
    serialization.registerClass(DeformConv2D);
  }

  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    // The loader of models adds the classes that it was given for a layer that holds others.
    return new layer(config);
  }

  constructor(args: DeformConv2DArgs) {
    const settings = settingsOf(name, args);
    super(layerArgsOf(args));
    this.#settings = settings;
    this.#plain = layers.conv2d(conv2dArgsOf(args, settings));
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const { filters, kernelSize, groups, offsetGroups, modulated } = this.#settings;
    const channels = oneShape(inputShape)[3]!;
    const parts = this.#plain as unknown as Conv2DParts;
    for (const [argument, received] of Object.entries({ groups, offsetGroups })) {
      if (channels % received !== 0) {
        throw new ShapeError({
          functionName: name,
          argument,
          expected: `divide the ${channels} input channels`,
          received,
        });
      }
    }
    const zeros = initializers.zeros();
    const weight = (
      key: string,
      shape: number[],
      initializer = zeros,
      regularizer?: Conv2DParts["kernelRegularizer"],
    ) => this.addWeight(key, shape, "float32", initializer, regularizer);
    const kernel = [...kernelSize, channels / groups, filters];
    this.#main = [weight("kernel", kernel, parts.kernelInitializer, parts.kernelRegularizer)];
    if (parts.useBias) this.#main.push(weight("bias", [filters], parts.biasInitializer, parts.biasRegularizer));
    const taps = kernelSize[0] * kernelSize[1] * offsetGroups;
    this.#branch = { kernels: [], biases: [] };
    for (const [key, outputs] of [["offset", 2 * taps] as const, ...(modulated ? [["mask", taps] as const] : [])]) {
      this.#branch.kernels.push(weight(`${key}_kernel`, [...kernelSize, channels, outputs]));
      this.#branch.biases.push(weight(`${key}_bias`, [outputs]));
    }
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
      return (this.#plain as unknown as Conv2DParts).activation.apply(result);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, height, width, channels] = oneShape(inputShape) as [Shape[0], Shape[0], Shape[0], Shape[0]];
    // An axis of unknown length does not change the other: 1 stands for it.
    const axes = this.#window(height ?? 1, width ?? 1);
    const counts = [height, width].map((size, k) => (size === null ? null : windowCount(size, axes[k]!)));
    if (counts.some((count) => count !== null && count < 1)) {
      const expected = `hold a window of [${axes[0].extent}, ${axes[1].extent}] pixels within its padding`;
      throw new ShapeError({
        functionName: name,
        argument: "input",
        expected,
        received: [batch, height, width, channels],
      });
    }
    return [batch!, ...counts, this.#settings.filters] as Shape;
  }

  override getConfig(): serialization.ConfigDict {
    const { maskGain, ...settings } = this.#settings;
    const own = settings.modulated ? { ...settings, maskGain } : settings;
    return { ...conv2dConfigOf(this.#plain.getConfig()), ...own, ...super.getConfig() } as serialization.ConfigDict;
  }

  /** What the branch makes of an input, and the window. @internal */
  branch(x: Tensor): { offset: Tensor; mask?: Tensor; axes: readonly [WindowAxis, WindowAxis] } {
    const { modulated, maskGain, offsetLearningRate } = this.#settings;
    const axes = this.#window(x.shape[1]!, x.shape[2]!);
    this.computeOutputShape(x.shape);
    const joined = (variables: LayerVariable[], axis: number): Tensor => {
      const values = variables.map((variable) => variable.read());
      return slowed(values.length === 1 ? values[0]! : concat(values, axis), offsetLearningRate);
    };
    const made = branchConvolution(x, joined(this.#branch.kernels, 3), joined(this.#branch.biases, 0), axes);
    if (!modulated) return { offset: made, axes };
    const offsets = this.#branch.biases[0]!.shape[0]!;
    const mask = mul(sigmoid(slice(made, [0, 0, 0, offsets])), maskGain);
    return { offset: slice(made, [0, 0, 0, 0], [-1, -1, -1, offsets]), mask, axes };
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

/** The shape of the layer's one input, of four axes with known channels. @throws ShapeError */
function oneShape(given: Shape | Shape[]): Shape {
  const shape = (Array.isArray(given[0]) ? given[0] : given) as Shape;
  if (shape.length !== 4 || shape[3] === null) {
    const expected = "have four axes (batch, height, width, channels), the last of known length";
    throw new ShapeError({ functionName: name, argument: "input", expected, received: shape });
  }
  return shape;
}
