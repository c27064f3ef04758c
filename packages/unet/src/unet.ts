import { expectNumber, expectOneOf, expectOptions, expectString, Random, ShapeError } from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { initializers, input, layers, model } from "@tensorflow/tfjs-layers";

/** Options of {@link unet}. */
export interface UnetOptions {
  /** [rows, columns, channels] of an image; rows and columns are multiples of 2^depth. */
  inputShape: readonly [rows: number, columns: number, channels: number];
  /** Number of output channels, ≥ 1. Default 1. */
  classes?: number;
  /** How often the resolution is halved, ≥ 1. Default 4. */
  depth?: number;
  /** Filters of the first level, doubled at each level below. Default 32. */
  baseFilters?: number;
  /** `batch` (default): batch normalisation behind each 3 × 3 convolution; `none`: a bias instead. */
  normalization?: "batch" | "none";
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `unet`. */
  name?: string;
}

/**
 * A U-Net that gives logits: (batch, rows, columns, channels) → (batch, rows, columns, classes).
 *
 * Each level is two times 3 × 3 convolution, batch normalisation (momentum 0.9, ε 1e-5) and ReLU; levels are joined by 2 × 2 max
 * pooling on the way down, and on the way up by 2 × 2 transposed convolutions whose result is put before the skip. The head is a
 * 1 × 1 convolution. Convolutions start from He's normal distribution, each layer from a seed of its own that follows from `seed`
 * and the layer's name: the same seed gives the same bytes.
 *
 * With depth 4, 32 base filters and 3 channels it is the network of Buda et al. 2019 (`buda2019`): 7,763,041 trainable parameters.
 *
 * @throws ShapeError if rows or columns are no multiple of 2^depth; RangeArgumentError, ArgumentError for other options
 * @example `const model = unet({ inputShape: [128, 128, 3], baseFilters: 16 })`
 *
 * Source: Ronneberger, Fischer and Brox 2015 (`ronneberger2015`).
 */
export function unet(options: UnetOptions): LayersModel {
  const known = ["inputShape", "classes", "depth", "baseFilters", "normalization", "seed", "name"] as const;
  const checked = expectOptions("unet", options, known);
  const {
    inputShape,
    classes = 1,
    depth = 4,
    baseFilters = 32,
    normalization = "batch",
    seed = 0,
    name = "unet",
  } = checked;
  expectNumber("unet", "classes", classes, { integer: true, min: 1 });
  expectNumber("unet", "depth", depth, { integer: true, min: 1, max: 12 });
  expectNumber("unet", "baseFilters", baseFilters, { integer: true, min: 1 });
  expectOneOf("unet", "normalization", normalization, ["batch", "none"]);
  expectNumber("unet", "seed", seed, { integer: true });
  expectString("unet", "name", name);
  expectInputShape(inputShape, depth);

  const random = Random.fromSeed(seed);
  const initializer = (layer: string) => initializers.heNormal({ seed: random.fork(layer).integer(2 ** 31) });
  const normalized = normalization === "batch";

  const convolution = (x: SymbolicTensor, filters: number, layer: string): SymbolicTensor => {
    const kernelInitializer = initializer(layer);
    const options = {
      filters,
      kernelSize: 3,
      padding: "same" as const,
      useBias: !normalized,
      kernelInitializer,
      name: layer,
    };
    let y = layers.conv2d(options).apply(x) as SymbolicTensor;
    if (normalized) {
      y = layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5, name: `${layer}_norm` }).apply(y) as SymbolicTensor;
    }
    return layers.reLU({ name: `${layer}_relu` }).apply(y) as SymbolicTensor;
  };
  const block = (x: SymbolicTensor, filters: number, layer: string): SymbolicTensor =>
    convolution(convolution(x, filters, `${layer}_conv1`), filters, `${layer}_conv2`);

  const image = input({ shape: [...inputShape], name: `${name}_input` });
  const skips: SymbolicTensor[] = [];
  let x = image;
  for (let level = 0; level < depth; level++) {
    x = block(x, baseFilters * 2 ** level, `encoder${level + 1}`);
    skips.push(x);
    x = layers.maxPooling2d({ poolSize: 2, strides: 2, name: `pool${level + 1}` }).apply(x) as SymbolicTensor;
  }
  x = block(x, baseFilters * 2 ** depth, "bottleneck");
  for (let level = depth - 1; level >= 0; level--) {
    const filters = baseFilters * 2 ** level;
    const layer = `upconv${level + 1}`;
    const kernelInitializer = initializer(layer);
    const up = layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2, kernelInitializer, name: layer });
    x = layers
      .concatenate({ name: `join${level + 1}` })
      .apply([up.apply(x) as SymbolicTensor, skips[level]!]) as SymbolicTensor;
    x = block(x, filters, `decoder${level + 1}`);
  }
  const head = layers.conv2d({ filters: classes, kernelSize: 1, kernelInitializer: initializer("head"), name: "head" });
  return model({ inputs: image, outputs: head.apply(x) as SymbolicTensor, name });
}

function expectInputShape(inputShape: readonly number[], depth: number): void {
  const step = 2 ** depth;
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    const expected = "have 3 entries (rows, columns, channels)";
    throw new ShapeError({ functionName: "unet", argument: "inputShape", expected, received: inputShape });
  }
  for (const n of inputShape) expectNumber("unet", "inputShape", n, { integer: true, min: 1 });
  const [rows, columns] = inputShape as [number, number];
  if (rows % step !== 0 || columns % step !== 0) {
    const fits = (n: number): string => (n < step ? `${step}` : `${n - (n % step)} or ${n - (n % step) + step}`);
    const advice = [rows, columns].filter((n) => n % step !== 0).map((n) => `In place of ${n}, ${fits(n)} would do.`);
    throw new ShapeError({
      functionName: "unet",
      argument: "inputShape",
      expected: `have rows and columns that are multiples of ${step} (2^depth)`,
      received: inputShape,
      advice: advice.join(" "),
    });
  }
}
