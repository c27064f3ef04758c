import { ArgumentError, expectNumber, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor, Tensor3D } from "@tensorflow/tfjs-core";
import {
  add,
  dropout,
  matMul,
  mul,
  reshape,
  serialization,
  slice,
  softmax,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers, layers } from "@tensorflow/tfjs-layers";

type Initializer = ReturnType<typeof initializers.zeros>;
type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;
type LayerKeys = "inputShape" | "batchInputShape" | "batchSize" | "dtype" | "name" | "trainable" | "weights";

/** Options of {@link MultiHeadSelfAttention}. */
export interface MultiHeadSelfAttentionArgs extends Pick<LayerArgs, LayerKeys> {
  /** Heads among which the features are divided, ≥ 1; divides the features. */
  heads: number;
  /**
   * What attends to what. `"positions"` (default): all places of one sample, whatever axes they lie on, as torch with `batch_first`.
   * `"batch"`: the samples of the batch at one place, as torch without `batch_first` does to what is given batch first; what a sample
   * becomes depends on the others.
   */
  sequence?: "positions" | "batch";
  /** Share of the attention weights that training drops, ≥ 0 and < 1. Default 0. */
  rate?: number;
  /** Seed of what is dropped, an integer. Default: another at each call. */
  seed?: number;
  /** Initial values of the three input projections. Default: uniform within ±√(6 / (4 · features)), as torch. */
  kernelInitializer?: Initializer;
  /** Initial values of the output projection. Default: uniform within ±1 / √features, as torch. */
  outputInitializer?: Initializer;
}

const name = "MultiHeadSelfAttention";
const layerKeys: LayerKeys[] = ["inputShape", "batchInputShape", "batchSize", "dtype", "name", "trainable", "weights"];
const ownKeys = ["heads", "sequence", "rate", "seed", "kernelInitializer", "outputInitializer"] as const;

/**
 * Scaled dot-product attention of a sequence to itself by several heads: softmax(q kᵀ / √(features / heads)) v, with the numbers of torch's
 * `nn.MultiheadAttention`.
 *
 * Input and result (batch, …places, features), float32, one or more axes of places, features fixed. It is registered: a program that imports
 * this package loads models that have it.
 *
 * **Weights**, in this order: `in_proj_kernel` (features, 3 · features), columns of query, key and value; `in_proj_bias`; `out_proj_kernel`
 * (features, features); `out_proj_bias`. Torch's are these, transposed: `in_proj_weight`, `out_proj.weight`. Biases start at 0.
 *
 * It holds heads · n² floats a sequence of n for the gradient: with `"positions"` the square of the number of pixels.
 *
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for an input that they do not fit
 * @example
 * ```ts
 * const image = tf.input({ shape: [8, 10, 32] });
 * const seen = new MultiHeadSelfAttention({ heads: 4 }).apply(image); // (batch, 8, 10, 32), each pixel of all 80
 * ```
 *
 * Source: Vaswani et al. 2017 (`vaswani2017`), section 3.2.
 */
export class MultiHeadSelfAttention extends layers.Layer {
  static className: string = `Ddl${name}`;

  /** As in tf.layers.dropout. */
  readonly rate: number;
  /** As in tf.layers.dropout. */
  seed: number | undefined;
  readonly #heads: number;
  readonly #sequence: "positions" | "batch";
  readonly #initializers: { kernel: Initializer | undefined; output: Initializer | undefined };
  #weights: LayerVariable[] = [];

  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    return new layer(config);
  }

  constructor(args: MultiHeadSelfAttentionArgs) {
    expectOptions(name, args, [...ownKeys, ...layerKeys]);
    const { heads, sequence = "positions", rate = 0, dtype = "float32" } = args;
    expectNumber(name, "heads", heads, { integer: true, min: 1 });
    expectOneOf(name, "sequence", sequence, ["positions", "batch"]);
    expectNumber(name, "rate", rate, { min: 0, below: 1 });
    // A configuration that was saved has null for what is missing.
    const seed = args.seed ?? undefined;
    if (seed !== undefined) expectNumber(name, "seed", seed, { integer: true });
    if (dtype !== "float32") {
      throw new ArgumentError({ functionName: name, argument: "dtype", expected: 'be "float32"', received: dtype });
    }
    const given = layerKeys.filter((key) => args[key] !== undefined && args[key] !== null);
    super(Object.fromEntries(given.map((key) => [key, args[key]])));
    this.#heads = heads;
    this.#sequence = sequence;
    this.rate = rate;
    this.seed = seed;
    this.#initializers = { kernel: args.kernelInitializer, output: args.outputInitializer };
  }

  override build(inputShape: Shape | Shape[]): void {
    const features = this.#features(inputShape);
    const uniform = (bound: number): Initializer => initializers.randomUniform({ minval: -bound, maxval: bound });
    const { kernel = uniform(Math.sqrt(6 / (4 * features))), output = uniform(1 / Math.sqrt(features)) } =
      this.#initializers;
    const weight = (key: string, shape: number[], initializer: Initializer): LayerVariable =>
      this.addWeight(key, shape, "float32", initializer);
    this.#weights = [
      weight("in_proj_kernel", [features, 3 * features], kernel),
      weight("in_proj_bias", [3 * features], initializers.zeros()),
      weight("out_proj_kernel", [features, features], output),
      weight("out_proj_bias", [features], initializers.zeros()),
    ];
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const features = this.#features(x.shape);
      const batch = x.shape[0]!;
      const rows: Tensor3D = reshape(x, [batch, -1, features]);
      const drops = kwargs["training"] === true && this.rate > 0;
      if (this.#sequence === "positions") return reshape(this.#attended(rows, drops), x.shape);
      const turned = transpose(rows, [1, 0, 2]);
      return reshape(transpose(this.#attended(turned, drops), [1, 0, 2]), x.shape);
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    this.#features(inputShape);
    return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
  }

  override getConfig(): serialization.ConfigDict {
    // Initial values are no part of it: a model that is loaded has its weights.
    return {
      heads: this.#heads,
      sequence: this.#sequence,
      rate: this.rate,
      ...(this.seed !== undefined && { seed: this.seed }),
      ...super.getConfig(),
    };
  }

  /** Attention along the middle axis, (sequences, length, features). */
  #attended(x: Tensor3D, drops: boolean): Tensor3D {
    const [count, length, features] = x.shape;
    const heads = this.#heads;
    const width = features / heads;
    const [inKernel, inBias, outKernel, outBias] = this.#weights.map((variable) => variable.read());
    const projected = add(matMul(reshape(x, [-1, features]), inKernel!), inBias!);
    const [query, key, value] = [0, 1, 2].map((part) => {
      const columns = slice(projected, [0, part * features], [count * length, features]);
      const apart = transpose(reshape(columns, [count, length, heads, width]), [0, 2, 1, 3]);
      return reshape(apart, [count * heads, length, width]);
    });
    // The query is scaled, not the product: it is the smaller, and so does torch.
    const likeness = matMul(mul(query!, 1 / Math.sqrt(width)), key!, false, true);
    const attention = softmax(likeness) as Tensor3D;
    const kept = drops ? dropout(attention, this.rate, undefined, this.seed) : attention;
    const seen = transpose(reshape(matMul(kept, value!), [count, heads, length, width]), [0, 2, 1, 3]);
    return reshape(add(matMul(reshape(seen, [-1, features]), outKernel!), outBias!), x.shape);
  }

  /** The features of the layer's one input. @throws ShapeError */
  #features(given: Shape | Shape[]): number {
    const shape = (Array.isArray(given[0]) ? given[0] : given) as Shape;
    const features = shape[shape.length - 1];
    if (shape.length < 3 || features == null) {
      const expected = "have three axes or more (batch, …places, features), the last of known length";
      throw new ShapeError({ functionName: name, argument: "input", expected, received: shape });
    }
    if (features % this.#heads !== 0) {
      const expected = `divide the ${features} features`;
      throw new ShapeError({ functionName: name, argument: "heads", expected, received: this.#heads });
    }
    return features;
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(MultiHeadSelfAttention);
