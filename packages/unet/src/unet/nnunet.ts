import { kaimingNormal } from "@ddl/backbones/layers";
import { expectBoolean, expectNumber, expectOptions, expectSpacing, expectString, ShapeError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import { buildUnet } from "./buildUnet.js";
import type { UnetInputShape } from "./inputShape.js";
import { expectInputShape, expectMultiples } from "./inputShape.js";
import { planTopology } from "./nnunetTopology.js";
import type { StageNames, UnetNames } from "./plan.js";

/** Options of `unet.nnunet`. */
export interface NnunetOptions {
  /** [rows, columns, channels] or [planes, rows, columns, channels] of a patch. */
  inputShape: UnetInputShape;
  /** Number of output channels, ≥ 1; nnU-Net counts the background. Default 2. */
  classes?: number;
  /** Length of a pixel along each axis of space, which tells what may be halved when. Default all 1. */
  spacing?: readonly number[];
  /** Filters of the first stage, doubled at each one below. Default 32. */
  baseFilters?: number;
  /** The most filters of a stage. Default 512 for images, 320 for volumes. */
  maxFilters?: number;
  /** Every stage of the decoder has a head, the finest first in the list of outputs. Default true. */
  deepSupervision?: boolean;
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `unet`. */
  name?: string;
}

const functionName = "unet.nnunet";

export function nnunet(options: NnunetOptions): LayersModel {
  const known = [
    "inputShape",
    "classes",
    "spacing",
    "baseFilters",
    "maxFilters",
    "deepSupervision",
    "seed",
    "name",
  ] as const;
  const checked = expectOptions(functionName, options, known);
  const inputShape = expectInputShape(functionName, checked.inputShape) as readonly number[];
  const rank = inputShape.length - 1;
  const { classes = 2, baseFilters = 32, maxFilters = rank === 2 ? 512 : 320 } = checked;
  const { deepSupervision = true, seed = 0, name = "unet" } = checked;
  // Stages follow from the lengths.
  for (const n of inputShape) expectNumber(functionName, "inputShape", n, { integer: true, min: 1 });
  expectNumber(functionName, "classes", classes, { integer: true, min: 1 });
  expectNumber(functionName, "baseFilters", baseFilters, { integer: true, min: 1 });
  expectNumber(functionName, "maxFilters", maxFilters, { integer: true, min: 1 });
  expectBoolean(functionName, "deepSupervision", deepSupervision);
  expectNumber(functionName, "seed", seed, { integer: true });
  expectString(functionName, "name", name);
  const spacing = expectSpacing(functionName, checked.spacing, rank);
  const { strides, kernelSizes } = planTopology(inputShape.slice(0, -1), spacing);
  if (strides.length === 1) {
    const expected = "have at least 8 entries along two axes, or 12 along one, to be halved";
    throw new ShapeError({ functionName, argument: "inputShape", expected, received: inputShape });
  }
  const steps = inputShape.slice(0, -1).map((_, k) => strides.reduce((product, stage) => product * stage[k]!, 1));
  expectMultiples(functionName, inputShape, steps);
  const levels = strides.map((stage, level) => ({
    filters: Math.min(baseFilters * 2 ** level, maxFilters),
    kernelSize: kernelSizes[level]!,
    strides: stage,
    dropout: 0,
  }));
  return buildUnet({
    ...{ name, inputShape, classes, levels, norm: "instance", groups: 1, activation: "leakyRelu" },
    ...{ convolutions: 2, padded: true, biasBeforeNorm: true, downsampling: "stride", upsampling: "transpose" },
    ...{ first: "up", attention: "none", deepSupervision, headSize: 1, output: "logits" },
    kernelInitializer: (kernel) => kaimingNormal({ name: kernel, seed, slope: 0.01 }),
    biasInitializer: () => initializers.zeros(),
    names: names(levels.length - 1),
  });
}

/** Those of nnU-Net's `PlainConvUNet`. */
function names(depth: number): UnetNames {
  const stage = (block: string): StageNames => ({
    convolution: (k) => `${block}.convs.${k - 1}.conv`,
    norm: (k) => `${block}.convs.${k - 1}.norm`,
  });
  const index = (level: number): number => depth - 1 - level;
  return {
    encoder: (level) => stage(`encoder.stages.${level}.0`),
    up: (level) => `decoder.transpconvs.${index(level)}`,
    decoder: (level) => stage(`decoder.stages.${index(level)}`),
    attention: (level) => `decoder.stages.${index(level)}`,
    head: (level) => `decoder.seg_layers.${index(level)}`,
  };
}
