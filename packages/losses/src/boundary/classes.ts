import { ArgumentError, expectBoolean, expectOneOf, ShapeError } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expectPair } from "../input/expectPair.js";
import type { ProbabilityOptions } from "../input/probability.js";
import { toFloats } from "../input/toFloats.js";
import { sliceAlong } from "./slices.js";

/** Options of the losses that take channels as classes. */
export interface ClassOptions extends ProbabilityOptions {
  /** Count channel 0 too where there are several; a single channel always counts. Default false. */
  includeBackground?: boolean;
}

/** How the terms of a loss become one number. */
export type Reduction = "mean" | "sum";

/** Checks for two tensors of one shape, (batch, …, classes), without an empty axis, and with the ranks that a loss knows. */
export function expectImages(
  functionName: string,
  yTrue: Tensor,
  yPred: Tensor,
  ranks: readonly number[] = [3, 4, 5],
): void {
  expectPair(functionName, yTrue, yPred, 0);
  expectImage(functionName, "yTrue", yTrue, ranks);
}

/** Checks for a tensor of one of some ranks, without an empty axis. */
export function expectImage(
  functionName: string,
  argument: string,
  x: Tensor,
  ranks: readonly number[] = [3, 4, 5],
): void {
  const received = (x as Partial<Tensor> | undefined)?.shape;
  if (!Array.isArray(received)) {
    throw new ArgumentError({ functionName, argument, expected: "be a tensor", received: x });
  }
  if (!ranks.includes(received.length)) {
    const expected = `have ${ranks.join(" or ")} axes (batch, …, classes)`;
    throw new ShapeError({ functionName, argument, expected, received });
  }
  if (received.includes(0)) {
    throw new ShapeError({ functionName, argument, expected: "have at least one element", received });
  }
}

/** Checks `reduction`. */
export function expectReduction(functionName: string, reduction: Reduction): void {
  expectOneOf(functionName, "reduction", reduction, ["mean", "sum"]);
}

/** The first channel that counts. */
export function firstClass(functionName: string, classes: number, includeBackground = false): 0 | 1 {
  expectBoolean(functionName, "includeBackground", includeBackground);
  return includeBackground || classes === 1 ? 0 : 1;
}

/** The channels from `first` on, as float32. */
export function channelsFrom(x: Tensor, first: number): Tensor {
  const values = x.dtype === "float32" ? x : toFloats(x);
  return sliceAlong(values, x.shape.length - 1, first, x.shape.at(-1)! - first);
}

/** What a sum over everything is multiplied by: the mean over pixels is then averaged or added over samples and classes. */
export function scaleOf(x: Tensor, reduction: Reduction): number {
  return (reduction === "mean" ? 1 : x.shape[0]! * x.shape.at(-1)!) / x.size;
}
