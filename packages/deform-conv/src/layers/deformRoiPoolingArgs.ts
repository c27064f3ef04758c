import { ArgumentError, expectBoolean, expectNumber, expectOptions } from "@ddl/core";
import type { SamplingOptions } from "../roi/options.js";
import { resolveRoiOptions } from "../roi/options.js";
import type { LayerArgs } from "./layerArgs.js";
import { layerKeys } from "./layerArgs.js";

/** Options of {@link DeformRoiPooling}; `outputSize`, `spatialScale`, `samplingRatio` and `gamma` are those of `deformRoiPool`. */
export interface DeformRoiPoolingArgs extends LayerArgs, SamplingOptions {
  /** Scale of the offsets, a finite number. Default 0.1. */
  gamma?: number;
  /** Version 2: each bin has a factor too, maskGain · sigmoid of what the branch makes. Default false. */
  modulated?: boolean;
  /** Largest factor of a bin, > 0, only with `modulated`. Default 2, which starts as the plain pooling; the paper and mmcv have 1. */
  maskGain?: number;
  /** Units of the branch's hidden layers, integers ≥ 1. Default: none, and `[1024, 1024]` with `modulated`, as in the papers. */
  hiddenUnits?: readonly number[];
  /** How many times as far as other weights an optimiser moves those of the branch, > 0. Default 1. */
  offsetLearningRate?: number;
}

/** What is the layer's own among its options, with every default. */
export interface DeformRoiPoolingSettings {
  outputSize: [number, number];
  spatialScale: number;
  samplingRatio: number;
  gamma: number;
  modulated: boolean;
  maskGain: number;
  hiddenUnits: number[];
  offsetLearningRate: number;
}

/** Checks the options of the layer. @throws ArgumentError, ShapeError, RangeArgumentError */
export function roiPoolingSettingsOf(name: string, args: DeformRoiPoolingArgs): DeformRoiPoolingSettings {
  const sampling = ["outputSize", "spatialScale", "samplingRatio", "gamma"] as const;
  const branch = ["modulated", "maskGain", "hiddenUnits", "offsetLearningRate"] as const;
  const given = expectOptions(name, args, [...sampling, ...branch, ...layerKeys]);
  const { gamma = 0.1, modulated = false, maskGain = 2, offsetLearningRate = 1 } = given;
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName: name, argument, expected, received });
  };
  expectBoolean(name, "modulated", modulated);
  const { hiddenUnits = modulated ? [1024, 1024] : [] } = given;
  if (!Array.isArray(hiddenUnits)) refuse("hiddenUnits", "be a list of integers ≥ 1", hiddenUnits);
  for (const units of hiddenUnits) expectNumber(name, "hiddenUnits", units, { integer: true, min: 1 });
  if (!modulated && given.maskGain !== undefined) refuse("maskGain", "be left out without modulated", maskGain);
  return {
    ...resolveRoiOptions(name, given),
    gamma: expectNumber(name, "gamma", gamma),
    modulated,
    maskGain: expectNumber(name, "maskGain", maskGain, { above: 0 }),
    hiddenUnits: [...hiddenUnits],
    offsetLearningRate: expectNumber(name, "offsetLearningRate", offsetLearningRate, { above: 0 }),
  };
}
