import type { NormalizationKind } from "@ddl/backbones/layers";
import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, expectString } from "@ddl/core";
import { expectInputShape, expectMultiples } from "../unet/inputShape.js";

/** Options of `deformableUnet`. */
export interface DeformableUnetOptions {
  /** [rows, columns, channels] of an image; rows and columns are multiples of 2^depth, or null for any such size. */
  inputShape: readonly [rows: number | null, columns: number | null, channels: number];
  /** Channels of the result, ≥ 1. Default 1. */
  classes?: number;
  /** How often the resolution is halved, ≥ 1. Default 4. */
  depth?: number;
  /** Filters of the first level, ≥ 1, doubled at each level below. Default 32. */
  baseFilters?: number;
  /** What encodes: deformable convolutions (default) or plain ones. */
  encoder?: "deformable" | "plain";
  /**
   * Only for a deformable encoder: the levels that are, from 1, the full resolution, to depth + 1, the bottleneck. Default all. The first
   * costs most, and sees the least.
   */
  deformableLevels?: readonly number[];
  /** What doubles the resolution: transposed deformable convolutions (default) or plain ones. */
  decoder?: "deformableTranspose" | "transpose";
  /** What halves it: the mean of four displaced samples (default), their mean by learnt weights, the mean of four pixels, or their maximum. */
  pooling?: "deformable" | "deformableWeighted" | "average" | "max";
  /** Samples of deformable convolutions, transposed ones too, have learnt factors (version 2). Default false. */
  modulated?: boolean;
  /** Normalisation behind each 3 × 3 convolution; with `"none"` they have a bias. Default `"batch"`. */
  norm?: NormalizationKind;
  /** Only for norm `"group"`: groups of channels, which divide `baseFilters`. Default 8. */
  groups?: number;
  /** How many times as far as other weights an optimiser moves those that make offsets and masks, > 0. Default 0.1. */
  offsetLearningRate?: number;
  /** Largest offset, in pixels, > 0, by tanh. Default: none. */
  offsetLimit?: number;
  /** Seed of the initial weights, an integer. Default 0. */
  seed?: number;
  /** Name of the model. Default `deformableUnet`. */
  name?: string;
}

const functionName = "deformableUnet";

/** Options with every default; what needs none may be missing. */
export type DeformableUnetSettings = Required<Omit<DeformableUnetOptions, "offsetLimit">> &
  Pick<DeformableUnetOptions, "offsetLimit">;

const known = [
  "inputShape",
  "classes",
  "depth",
  "baseFilters",
  "encoder",
  "deformableLevels",
  "decoder",
  "pooling",
  "modulated",
  "norm",
  "groups",
  "offsetLearningRate",
  "offsetLimit",
  "seed",
  "name",
] as const;

/** Checks the options. @throws ShapeError, ArgumentError, RangeArgumentError */
export function deformableUnetSettings(options: DeformableUnetOptions): DeformableUnetSettings {
  const given = expectOptions(functionName, options, known);
  const {
    inputShape,
    classes = 1,
    depth = 4,
    baseFilters = 32,
    encoder = "deformable",
    pooling = "deformable",
  } = given;
  const { decoder = "deformableTranspose", modulated = false, norm = "batch", groups = 8 } = given;
  const { offsetLearningRate = 0.1, offsetLimit, seed = 0, name = "deformableUnet" } = given;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName, argument, expected, received });
  };
  const count = { integer: true, min: 1 };
  expectNumber(functionName, "classes", classes, count);
  expectNumber(functionName, "depth", depth, { ...count, max: 12 });
  expectNumber(functionName, "baseFilters", baseFilters, count);
  expectOneOf(functionName, "encoder", encoder, ["deformable", "plain"]);
  expectOneOf(functionName, "decoder", decoder, ["deformableTranspose", "transpose"]);
  expectOneOf(functionName, "pooling", pooling, ["deformable", "deformableWeighted", "average", "max"]);
  expectBoolean(functionName, "modulated", modulated);
  expectOneOf(functionName, "norm", norm, ["batch", "group", "instance", "none"]);
  expectNumber(functionName, "groups", groups, count);
  expectNumber(functionName, "offsetLearningRate", offsetLearningRate, { above: 0 });
  if (offsetLimit !== undefined) expectNumber(functionName, "offsetLimit", offsetLimit, { above: 0 });
  expectNumber(functionName, "seed", seed, { integer: true });
  expectString(functionName, "name", name);
  expectInputShape(functionName, inputShape, [3]);
  expectMultiples(functionName, inputShape, [2 ** depth, 2 ** depth], "2^depth");

  const levels = Array.from({ length: depth + 1 }, (_, k) => k + 1);
  const { deformableLevels = levels } = given;
  if (!Array.isArray(deformableLevels) || deformableLevels.length === 0) {
    refuse("deformableLevels", "be an array of one level or more", deformableLevels);
  }
  for (const level of deformableLevels) {
    expectNumber(functionName, "deformableLevels", level, { ...count, max: depth + 1 });
  }
  if (encoder === "plain" && given.deformableLevels !== undefined) {
    refuse("deformableLevels", 'be left out with encoder "plain"', deformableLevels);
  }
  if (given.groups !== undefined && norm !== "group") refuse("groups", 'be left out unless norm is "group"', groups);
  if (norm === "group" && baseFilters % groups !== 0)
    refuse("groups", `divide the ${baseFilters} base filters`, groups);
  const deforms = encoder === "deformable" || decoder === "deformableTranspose";
  if (modulated && !deforms) refuse("modulated", "be left out without a deformable encoder or decoder", modulated);
  if (!deforms && (pooling === "average" || pooling === "max")) {
    for (const key of ["offsetLearningRate", "offsetLimit"] as const) {
      if (given[key] !== undefined) refuse(key, "be left out in a network without offsets", given[key]);
    }
  }
  return {
    ...{
      inputShape,
      classes,
      depth,
      baseFilters,
      encoder,
      deformableLevels,
      decoder,
      pooling,
      modulated,
      norm,
      groups,
    },
    ...{ offsetLearningRate, seed, name, ...(offsetLimit !== undefined && { offsetLimit }) },
  };
}
