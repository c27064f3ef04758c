import { expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tidy } from "@tensorflow/tfjs-core";
import { biasFrom, filterFrom, imageFrom } from "./channelsLast.js";

/** Tensors of torchvision's `deform_conv2d`, each by the name it has in `deformConv2d`. */
export interface TorchTensors {
  /** (batch, channels, height, width). */
  x?: Tensor;
  /** Torch's `weight`, (outChannels, channels / groups, kernelHeight, kernelWidth). */
  filter?: Tensor;
  /** (batch, 2·K·offsetGroups, outHeight, outWidth). */
  offset?: Tensor;
  /** (batch, K·offsetGroups, outHeight, outWidth). */
  mask?: Tensor;
  /** (outChannels). */
  bias?: Tensor;
}

/** How each tensor of torch's is turned. */
export const torchTurns: Record<keyof TorchTensors, typeof imageFrom> = {
  x: imageFrom,
  filter: filterFrom,
  offset: imageFrom,
  mask: imageFrom,
  bias: biasFrom,
};

/**
 * Turns tensors of torchvision's `deform_conv2d` into those of `deformConv2d`: any of them, each by a permutation of its axes. The order of
 * channels within offsets and masks is the same in both.
 *
 * @param tensors float32; what is missing stays missing
 * @returns new tensors by the same names: images, offsets and masks with channels last, the filter (kernelHeight, kernelWidth, channels /
 * groups, outChannels)
 * @throws ArgumentError, DtypeError, ShapeError
 * @example `fromTorch({ filter: tf.ones([8, 3, 5, 4]) }).filter.shape // [5, 4, 3, 8]`
 */
export function fromTorch<T extends TorchTensors>(tensors: T): { [K in keyof T]: Tensor } {
  const name = "fromTorch";
  const keys = Object.keys(torchTurns) as (keyof TorchTensors)[];
  expectOptions<TorchTensors>(name, tensors, keys);
  return tidy(() => {
    const given = keys.filter((key) => tensors[key] !== undefined);
    return Object.fromEntries(given.map((key) => [key, torchTurns[key](name, key, tensors[key]!)]));
  }) as { [K in keyof T]: Tensor };
}
