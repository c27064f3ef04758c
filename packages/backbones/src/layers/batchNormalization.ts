import { batchNormTraining } from "@ddl/backend-simd/operations";
import { expectNumber, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { add, batchNorm, mul, reshape, serialization, tidy } from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import type { LayerArgs } from "./layerArgs.js";
import { layerArgsOf, layerKeys } from "./layerArgs.js";
import type { CallArguments } from "./torchLayer.js";
import { channelsOf, inputOf, shapeOf, TorchLayer } from "./torchLayer.js";

/** Options of {@link BatchNormalization}. */
export interface BatchNormalizationArgs extends LayerArgs {
  /** What is kept of a running average at each step, in [0, 1]: Keras's meaning, one minus torch's. Default 0.9. */
  momentum?: number;
  /** Added to the variance, > 0. Default 1e-5. */
  epsilon?: number;
}

const name = "BatchNormalization";

/**
 * A layer that is torch's `BatchNorm2d` and `BatchNorm3d`: in training (x − mean) / √(variance + epsilon) · gamma + beta with the moments of
 * the batch, otherwise with their running averages. These follow the mean and the **unbiased** variance, as in torch; tf.layers' own has the
 * biased one. It is frozen, averages and all, while `trainable` is false or where it is called with `training: false`.
 *
 * Input (batch, …space, channels), float32, channels fixed, at least two axes; the result has its shape. On the backend `simd` it is one
 * operation forwards and one backwards. It is registered: a program that imports this sub-path loads models that have it.
 *
 * **Weights**: `gamma`, `beta`, and not trained `moving_mean`, `moving_variance`, all (channels), in torch `weight`, `bias`, `running_mean`
 * and `running_var`; 1, 0, 0 and 1 at first.
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for an input that does not fit, and in training for a single value a channel
 * @example `const y = batchNormalization({ name: "bn1" }).apply(x)`
 *
 * Source: Ioffe and Szegedy 2015 (`ioffe2015`), algorithm 1.
 */
export class BatchNormalization extends TorchLayer {
  static className: string = `Ddl${name}`;

  readonly #settings: { momentum: number; epsilon: number };
  #weights: Record<"gamma" | "beta" | "mean" | "variance", LayerVariable> | undefined;

  constructor(args: BatchNormalizationArgs = {}) {
    const { momentum = 0.9, epsilon = 1e-5 } = expectOptions(name, args, ["momentum", "epsilon", ...layerKeys]);
    expectNumber(name, "momentum", momentum, { min: 0, max: 1 });
    expectNumber(name, "epsilon", epsilon, { above: 0 });
    super(layerArgsOf(name, args));
    this.#settings = { momentum, epsilon };
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = channelsOf(name, inputShape);
    const weight = (key: string, start: "zeros" | "ones", trainable: boolean): LayerVariable =>
      this.addFloats(key, [channels], initializers[start](), { trainable });
    this.#weights = {
      gamma: weight("gamma", "ones", true),
      beta: weight("beta", "zeros", true),
      mean: weight("moving_mean", "zeros", false),
      variance: weight("moving_variance", "ones", false),
    };
    const rank = shapeOf(inputShape).length;
    this.inputSpec = [{ ndim: rank, axes: { [rank - 1]: channels } }];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = inputOf(inputs);
      return kwargs["training"] && this.trainable ? this.#train(x) : this.#infer(x);
    });
  }

  #infer(x: Tensor): Tensor {
    const { gamma, beta, mean, variance } = this.#weights!;
    const channels = x.shape.at(-1)!;
    // tfjs's gradient fits four axes only.
    const image = x.shape.length === 4 ? x : reshape(x, [x.size / channels, 1, 1, channels]);
    const { epsilon } = this.#settings;
    const y = batchNorm(image as Tensor4D, mean.read(), variance.read(), beta.read(), gamma.read(), epsilon);
    return x.shape.length === 4 ? y : reshape(y, x.shape);
  }

  #train(x: Tensor): Tensor {
    const { gamma, beta, mean, variance } = this.#weights!;
    const { momentum, epsilon } = this.#settings;
    const count = x.size / x.shape.at(-1)!;
    if (count < 2) {
      const expected = "have more than one value a channel in training";
      throw new ShapeError({ functionName: name, argument: "input", expected, received: x.shape });
    }
    const batch = batchNormTraining(x, { scale: gamma.read(), offset: beta.read(), epsilon });
    const follow = (average: LayerVariable, value: Tensor, factor: number): void => {
      average.write(add(mul(average.read(), momentum), mul(value, (1 - momentum) * factor)));
    };
    follow(mean, batch.mean, 1);
    follow(variance, batch.variance, count / (count - 1));
    return batch.y;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return shapeOf(inputShape);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() };
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(BatchNormalization);

/** Makes a {@link BatchNormalization}. */
export function batchNormalization(args: BatchNormalizationArgs = {}): BatchNormalization {
  return new BatchNormalization(args);
}
