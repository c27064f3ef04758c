import type { NormalizationKind } from "@ddl/backbones/layers";
import { kaimingNormal } from "@ddl/backbones/layers";
import { expectNumber, expectOneOf, expectOptions, expectString, ShapeError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { initializers } from "@tensorflow/tfjs-layers";
import { blockNames } from "./blockNames.js";
import { buildUnet } from "./buildUnet.js";
import { expectInputShape } from "./inputShape.js";

/** Options of `unet.ronneberger`. */
export interface RonnebergerOptions {
  /** [rows, columns, channels]; each length is one that every level can halve, as 572 or 188 with depth 4. Default [572, 572, 1]. */
  inputShape?: readonly [rows: number, columns: number, channels: number];
  /** Number of output channels, ≥ 1. Default 2. */
  classes?: number;
  /** How often the resolution is halved, ≥ 1. Default 4. */
  depth?: number;
  /** Filters of the first level, doubled at each level below. Default 64. */
  baseFilters?: number;
  /** What normalises behind each 3 × 3 convolution; see `unet`. Default `"none"`. */
  norm?: NormalizationKind;
  /** Part of the outputs of the last two levels that training leaves out, ≥ 0 and < 1. Default 0.5. */
  dropout?: number;
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `unet`. */
  name?: string;
}

const functionName = "unet.ronneberger";

export function ronneberger(options: RonnebergerOptions = {}): LayersModel {
  const known = ["inputShape", "classes", "depth", "baseFilters", "norm", "dropout", "seed", "name"] as const;
  const {
    inputShape = [572, 572, 1],
    classes = 2,
    depth = 4,
    baseFilters = 64,
    norm = "none",
    dropout = 0.5,
    seed = 0,
    name = "unet",
  } = expectOptions(functionName, options, known);
  expectNumber(functionName, "classes", classes, { integer: true, min: 1 });
  expectNumber(functionName, "depth", depth, { integer: true, min: 1, max: 12 });
  expectNumber(functionName, "baseFilters", baseFilters, { integer: true, min: 1 });
  expectOneOf(functionName, "norm", norm, ["batch", "group", "instance", "none"]);
  expectNumber(functionName, "dropout", dropout, { min: 0, below: 1 });
  expectNumber(functionName, "seed", seed, { integer: true });
  expectString(functionName, "name", name);
  expectSize(inputShape, depth);
  const levels = Array.from({ length: depth + 1 }, (_, level) => ({
    filters: baseFilters * 2 ** level,
    kernelSize: [3, 3],
    strides: level === 0 ? [1, 1] : [2, 2],
    dropout: level >= depth - 1 ? dropout : 0,
  }));
  return buildUnet({
    ...{ name, inputShape, classes, levels, norm, groups: 8, activation: "relu" },
    ...{ convolutions: 2, padded: false, biasBeforeNorm: false, downsampling: "max", upsampling: "transpose" },
    ...{ first: "skip", attention: "none", deepSupervision: false, headSize: 1, output: "logits" },
    kernelInitializer: (kernel) => kaimingNormal({ name: kernel, seed }),
    biasInitializer: () => initializers.zeros(),
    names: blockNames(depth),
  });
}

/** The size that comes out of a length that goes in, undefined if a level cannot halve it. */
function outputLength(length: number, depth: number): number | undefined {
  let n = length;
  for (let level = 0; level < depth; level++) {
    n -= 4;
    if (n < 2 || n % 2 !== 0) return undefined;
    n /= 2;
  }
  n -= 4;
  for (let level = 0; level < depth; level++) n = 2 * n - 4;
  return n >= 1 ? n : undefined;
}

function expectSize(inputShape: readonly number[], depth: number): void {
  expectInputShape(functionName, inputShape, [3]);
  for (const n of inputShape) expectNumber(functionName, "inputShape", n, { integer: true, min: 1 });
  const wrong = inputShape.slice(0, 2).filter((n) => outputLength(n, depth) === undefined);
  if (wrong.length === 0) return;
  const step = 2 ** depth;
  const advice = wrong.map((n) => {
    const fits = (from: number, by: number, steps: number): number | undefined =>
      Array.from({ length: steps }, (_, k) => from + by * k).find((m) => outputLength(m, depth) !== undefined);
    // The legal lengths are `step` apart, and the smallest is below 12 steps.
    const near = [fits(n, -1, Math.min(n, step)), fits(n, 1, 13 * step)].filter((m) => m !== undefined);
    return `In place of ${n}, ${near.join(" or ")} would do.`;
  });
  const expected = "have rows and columns that every level can halve after its two convolutions without padding";
  throw new ShapeError({
    functionName,
    argument: "inputShape",
    expected,
    received: inputShape,
    advice: advice.join(" "),
  });
}
