import type { LayerArgs } from "@ddl/backbones/layers";
import { ArgumentError, expectBoolean, expectNumber, expectOptions, ShapeError } from "@ddl/core";
import { deformConv2d } from "@ddl/deform-conv";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import {
  add,
  cast,
  concat,
  customGrad,
  greaterEqual,
  less,
  logicalOr,
  mul,
  range,
  reshape,
  scalar,
  serialization,
  slice,
  sub,
  tidy,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { LayerVariable, Shape } from "@tensorflow/tfjs-layers";
import { initializers, layers } from "@tensorflow/tfjs-layers";

type Initializer = ReturnType<typeof initializers.zeros>;

/** Options of {@link ClampedDeformConv2D}. */
export interface ClampedDeformConv2DArgs extends LayerArgs {
  /** Channels of the result, ≥ 1. */
  filters: number;
  /** Taps a side of the filter, an odd integer ≥ 1. Default 3. */
  kernelSize?: number;
  /** With the two slips of the published layer: see there. Default false. */
  asPublished?: boolean;
  /** Initial values of the filter. Default Glorot's uniform ones, as in tf.layers. */
  kernelInitializer?: Initializer;
}

const name = "ClampedDeformConv2D";
const layerKeys = ["inputShape", "batchInputShape", "batchSize", "dtype", "name", "trainable", "weights"] as const;
const ownKeys = ["filters", "kernelSize", "asPublished", "kernelInitializer"] as const;

/** 1 where a place lies before the first pixel, or on or behind the last; else 0, also for NaN. */
const outside = (place: Tensor, last: number): Tensor =>
  cast(logicalOr(less(place, 0), greaterEqual(place, last)), "float32");

/**
 * Places, those outside moved onto the edge, where they are constant: behind the last pixel there is nothing to move towards. NaN stays, so
 * that `deformConv2d` ignores the sample. The gradient is written out, since tfjs's `where` asks for that of a comparison.
 */
function clamped(places: Tensor, last: number): Tensor {
  const operation = customGrad((given, save) => {
    const place = given as Tensor;
    const value = where(less(place, 0), scalar(0), where(greaterEqual(place, last), scalar(last), place));
    (save as (tensors: Tensor[]) => void)([outside(place, last)]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor => mul(dy, sub(1, saved[0]!));
    return { value, gradFunc };
  });
  return operation(places);
}

/** How often the published layer counts what lies at a place: twice on the edge. A step, of gradient 0. */
function edgeFactor(places: Tensor, last: number): Tensor {
  const operation = customGrad((given) => ({
    value: add(outside(given as Tensor, last), 1),
    gradFunc: (dy: Tensor) => zerosLike(dy),
  }));
  return operation(places);
}

/**
 * The deformable convolution of DUNet, whose samples stay within the image: a place beyond an edge is moved onto it, where
 * `deformConv2d` would find 0. Offsets and mask are inputs, made by convolutions beside it.
 *
 * Inputs [x, offset] or [x, offset, mask]: x (batch, height, width, channels); offset (batch, height, width, 2K), **first the K rows of
 * all taps, then their K columns**; mask (batch, height, width, K), a factor of each sample; taps row by row, K = kernelSize². Result (batch,
 * height, width, filters), float32, no bias. It is registered: a program that imports this package loads models that have it.
 *
 * **Weights**: `kernel` (kernelSize, kernelSize, channels, filters), torch's transposed by [2, 3, 1, 0].
 *
 * With `asPublished` it has the slips of the published layer, which its weights were trained with: its window begins at the pixel itself, so
 * that with zero offsets the result is shifted by (kernelSize − 1) / 2 towards the first row and column; and on an axis where a place lies on
 * or beyond the last pixel, or before the first, the edge counts twice.
 *
 * @throws ArgumentError, RangeArgumentError for options; ShapeError for inputs that do not fit each other
 * @example
 * ```ts
 * const offset = convolution2D({ filters: 18, kernelSize: 3, padding: 1, kernelInitializer: "zeros" }).apply(x);
 * const y = new ClampedDeformConv2D({ filters: 16 }).apply([x, offset]);
 * ```
 *
 * Source: Jin et al. 2019 (`jin2019`) and the published PyTorch program.
 */
export class ClampedDeformConv2D extends layers.Layer {
  static className: string = `Ddl${name}`;

  readonly #settings: { filters: number; kernelSize: number; asPublished: boolean };
  readonly #initializer: Initializer | undefined;
  #kernel: LayerVariable | undefined;

  /** Makes a layer of a configuration, as the loader of models does. */
  static override fromConfig<T extends serialization.Serializable>(
    layer: serialization.SerializableConstructor<T>,
    { customObjects: _, ...config }: serialization.ConfigDict,
  ): T {
    return new layer(config);
  }

  constructor(args: ClampedDeformConv2DArgs) {
    expectOptions(name, args, [...ownKeys, ...layerKeys]);
    const { filters, kernelSize = 3, asPublished = false, dtype = "float32" } = args;
    const refuse = (argument: string, expected: string, received: unknown): never => {
      throw new ArgumentError({ functionName: name, argument, expected, received });
    };
    expectNumber(name, "filters", filters, { integer: true, min: 1 });
    expectNumber(name, "kernelSize", kernelSize, { integer: true, min: 1 });
    if (kernelSize % 2 === 0) refuse("kernelSize", "be odd", kernelSize);
    expectBoolean(name, "asPublished", asPublished);
    if (dtype !== "float32") refuse("dtype", 'be "float32"', dtype);
    const given = layerKeys.filter((key) => args[key] !== undefined && args[key] !== null);
    super(Object.fromEntries(given.map((key) => [key, args[key]])));
    this.#settings = { filters, kernelSize, asPublished };
    this.#initializer = args.kernelInitializer;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [[, , , channels]] = this.#shapes(inputShape);
    const { filters, kernelSize } = this.#settings;
    const initializer = this.#initializer ?? initializers.glorotUniform({});
    this.#kernel = this.addWeight("kernel", [kernelSize, kernelSize, channels!, filters], "float32", initializer);
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<layers.Layer["call"]>[1]): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const [x, offset, mask] = inputs as Tensor4D[];
      this.#shapes((inputs as Tensor[]).map(({ shape }) => shape));
      const { kernelSize, asPublished } = this.#settings;
      const side = (kernelSize - 1) / 2;
      const [rows, columns] = [1, 2].map((axis) => this.#clamped(offset!, axis as 1 | 2));
      const pairs = concat(
        [rows!.offset, columns!.offset].map((part) => reshape(part, [-1, 1])),
        1,
      );
      let factor = mask as Tensor | undefined;
      if (asPublished) {
        const doubled = mul(rows!.factor, columns!.factor);
        factor = factor === undefined ? doubled : mul(doubled, factor);
      }
      return deformConv2d(x!, this.#kernel!.read(), reshape(pairs, offset!.shape), {
        padding: asPublished
          ? [
              [0, 2 * side],
              [0, 2 * side],
            ]
          : side,
        ...(factor && { mask: factor }),
      });
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [[batch, height, width]] = this.#shapes(inputShape);
    return [batch!, height!, width!, this.#settings.filters];
  }

  override getConfig(): serialization.ConfigDict {
    // Initial values are no part of it: a model that is loaded has its weights.
    return { ...this.#settings, ...super.getConfig() };
  }

  /** Offsets along an axis that keep places within the image, and how often what is there counts; both (batch, height, width, K). */
  #clamped(offset: Tensor4D, axis: 1 | 2): { offset: Tensor; factor: Tensor } {
    const { kernelSize, asPublished } = this.#settings;
    const taps = kernelSize * kernelSize;
    const [batch, height, width] = offset.shape;
    const moved = slice(offset, [0, 0, 0, axis === 1 ? 0 : taps], [batch, height, width, taps]);
    const length = offset.shape[axis]!;
    const pixels = reshape(range(0, length, 1, "float32"), axis === 1 ? [length, 1, 1] : [1, length, 1]);
    const around = range(0, kernelSize, 1, "float32");
    const window = sub(around, asPublished ? 0 : (kernelSize - 1) / 2);
    const ofTaps =
      axis === 1
        ? add(reshape(window, [kernelSize, 1]), zerosLike(reshape(around, [1, kernelSize])))
        : add(reshape(window, [1, kernelSize]), zerosLike(reshape(around, [kernelSize, 1])));
    const grid = add(pixels, reshape(ofTaps, [1, 1, taps]));
    const place = add(moved, grid);
    return { offset: sub(clamped(place, length - 1), grid), factor: edgeFactor(place, length - 1) };
  }

  /** The shapes of the inputs. @throws ShapeError */
  #shapes(given: Shape | Shape[]): [Shape, Shape, Shape?] {
    const shapes = (Array.isArray(given[0]) ? given : [given]) as Shape[];
    const taps = this.#settings.kernelSize ** 2;
    const [x, ...others] = shapes;
    const refuse = (expected: string): never => {
      throw new ShapeError({ functionName: name, argument: "inputs", expected, received: shapes });
    };
    const fits = (shape: Shape, last: number): boolean =>
      shape.length === 4 && shape[3] === last && [0, 1, 2].every((k) => shape[k] === x![k]);
    if (shapes.length < 2 || shapes.length > 3 || x!.length !== 4 || x![3] == null) {
      refuse("be [x, offset] or [x, offset, mask] of four axes (batch, height, width, channels), channels known");
    }
    if (!fits(others[0]!, 2 * taps)) refuse(`have for offset the first three axes of x and ${2 * taps} channels`);
    if (others[1] !== undefined && !fits(others[1], taps)) {
      refuse(`have for mask the first three axes of x and ${taps} channels`);
    }
    return shapes as [Shape, Shape, Shape?];
  }
}

// Not in a static block: the CommonJS build sets static fields after those.
serialization.registerClass(ClampedDeformConv2D);
