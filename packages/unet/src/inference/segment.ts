import type { AnyArray } from "@ddl/core";
import { expectBoolean, expectOptions } from "@ddl/core";
import type { NdArray } from "ndarray";
import { argmaxLabels, thresholdMask } from "./labels.js";
import type { Predictor } from "./predictor.js";
import type { SlidingWindowOptions } from "./slidingWindow.js";
import { slidingWindow, slidingWindowOptions } from "./slidingWindow.js";

/** Options of {@link segment}: those of {@link slidingWindow} but `activation`, and what follows. */
export interface SegmentOptions extends Omit<SlidingWindowOptions, "activation"> {
  /** Keeps of each class but the background the largest component only, joined by faces. Default false. */
  largestComponent?: boolean;
}

/**
 * Labels of an image or a volume of any size, from a model that gives logits: {@link slidingWindow}, then for one class the mask of the
 * logits above 0, for several the class with the highest.
 *
 * @param image (rows, columns, channels) or (planes, rows, columns, channels)
 * @returns (rows, columns) or (planes, rows, columns): 0 and 1, or 0 to classes − 1
 * @throws as {@link slidingWindow}; RangeArgumentError (argument scores) for a model that gives NaN or infinity
 * @example `const labels = await segment(model, volume, { patch: [128, 128], border: "edge", largestComponent: true })`
 */
export async function segment(
  model: Predictor,
  image: NdArray<AnyArray>,
  options: SegmentOptions = {},
): Promise<NdArray<Uint8Array>> {
  const own = slidingWindowOptions.filter((option) => option !== "activation");
  const { largestComponent = false, ...windows } = expectOptions("segment", options, [...own, "largestComponent"]);
  expectBoolean("segment", "largestComponent", largestComponent);
  const scores = await slidingWindow(model, image, windows);
  return scores.shape.at(-1) === 1
    ? thresholdMask(scores, { threshold: 0, largestComponent })
    : argmaxLabels(scores, { largestComponent });
}
