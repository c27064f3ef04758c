import { expectOptions } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectTensor } from "./expectTensor.js";
import { expectChannels, type GroupNormOptions, normalizeGroups } from "./groupNorm.js";

/** Options of {@link instanceNorm}. */
export type InstanceNormOptions = Omit<GroupNormOptions, "groups">;

/**
 * Instance normalisation: {@link groupNorm} with every channel a group of its own, so that each channel of each image has mean 0 and
 * variance 1 over its pixels, before `scale` and `offset`. A single pixel becomes 0.
 *
 * @param x (batch, …space, channels), at least two axes; numbers that are not float32 become so
 * @returns float32, the shape of x
 * @throws ArgumentError, ShapeError and RangeArgumentError as {@link groupNorm}
 * @example
 * ```ts
 * const y = instanceNorm(x, { scale, offset }); // x: [batch, rows, columns, 32]; scale, offset: [32]
 * ```
 *
 * Source: Ulyanov, Vedaldi and Lempitsky 2016 (`ulyanov2016`).
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  expectOptions("instanceNorm", options, ["scale", "offset", "epsilon"]);
  expectTensor("instanceNorm", "x", x);
  return normalizeGroups("instanceNorm", x, expectChannels("instanceNorm", x), options);
}
