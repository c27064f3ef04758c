import { ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { add, mul, reshape, serialization, sigmoid, sub, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import { dcnPoints } from "../dcn/geometry.js";
import { dcnV4 } from "../dcnV4/index.js";
import { packedLength } from "../dcnV4/packing.js";
import type { DcnV4Args, DcnV4Settings } from "./dcnV4Args.js";
import { dcnV4LayerArgsOf, dcnV4SettingsOf } from "./dcnV4Args.js";
import { slowed } from "./offsetBranch.js";
import { depthwiseConvolution, linear } from "./projections.js";

const name = "DcnV4";

/**
 * A layer that is DCNv4's module: it projects each pixel's channels, samples by `dcnV4` with offsets and a mask that it makes of its
 * input, and projects again. The result has the shape of the input, (batch, height, width, channels), float32, channels fixed.
 *
 * Windows are padded so that each pixel has one. Offsets and mask come from a linear map of the input's pixels, or with
 * `depthwiseKernelSize` of its depthwise convolution. With `centerFeatureScale` a group's result is (1 − s) · sampled + s · projected
 * input, s = sigmoid of a linear map of **what was sampled**. It is registered: a program that imports this sub-path loads models that
 * have it.
 *
 * **Weights**, in this order, M = 8·⌈3·groups·P / 8⌉ channels as `dcnV4` has them: `value_kernel` (channels, channels), `value_bias`;
 * `depthwise_kernel` (side, side, channels), `depthwise_bias`; `offset_mask_kernel` (channels, M), `offset_mask_bias`; `center_kernel`
 * (channels, groups), `center_bias`; `output_kernel` (channels, channels), `output_bias`; those that the options leave out are missing.
 * Published ones fit transposed: linear ones (outputs, inputs), the depthwise one (channels, 1, side, side).
 *
 * **Initial values** are the published ones: projections Glorot (Xavier) uniform, the depthwise convolution uniform within ±1 / side, all
 * else 0. So the mask starts at 0 and with it what is sampled: a new layer gives 0, or with `centerFeatureScale` half the projected input
 * (projected again). Without that, put it on a branch that is added to its input, or nothing passes at first; the mask learns first.
 *
 * With `offsetLearningRate` the depthwise and offset_mask weights are stored divided by it, as in `DeformConv2D`.
 *
 * @throws ArgumentError, ShapeError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const image = tf.input({ shape: [32, 40, 16] });
 * const sampled = new DcnV4({ groups: 2 }).apply(image) as tf.SymbolicTensor;
 * const model = tf.model({ inputs: image, outputs: tf.layers.add().apply([image, sampled]) as tf.SymbolicTensor });
 * ```
 *
 * Source: Xiong et al. 2024 (`xiong2024`), section 3, and the published module.
 */
export class DcnV4 extends layers.Layer {
  static className: string = name;

  readonly #settings: DcnV4Settings;
  readonly #weights = new Map<string, LayerVariable>();

  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    // The loader of models adds the classes that it was given for a layer that holds others.
    return new layer(config);
  }

  constructor(args: DcnV4Args = {}) {
    const settings = dcnV4SettingsOf(name, args);
    super(dcnV4LayerArgsOf(args));
    this.#settings = settings;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape | Shape[]): void {
    const { groups, depthwiseKernelSize: side, offsetLearningRate: rate, ...settings } = this.#settings;
    const channels = channelsOf(inputShape);
    if (channels % groups !== 0) {
      const expected = `divide the ${channels} channels`;
      throw new ShapeError({ functionName: name, argument: "groups", expected, received: groups });
    }
    const zeros = initializers.zeros();
    const weight = (key: string, shape: number[], initializer: typeof zeros = zeros): void => {
      this.#weights.set(key, this.addWeight(key, shape, "float32", initializer));
    };
    const glorot = (): typeof zeros => initializers.glorotUniform({});
    if (!settings.withoutPointwise) {
      weight("value_kernel", [channels, channels], glorot());
      weight("value_bias", [channels]);
    }
    if (side !== undefined) {
      const bound = 1 / (side * rate);
      const within = (): typeof zeros => initializers.randomUniform({ minval: -bound, maxval: bound });
      weight("depthwise_kernel", [side, side, channels], within());
      weight("depthwise_bias", [channels], within());
    }
    const packed = packedLength({ groups, points: dcnPoints(name, settings).points });
    weight("offset_mask_kernel", [channels, packed]);
    weight("offset_mask_bias", [packed]);
    if (settings.centerFeatureScale) {
      weight("center_kernel", [channels, groups]);
      weight("center_bias", [groups]);
    }
    if (!settings.withoutPointwise) {
      weight("output_kernel", [channels, channels], glorot());
      if (settings.outputBias) weight("output_bias", [channels]);
    }
    this.inputSpec = [{ ndim: 4, axes: { 3: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const { kernelSize, dilationRate, groups, offsetScale, removeCenter, ...settings } = this.#settings;
      const projected = settings.withoutPointwise ? x : this.#linear("value", x);
      const sampled = dcnV4(projected, this.#offsetMask(x), {
        kernelSize,
        dilations: dilationRate,
        padding: "same",
        groups,
        offsetScale,
        removeCenter,
      });
      const mixed = settings.centerFeatureScale ? this.#withCenter(sampled, projected) : sampled;
      return settings.withoutPointwise ? mixed : this.#linear("output", mixed);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    channelsOf(inputShape);
    return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
  }

  override getConfig(): serialization.ConfigDict {
    const { depthwiseKernelSize, outputBias, ...settings } = this.#settings;
    return {
      ...settings,
      ...(depthwiseKernelSize !== undefined && { depthwiseKernelSize }),
      ...(!settings.withoutPointwise && { outputBias }),
      ...super.getConfig(),
    };
  }

  #linear(key: "value" | "center" | "output", x: Tensor): Tensor {
    return linear(x, this.#weights.get(`${key}_kernel`)!.read(), this.#weights.get(`${key}_bias`)?.read());
  }

  #offsetMask(x: Tensor): Tensor {
    const { depthwiseKernelSize, offsetLearningRate } = this.#settings;
    const read = (key: string): Tensor => slowed(this.#weights.get(key)!.read(), offsetLearningRate);
    const seen =
      depthwiseKernelSize === undefined ? x : depthwiseConvolution(x, read("depthwise_kernel"), read("depthwise_bias"));
    return linear(seen, read("offset_mask_kernel"), read("offset_mask_bias"));
  }

  #withCenter(sampled: Tensor, projected: Tensor): Tensor {
    const share = sigmoid(this.#linear("center", sampled));
    const pixels = share.size / this.#settings.groups;
    const perGroup = (value: Tensor): Tensor => reshape(value, [pixels, this.#settings.groups, -1]);
    const [from, to] = [perGroup(sampled), perGroup(projected)];
    return reshape(add(from, mul(sub(to, from), perGroup(share))), sampled.shape);
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(DcnV4);

/** The channels of the layer's one input of four axes. @throws ShapeError */
function channelsOf(given: Shape | Shape[]): number {
  const shape = (Array.isArray(given[0]) ? given[0] : given) as Shape;
  if (shape.length !== 4 || shape[3] === null) {
    const expected = "have four axes (batch, height, width, channels), the last of known length";
    throw new ShapeError({ functionName: name, argument: "input", expected, received: shape });
  }
  return shape[3]!;
}
