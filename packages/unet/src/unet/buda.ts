import { torchDefault } from "@ddl/backbones/layers";
import { expectNumber, expectOneOf, expectOptions, expectString } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { buildUnet } from "./buildUnet.js";
import { expectInputShape, expectMultiples } from "./inputShape.js";
import type { StageNames, UnetNames } from "./plan.js";

/** Options of `unet.buda`. */
export interface BudaOptions {
  /** [rows, columns, channels]; rows and columns are multiples of 16, or null for any such size. Default [256, 256, 3]. */
  inputShape?: readonly [rows: number | null, columns: number | null, channels: number];
  /** Number of output channels, ≥ 1. Default 1. */
  classes?: number;
  /** Filters of the first level, doubled at each level below. Default 32. */
  baseFilters?: number;
  /** `probability` (default): a sigmoid ends the model, as published; `logits`: without it, for losses of logits. */
  output?: "probability" | "logits";
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `unet`. */
  name?: string;
}

const functionName = "unet.buda";
const depth = 4;

export function buda(options: BudaOptions = {}): LayersModel {
  const known = ["inputShape", "classes", "baseFilters", "output", "seed", "name"] as const;
  const {
    inputShape = [256, 256, 3],
    classes = 1,
    baseFilters = 32,
    output = "probability",
    seed = 0,
    name = "unet",
  } = expectOptions(functionName, options, known);
  expectNumber(functionName, "classes", classes, { integer: true, min: 1 });
  expectNumber(functionName, "baseFilters", baseFilters, { integer: true, min: 1 });
  expectOneOf(functionName, "output", output, ["probability", "logits"]);
  expectNumber(functionName, "seed", seed, { integer: true });
  expectString(functionName, "name", name);
  const shape = expectInputShape(functionName, inputShape, [3]);
  expectMultiples(functionName, shape, [16, 16]);
  const levels = Array.from({ length: depth + 1 }, (_, level) => ({
    filters: baseFilters * 2 ** level,
    kernelSize: [3, 3],
    strides: level === 0 ? [1, 1] : [2, 2],
    dropout: 0,
  }));
  return buildUnet({
    ...{ name, inputShape, classes, levels, norm: "batch", groups: 1, activation: "relu" },
    ...{ convolutions: 2, padded: true, biasBeforeNorm: false, downsampling: "max", upsampling: "transpose" },
    ...{ first: "up", attention: "none", deepSupervision: false, headSize: 1, output, names },
    kernelInitializer: (kernel) => torchDefault({ name: kernel, seed }),
    biasInitializer: (bias, fanIn) => torchDefault({ name: bias, seed, fanIn }),
  });
}

/** The published program's, which counts levels from 1. */
const names: UnetNames = {
  encoder: (level) =>
    level === depth ? stage("bottleneck", "bottleneck") : stage(`encoder${level + 1}`, `enc${level + 1}`),
  up: (level) => `upconv${level + 1}`,
  decoder: (level) => stage(`decoder${level + 1}`, `dec${level + 1}`),
  attention: (level) => `decoder${level + 1}`,
  head: () => "conv",
};

function stage(block: string, prefix: string): StageNames {
  return { convolution: (k) => `${block}.${prefix}conv${k}`, norm: (k) => `${block}.${prefix}norm${k}` };
}
