import type { Tensor } from "@tensorflow/tfjs-core";
import {
  add,
  div,
  matMul,
  mul,
  notEqual,
  reshape,
  serialization,
  slice,
  softmax,
  tensor,
  tidy,
  tile,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import type { Level } from "../deformAttention/geometry.js";
import { levelsOf } from "../deformAttention/geometry.js";
import { deformAttention } from "../deformAttention/index.js";
import { expectTensor } from "../input/expectTensor.js";
import type { DeformAttentionArgs, DeformAttentionSettings } from "./deformAttentionArgs.js";
import { attentionSettingsOf, expectAttentionInputs } from "./deformAttentionArgs.js";
import { headDirections } from "./headDirections.js";
import { slowed } from "./offsetBranch.js";

const name = "DeformAttention";

/** A fully connected layer: kernel (channels, outputs) and bias. */
type Dense = [kernel: LayerVariable, bias: LayerVariable];

/**
 * Multi-scale deformable attention as a layer, the module of Deformable DETR: each query looks at a few places of each level around its
 * reference point, and projections of the queries say where and with which weights.
 *
 * **Inputs**, an array of float32 tensors: queries (batch, queries, channels); reference points (batch, queries, levels, 2) as shares [x, y]
 * of width and height, or boxes (…, 4) as [x, y, width, height] of their middles and sizes; value (batch, Σ height·width, any channels), the
 * levels one after the other; and, if wanted, padding (batch, Σ height·width), non-zero where value is not to be seen. **Result**: (batch,
 * queries, channels). A location is the point plus the offset in pixels of the level; in a box the middle plus offset / points · half its size.
 *
 * **Weights**, in this order, each a kernel (channels, outputs) and a bias: `offset`, of (heads, levels, points, [x, y]); `attention`, of
 * (heads, levels, points), on which a softmax over levels and points works; `value`; `output`. They start as published: kernels of offset and
 * attention at 0, heads looking in as many directions from the point, the k-th point k steps away; projections uniform after Glorot.
 * `offset_kernel` and `offset_bias` are stored divided by `offsetLearningRate`, so the rate holds under every optimiser (as `DeformConv2D`).
 * It is registered: a program that imports this sub-path loads models that have it.
 *
 * Beside `deformAttention`'s memory it holds the projected value, and offsets and weights of each query.
 *
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for inputs that do not fit
 * @example
 * ```ts
 * const layer = new DeformAttention({ spatialShapes: [[4, 6], [2, 3]], heads: 2 });
 * layer.apply([tf.ones([1, 5, 16]), tf.fill([1, 5, 2, 2], 0.5), tf.ones([1, 30, 7])]); // [1, 5, 16]
 * ```
 *
 * Source: Zhu et al. 2021 (`zhu2021`), sections 4.1 and A.3.
 */
export class DeformAttention extends layers.Layer {
  static className: string = name;

  readonly #settings: DeformAttentionSettings;
  readonly #levels: Level[];
  #weights: { offset: Dense; attention: Dense; value: Dense; output: Dense } | undefined;

  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    // The loader of models adds the classes that it was given for a layer that holds others.
    return new layer(config);
  }

  constructor(args: DeformAttentionArgs) {
    const settings = attentionSettingsOf(name, args);
    const { name: given, trainable, weights } = args;
    super({
      ...(given != null && { name: given }),
      ...(trainable != null && { trainable }),
      ...(weights != null && { weights }),
    });
    this.#settings = settings;
    this.#levels = levelsOf(name, settings.spatialShapes);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { heads, points, seed, offsetLearningRate } = this.#settings;
    const shapes = shapesOf(inputShape);
    const { channels, valueChannels } = expectAttentionInputs(name, shapes, this.#settings, this.#levels);
    const samples = heads * this.#levels.length * points;
    const zeros = initializers.zeros();
    const dense = (key: string, from: number, to: number, initializer = zeros): Dense => [
      this.addWeight(`${key}_kernel`, [from, to], "float32", initializer),
      this.addWeight(`${key}_bias`, [to], "float32", zeros),
    ];
    const uniform = (nth: number) => initializers.glorotUniform(seed === undefined ? {} : { seed: seed + nth });
    const offset = dense("offset", channels, 2 * samples);
    tidy(() => {
      const start = headDirections(heads, this.#levels.length, points).map((step) => step / offsetLearningRate);
      offset[1].write(tensor(start, [2 * samples], "float32"));
    });
    this.#weights = {
      offset,
      attention: dense("attention", channels, samples),
      value: dense("value", valueChannels, channels, uniform(0)),
      output: dense("output", channels, channels, uniform(1)),
    };
    this.inputSpec = shapes.map((shape, k) => ({
      ndim: shape.length,
      axes: k === 0 ? { 2: channels } : k === 2 ? { 2: valueChannels } : {},
    }));
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const given = inputs as [Tensor, Tensor, Tensor, Tensor | undefined];
      const shapes = given.map((each) => each!.shape as Shape);
      const { channels } = expectAttentionInputs(name, shapes, this.#settings, this.#levels);
      for (const [k, each] of given.entries()) {
        const axes = each!.shape.map(() => -1);
        expectTensor(name, ["queries", "referencePoints", "value", "padding"][k]!, each, axes, "");
      }
      const [queries, reference, features, padding] = given;
      const { heads, points, offsetLearningRate, spatialShapes } = this.#settings;
      const { offset, attention, value, output } = this.#weights!;
      const [batch, count] = queries.shape as [number, number];
      const levels = this.#levels.length;
      let projected = project(features, value);
      if (padding !== undefined) {
        const hidden = notEqual(reshape(padding, [...padding.shape, 1]), 0);
        projected = where(hidden, zerosLike(projected), projected);
      }
      const scores = reshape(project(queries, attention), [-1, levels * points]);
      const offsets = project(queries, offset, offsetLearningRate);
      return project(
        deformAttention(
          reshape(projected, [batch, -1, heads, channels / heads]),
          spatialShapes,
          reshape(this.#locations(offsets, reference), [batch, count, heads, levels, points, 2]),
          reshape(softmax(scores), [batch, count, heads, levels, points]),
        ),
        output,
      );
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shapes = shapesOf(inputShape);
    const { batch, queries, channels } = expectAttentionInputs(name, shapes, this.#settings, this.#levels);
    return [batch!, queries!, channels];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...this.#settings, ...super.getConfig() } as unknown as serialization.ConfigDict;
  }

  /** Places of all samples, (batch · queries, heads, levels, points · 2), in shares of the levels. */
  #locations(offsets: Tensor, reference: Tensor): Tensor {
    const { heads, points } = this.#settings;
    const levels = this.#levels.length;
    const shape = [-1, heads, levels, 2 * points];
    const perPoint = (pairs: Tensor): Tensor => tile(pairs, [1, 1, 1, points]);
    const rows = reshape(reference, [-1, 1, levels, reference.shape[3]!]);
    const middle = perPoint(slice(rows, [0, 0, 0, 0], [-1, -1, -1, 2]));
    if (reference.shape[3] === 4) {
      const half = mul(perPoint(slice(rows, [0, 0, 0, 2], [-1, -1, -1, 2])), 0.5 / points);
      return add(middle, mul(reshape(offsets, shape), half));
    }
    const sizes = this.#levels.flatMap(({ height, width }) => [width, height]);
    return add(middle, div(reshape(offsets, shape), perPoint(tensor(sizes, [1, 1, levels, 2], "float32"))));
  }
}

// Not in a static block: the CommonJS build would run that before it sets className.
serialization.registerClass(DeformAttention);

/** x · kernel + bias along the last axis; `rate` is that of {@link slowed}. */
function project(x: Tensor, [kernel, bias]: Dense, rate = 1): Tensor {
  const product = matMul(reshape(x, [-1, x.shape[2]!]), slowed(kernel.read(), rate));
  return reshape(add(product, slowed(bias.read(), rate)), [...x.shape.slice(0, 2), kernel.shape[1]!]);
}

function shapesOf(given: Shape | Shape[]): Shape[] {
  return (Array.isArray(given[0]) ? given : [given]) as Shape[];
}
