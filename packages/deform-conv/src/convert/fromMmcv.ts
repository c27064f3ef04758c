import { expectBoolean, expectOptions, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { slice, tidy } from "@tensorflow/tfjs-core";
import { biasFrom, filterFrom } from "./channelsLast.js";
import type { TorchTensors } from "./fromTorch.js";
import { torchTurns } from "./fromTorch.js";

/** Tensors of mmcv's `DeformConv2d`, `ModulatedDeformConv2d` and their packs. */
export interface MmcvTensors extends TorchTensors {
  /** `conv_offset.weight` of a pack, in old files `<name>_offset.weight`: (2 or 3 times K·offsetGroups, channels, kernelHeight, kernelWidth). */
  branchFilter?: Tensor;
  /** `conv_offset.bias` of a pack. */
  branchBias?: Tensor;
}

/** Options of {@link fromMmcv}. */
export interface MmcvOptions {
  /** The branch makes a mask too: `ModulatedDeformConv2dPack`, version 2. Default false. */
  modulated?: boolean;
}

/** What {@link fromMmcv} makes; the weights by the names in which `DeformConv2D` has them. */
export interface MmcvResult extends TorchTensors {
  /** (kernelHeight, kernelWidth, channels, 2·K·offsetGroups). */
  offsetFilter?: Tensor;
  /** (2·K·offsetGroups). */
  offsetBias?: Tensor;
  /** (kernelHeight, kernelWidth, channels, K·offsetGroups), with `modulated`. */
  maskFilter?: Tensor;
  /** (K·offsetGroups), with `modulated`. */
  maskBias?: Tensor;
}

/**
 * Turns tensors and weights of mmcv's deformable convolutions into ours: as `fromTorch`, and the branch `conv_offset` of a pack into the
 * parts of offsets (its first two thirds, if it is modulated) and mask.
 *
 * Weights of a layer are set by `layer.setWeights([filter, bias, offsetFilter, offsetBias, maskFilter, maskBias])` without those that are
 * missing. The layer needs `maskGain: 1`, mmcv's, and `offsetLearningRate: 1`, or the branch divided by that rate.
 *
 * @param tensors float32, in mmcv's order of axes; what is missing stays missing
 * @throws ArgumentError, DtypeError, ShapeError
 * @example `fromMmcv({ branchFilter: tf.ones([27, 5, 3, 3]) }, { modulated: true }).maskFilter.shape // [3, 3, 5, 9]`
 */
export function fromMmcv(tensors: MmcvTensors, options: MmcvOptions = {}): MmcvResult {
  const name = "fromMmcv";
  const torchKeys = Object.keys(torchTurns) as (keyof TorchTensors)[];
  expectOptions(name, tensors, [...torchKeys, "branchFilter", "branchBias"]);
  const { modulated = false } = expectOptions(name, options, ["modulated"]);
  expectBoolean(name, "modulated", modulated);
  const { branchFilter, branchBias } = tensors;
  return tidy(() => {
    const given = torchKeys.filter((key) => tensors[key] !== undefined);
    const result: Record<string, Tensor> = Object.fromEntries(
      given.map((key) => [key, torchTurns[key](name, key, tensors[key]!)]),
    );
    const parts = modulated ? 3 : 2;
    const split = (argument: string, value: Tensor, taps: number, end: "Filter" | "Bias"): void => {
      const outputs = value.shape.at(-1)!;
      if (outputs === 0 || outputs % (parts * taps) !== 0) {
        const factor = `${parts}${taps === 1 ? "" : ` · ${taps}`}`;
        const expected = `have a multiple of ${factor} channels${modulated ? ", modulated" : ""}`;
        throw new ShapeError({ functionName: name, argument, expected, received: outputs });
      }
      const begin = value.shape.map(() => 0);
      const offsets = (2 * outputs) / parts;
      const all = value.shape.map(() => -1);
      result[`offset${end}`] = slice(value, begin, [...all.slice(1), offsets]);
      if (modulated) result[`mask${end}`] = slice(value, [...begin.slice(1), offsets], all);
    };
    if (branchFilter !== undefined) {
      const turned = filterFrom(name, "branchFilter", branchFilter);
      split("branchFilter", turned, turned.shape[0]! * turned.shape[1]!, "Filter");
    }
    if (branchBias !== undefined) split("branchBias", biasFrom(name, "branchBias", branchBias), 1, "Bias");
    return result;
  }) as MmcvResult;
}
