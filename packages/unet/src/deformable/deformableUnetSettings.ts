import { ArgumentError, expectBoolean, expectNumber, expectOneOf, expectOptions, expectString } from "@ddl/core";
import { expectInputShape, expectMultiples } from "../unet/inputShape.js";
import type { DeformableUnetOptions } from "./deformableUnet.js";

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
  expectOneOf(functionName, "pooling", pooling, ["deformable", "average", "max"]);
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
  if (!deforms && pooling !== "deformable") {
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
