import {
  batchNormalization,
  convolution2D,
  kaimingNormal,
  maxPooling2D,
  resize2D,
  torchDefault,
} from "@ddl/backbones/layers";
import { expectNumber, expectOneOf, expectOptions, expectString, ShapeError } from "@ddl/core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { input, layers, model } from "@tensorflow/tfjs-layers";
import { expectInputShape, expectMultiples } from "../unet/inputShape.js";
import { bottleneckStage } from "./bottleneckStage.js";
import { transformerEncoderLayer } from "./transformerEncoderLayer.js";

/** Options of {@link transResUnet}. */
export interface TransResUnetOptions {
  /** [rows, columns, channels] of an image; rows and columns are multiples of 16, or with attention `"tokens"` null for any such size. */
  inputShape: readonly [rows: number | null, columns: number | null, channels: number];
  /** Channels of the result, ≥ 1. Default 1. */
  classes?: number;
  /**
   * What attends to what in the bridge. `"tokens"` (default): the positions of an image, each with its channels. `"asPublished"`: the images
   * of the batch, channel by channel, with their pixels as features: see {@link transResUnet}.
   */
  attention?: "tokens" | "asPublished";
  /** Filters of the first level, an even number, of which all others are multiples. Default 64: ResNet-50. */
  baseFilters?: number;
  /** Share of values that training drops in the transformer, ≥ 0 and < 1. Default 0.1. */
  dropout?: number;
  /** Seed of the initial weights and of what is dropped, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `transResUnet`. */
  name?: string;
}

const functionName = "transResUnet";
const heads = 8;

/**
 * TransResUNet: (batch, rows, columns, channels) → (batch, rows, columns, classes), logits.
 *
 * The encoder is ResNet-50 (version 1.5) without its last stage. Its 1/16 is bridged twice: by two transformer encoder layers (8 heads,
 * feed-forward 2048, post-norm, no positional encoding) between convolutions, and by convolutions of dilations 1, 3, 6 and 9. The decoder's four
 * levels interpolate bilinearly with aligned corners, concatenate [up, skip], the last one with the image itself, and have two residual
 * blocks each. For 256 × 256 × 3 it has 27,597,025 trainable parameters.
 *
 * **The published program attends along the batch**: its transformer expects (sequence, batch, feature) and is given (batch, channels, pixels),
 * so that each image becomes something else beside other images, and attention does nothing to one alone. `attention: "asPublished"` does so
 * too, to load its weights; the number of pixels at 1/16, 256 for its images of 256 × 256, is fixed by the weights and must be divisible by 8.
 * Predict with a batch of one then, or results depend on the company. `"tokens"` is what was meant: positions attend to each other, at any size.
 *
 * Layers have the paths of the published program's modules: `layer0.0`, `layer1.1.0.conv1`, `b1.tblock.layers.0.self_attn`, `d1.r1.conv.0`.
 * They start as torch's do; pretrained weights of torchvision's `resnet50` fit those of `layer0` to `layer3`.
 *
 * @throws ShapeError, ArgumentError, RangeArgumentError
 * @example `const model = transResUnet({ inputShape: [256, 256, 3] })`
 *
 * Source: Tomar et al. 2022 (`tomar2022`) and the published PyTorch program.
 */
export function transResUnet(options: TransResUnetOptions): LayersModel {
  const known = ["inputShape", "classes", "attention", "baseFilters", "dropout", "seed", "name"] as const;
  const { inputShape, classes = 1, attention = "tokens", ...rest } = expectOptions(functionName, options, known);
  const { baseFilters: f = 64, dropout = 0.1, seed = 0, name = "transResUnet" } = rest;
  expectNumber(functionName, "classes", classes, { integer: true, min: 1 });
  expectOneOf(functionName, "attention", attention, ["tokens", "asPublished"]);
  expectNumber(functionName, "baseFilters", f, { integer: true, min: 2 });
  if (f % 2 !== 0) {
    throw new ShapeError({ functionName, argument: "baseFilters", expected: "be even", received: f });
  }
  expectNumber(functionName, "dropout", dropout, { min: 0, below: 1 });
  expectNumber(functionName, "seed", seed, { integer: true });
  expectString(functionName, "name", name);
  expectInputShape(functionName, inputShape, [3]);
  expectMultiples(functionName, inputShape, [16, 16]);
  if (attention === "asPublished") expectKnownPixels(inputShape);

  const on = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
    layer.apply(x) as SymbolicTensor;
  const relu = (x: SymbolicTensor, path: string): SymbolicTensor => on(layers.reLU({ name: path }), x);
  const joined = (parts: SymbolicTensor[], path: string): SymbolicTensor =>
    on(layers.concatenate({ name: path }), parts);

  const convolution = (x: SymbolicTensor, filters: number, path: string, kernelSize: number, dilations = 1) => {
    const initial = (weight: string) =>
      torchDefault({ name: `${path}/${weight}`, seed, fanIn: kernelSize ** 2 * x.shape[3]! });
    const start = { kernelInitializer: initial("kernel"), biasInitializer: initial("bias") };
    const padding = (dilations * (kernelSize - 1)) / 2;
    return on(convolution2D({ filters, kernelSize, padding, dilations, ...start, name: path }), x);
  };
  /** Convolution and batch normalisation, parts k and k + 1 of a path. */
  const normalized = (x: SymbolicTensor, filters: number, path: string, kernelSize: number, k = 0, dilations = 1) =>
    on(
      batchNormalization({ name: `${path}.${k + 1}` }),
      convolution(x, filters, `${path}.${k}`, kernelSize, dilations),
    );
  const rectified = (x: SymbolicTensor, filters: number, path: string, kernelSize: number, dilations = 1) =>
    relu(normalized(x, filters, path, kernelSize, 0, dilations), `${path}.2`);

  const attended = (x: SymbolicTensor, path: string): SymbolicTensor => {
    const asPublished = attention === "asPublished";
    const [, rows, columns, channels] = x.shape as [null, number, number, number];
    let y = x;
    if (asPublished) {
      y = on(layers.permute({ dims: [3, 1, 2], name: `${path}.channels_first` }), y);
      y = on(layers.reshape({ targetShape: [channels, rows * columns], name: `${path}.flatten` }), y);
    }
    for (const k of [0, 1]) {
      const sequence = asPublished ? "batch" : "positions";
      y = transformerEncoderLayer(y, {
        heads,
        sequence,
        feedForward: 32 * f,
        dropout,
        seed,
        name: `${path}.layers.${k}`,
      });
    }
    if (!asPublished) return y;
    y = on(layers.reshape({ targetShape: [channels, rows, columns], name: `${path}.unflatten` }), y);
    return on(layers.permute({ dims: [2, 3, 1], name: `${path}.channels_last` }), y);
  };

  const residual = (x: SymbolicTensor, filters: number, path: string): SymbolicTensor => {
    const inner = relu(normalized(x, filters, `${path}.conv`, 3), `${path}.conv.2`);
    const sum = [normalized(inner, filters, `${path}.conv`, 3, 3), normalized(x, filters, `${path}.shortcut`, 1)];
    return relu(on(layers.add({ name: `${path}.add` }), sum), `${path}.relu`);
  };
  const decoded = (x: SymbolicTensor, skip: SymbolicTensor, filters: number, path: string): SymbolicTensor => {
    const up = on(resize2D({ scale: 2, mode: "bilinear", alignCorners: true, name: `${path}.up` }), x);
    return residual(residual(joined([up, skip], `${path}.join`), filters, `${path}.r1`), filters, `${path}.r2`);
  };

  const image = input({ shape: [...inputShape], name: `${name}_input` });
  const stem = { filters: f, kernelSize: 7, strides: 2, padding: 3, useBias: false, name: "layer0.0" };
  const kernelInitializer = kaimingNormal({ name: "layer0.0/kernel", seed, mode: "fanOut" });
  const s1 = relu(
    on(batchNormalization({ name: "layer0.1" }), on(convolution2D({ ...stem, kernelInitializer }), image)),
    "layer0.2",
  );
  const pooled = on(maxPooling2D({ poolSize: 3, strides: 2, padding: 1, name: "layer1.0" }), s1);
  const s2 = bottleneckStage(pooled, { planes: f, blocks: 3, strides: 1, seed, path: "layer1.1" });
  const s3 = bottleneckStage(s2, { planes: 2 * f, blocks: 4, strides: 2, seed, path: "layer2" });
  const s4 = bottleneckStage(s3, { planes: 4 * f, blocks: 6, strides: 2, seed, path: "layer3" });

  const b1 = rectified(attended(rectified(s4, 4 * f, "b1.conv1", 1), "b1.tblock"), 4 * f, "b1.conv2", 3);
  const dilated = [1, 3, 6, 9].map((dilations, k) => rectified(s4, 4 * f, `b2.c${k + 1}`, 3, dilations));
  const b2 = rectified(joined(dilated, "b2.join"), 4 * f, "b2.c5", 1);

  let x = joined([b1, b2], "b3");
  for (const [k, skip] of [s3, s2, s1, image].entries()) x = decoded(x, skip, (4 * f) / 2 ** k, `d${k + 1}`);
  return model({ inputs: image, outputs: convolution(x, classes, "output", 1), name });
}

/** @throws ShapeError */
function expectKnownPixels(inputShape: readonly (number | null)[]): void {
  const [rows, columns] = inputShape as [number | null, number | null];
  if (rows === null || columns === null || ((rows / 16) * (columns / 16)) % heads !== 0) {
    const expected = `have known rows and columns with attention "asPublished", whose product is a multiple of ${256 * heads}`;
    throw new ShapeError({ functionName, argument: "inputShape", expected, received: inputShape });
  }
}
