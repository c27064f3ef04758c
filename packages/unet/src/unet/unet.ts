import type { NormalizationKind } from "@ddl/backbones/layers";
import { kaimingNormal, kaimingUniform } from "@ddl/backbones/layers";
import {
  ArgumentError,
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectString,
  Random,
} from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import { blockNames } from "./blockNames.js";
import type { BudaOptions } from "./buda.js";
import { buda } from "./buda.js";
import { buildUnet } from "./buildUnet.js";
import type { UnetEncoder } from "./encoder.js";
import { encoderOf, encoderStrides } from "./encoder.js";
import type { UnetInputShape } from "./inputShape.js";
import { expectInputShape, expectMultiples } from "./inputShape.js";
import type { UnetActivation } from "./layerBuilder.js";
import type { NnunetOptions } from "./nnunet.js";
import { nnunet } from "./nnunet.js";
import type { UnetAttention } from "./plan.js";
import type { RonnebergerOptions } from "./ronneberger.js";
import { ronneberger } from "./ronneberger.js";

/** Options of {@link unet}. */
export interface UnetOptions {
  /**
   * [rows, columns, channels] of an image or [planes, rows, columns, channels] of a volume; lengths are multiples of 2^depth. Rows and columns
   * of an image may be null: then the model takes every such size.
   */
  inputShape: UnetInputShape;
  /** Number of output channels, ≥ 1. Default 1. */
  classes?: number;
  /** How often the resolution is halved, ≥ 1. Default 4; not with an encoder, whose features tell it. */
  depth?: number;
  /** Filters of the finest level, doubled at each level below. Default 32; with an encoder 16, for the decoder. */
  baseFilters?: number;
  /**
   * What normalises behind each 3 × 3 convolution: `batch` (default), `group`, `instance`, each with torch's numbers and a factor and an offset
   * a channel; `none`: the convolution has a bias instead.
   */
  norm?: NormalizationKind;
  /** Only for norm `group`: the most groups; the greatest common divisor with the channels is taken. Default 8. */
  groups?: number;
  /** Behind each normalisation: `relu` (default), `leakyRelu` with slope 0.01, or `elu`. */
  activation?: UnetActivation;
  /**
   * In place of the encoder a backbone of `@ddl/backbones`, by its name, which gets `norm`, `groups` and `seed`; or a model with one input, of
   * `inputShape`, whose outputs are features, the finest first. The decoder goes on from its graph: layers and weights are shared.
   */
  encoder?: UnetEncoder | LayersModel;
  /**
   * `scse`: squeeze and excitation of channels and space, on each joined skip and behind each block of the decoder. `gate`: Oktay's attention
   * gate on each skip, as in its authors' program, told by the coarser level. `attUnetGate`: the gate of the widespread PyTorch "AttU_Net",
   * told by the upsampled features. Default `none`.
   */
  attention?: UnetAttention;
  /** How the decoder doubles: a 2 × 2 transposed convolution, or a resize. Default `transpose`; with an encoder `nearest`. */
  upsampling?: "transpose" | "bilinear" | "nearest";
  /** With a head for each level of the decoder: the outputs are a list, the finest first. Default false. */
  deepSupervision?: boolean;
  /**
   * Part of the outputs of the encoder's last two levels, of an `encoder` its last, that training leaves out; ≥ 0 and < 1. Default 0. `fit` of
   * `@ddl/training` seeds it.
   */
  dropout?: number;
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `unet`. */
  name?: string;
}

const functionName = "unet";
const known = [
  "inputShape",
  "classes",
  "depth",
  "baseFilters",
  "norm",
  "groups",
  "activation",
  "encoder",
  "attention",
  "upsampling",
  "deepSupervision",
  "dropout",
  "seed",
  "name",
] as const;

function build(options: UnetOptions): LayersModel {
  const checked = expectOptions(functionName, options, known);
  const inputShape = expectInputShape(functionName, checked.inputShape);
  const { norm = "batch", groups = 8, seed = 0 } = checked;
  expectOneOf(functionName, "norm", norm, ["batch", "group", "instance", "none"]);
  expectNumber(functionName, "groups", groups, { integer: true, min: 1 });
  if (checked.groups !== undefined && norm !== "group") {
    const expected = 'be left out unless norm is "group"';
    throw new ArgumentError({ functionName, argument: "groups", expected, received: groups });
  }
  expectNumber(functionName, "seed", seed, { integer: true });
  const named = checked.encoder;
  const encoder = named === undefined ? undefined : encoderOf(named, { inputShape, norm, groups, seed });
  const strides = encoder === undefined ? undefined : encoderStrides(encoder, inputShape);
  if (encoder !== undefined && checked.depth !== undefined) {
    const expected = "be left out with an encoder, whose features tell it";
    throw new ArgumentError({ functionName, argument: "depth", expected, received: checked.depth });
  }
  const { classes = 1, depth = strides === undefined ? 4 : strides.length - 1 } = checked;
  const { baseFilters = encoder === undefined ? 32 : 16 } = checked;
  const { activation = "relu", attention = "none", dropout = 0, name = "unet" } = checked;
  const { upsampling = encoder === undefined ? "transpose" : "nearest", deepSupervision = false } = checked;
  expectNumber(functionName, "classes", classes, { integer: true, min: 1 });
  expectNumber(functionName, "depth", depth, { integer: true, min: 1, max: 12 });
  expectNumber(functionName, "baseFilters", baseFilters, { integer: true, min: 1 });
  expectOneOf(functionName, "activation", activation, ["relu", "leakyRelu", "elu"]);
  expectOneOf(functionName, "attention", attention, ["none", "scse", "gate", "attUnetGate"]);
  expectOneOf(functionName, "upsampling", upsampling, ["transpose", "bilinear", "nearest"]);
  expectBoolean(functionName, "deepSupervision", deepSupervision);
  expectNumber(functionName, "dropout", dropout, { min: 0, below: 1 });
  expectString(functionName, "name", name);
  const rank = inputShape.length - 1;
  const everyAxis = (n: number): number[] => new Array<number>(rank).fill(n);
  if (strides === undefined) expectMultiples(functionName, inputShape, everyAxis(2 ** depth), "2^depth");
  const levels = Array.from({ length: depth + 1 }, (_, level) => ({
    filters: baseFilters * 2 ** level,
    kernelSize: everyAxis(3),
    strides: strides?.[level] ?? everyAxis(level === 0 ? 1 : 2),
    dropout: level >= depth - 1 ? dropout : 0,
  }));
  const random = Random.fromSeed(seed);
  // Initial weights with an encoder are those of segmentation_models.pytorch.
  const own =
    encoder === undefined
      ? { kernelInitializer: (kernel: string) => kaimingNormal({ name: kernel, seed }), headSize: 1 }
      : {
          kernelInitializer: (kernel: string) => kaimingUniform({ name: kernel, seed }),
          headInitializer: (kernel: string) =>
            initializers.glorotUniform({ seed: random.fork(kernel).integer(2 ** 31) }),
          ...{ headSize: 3, encoder },
        };
  return buildUnet({
    ...{ name, inputShape, classes, levels, norm, groups, activation },
    ...{ convolutions: 2, padded: true, biasBeforeNorm: false, downsampling: "max", upsampling },
    ...{ first: "up", attention, deepSupervision, output: "logits", names: blockNames(depth) },
    biasInitializer: () => initializers.zeros(),
    ...own,
  });
}

/** {@link unet} and its presets. */
export interface Unet {
  (options: UnetOptions): LayersModel;
  /**
   * The network of Ronneberger et al. as published: convolutions without padding, skips that are cropped and come before the upsampled, dropout,
   * logits. What comes out is smaller than what goes in, 388 of 572, by 184 pixels with depth 4, half of them on each side: {@link slidingWindow}
   * puts it in its place.
   *
   * With the default options it has 31,030,658 parameters. A length of the input is 16·b + 60 with depth 4, b ≥ 8.
   *
   * @throws ShapeError for a size that some level cannot halve, with sizes that would do; RangeArgumentError, ArgumentError
   * @example `const model = unet.ronneberger({ inputShape: [188, 204, 1], baseFilters: 16 })`
   *
   * Source: Ronneberger, Fischer and Brox 2015 (`ronneberger2015`).
   */
  ronneberger(options?: RonnebergerOptions): LayersModel;
  /**
   * The network of `brain-segmentation-pytorch`, with its layers' names and torch's initial weights: a model that gives probabilities.
   *
   * With the default options it has 7,763,041 trainable parameters.
   *
   * @throws ShapeError for rows or columns that are no multiple of 16; RangeArgumentError, ArgumentError
   * @example `const model = unet.buda({ inputShape: [256, 256, 3] })`
   *
   * Source: Buda, Saha and Mazurowski 2019 (`buda2019`).
   */
  buda(options?: BudaOptions): LayersModel;
  /**
   * The plain convolutional network of nnU-Net, for images and volumes: instance normalisation, leaky ReLU, the first convolution of a stage
   * strides, a head for each stage of the decoder, the finest first; logits. How often each axis is halved follows from the patch and the spacing,
   * as nnU-Net plans it. Its layers have the names of nnU-Net's `PlainConvUNet`.
   *
   * Train it with `deepSupervision(loss, "nnunet")` of `@ddl/losses`, which gives the coarsest head no weight.
   *
   * @throws ShapeError for a length that does not divide, with lengths that would do, and for a patch too small; RangeArgumentError, ArgumentError
   * @example `const model = unet.nnunet({ inputShape: [16, 64, 64, 1], classes: 3, spacing: [5, 1, 1], baseFilters: 16 })`
   *
   * Source: Isensee et al. 2021 (`isensee2021`).
   */
  nnunet(options: NnunetOptions): LayersModel;
}

/**
 * A U-Net that gives logits: (batch, …space, channels) → (batch, …space, classes), for images and, with four entries in `inputShape`, volumes.
 *
 * Each level is two times 3 × 3 convolution, normalisation and activation; levels are joined by 2 × 2 max pooling on the way down, and on the
 * way up by 2 × 2 transposed convolutions whose result is put before the skip; or by resizes, whose channels are those of the coarser level. The
 * head is a 1 × 1 convolution. With an encoder the decoder is that of segmentation_models.pytorch: resize, skip, two convolutions, head of 3 × 3,
 * for images of any size that the encoder takes. Layers have that library's names: `decoder.blocks.0.conv1.0`, `segmentation_head.0`.
 *
 * Convolutions start from He's normal distribution, in a decoder on an encoder from his uniform one, each layer from a seed of its own that
 * follows from `seed` and the layer's name: the same seed gives the same bytes.
 *
 * With depth 4, 32 base filters and 3 channels it is, but for the sigmoid, the network of Buda et al. 2019 (`buda2019`): 7,763,041 trainable
 * parameters.
 *
 * @throws ShapeError if a length is no multiple of 2^depth, or the encoder gives no features; RangeArgumentError, ArgumentError for other options
 * @example `const model = unet({ inputShape: [128, 128, 3], baseFilters: 16, attention: "scse" })`
 *
 * Source: Ronneberger, Fischer and Brox 2015 (`ronneberger2015`).
 */
export const unet: Unet = Object.assign(build, { ronneberger, buda, nnunet });
