import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  isNdarray,
  throwIfAborted,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { checkerboardSet, diskSet } from "../initialSets.js";
import { padded, unpadded } from "../padded.js";
import { smooth } from "../smoothing.js";
import { attach } from "./attach.js";
import type { MorphologicalChanVeseOptions, MorphologicalChanVeseResult } from "./options.js";

/**
 * Chan–Vese segmentation by morphological operators: no level set, no time step, only sets and their erosions and dilations.
 *
 * Equal to scikit-image's `morphological_chan_vese` after every iteration, except that its smoothing operators alternate over all
 * calls of a process; here they start at `phase`. The image is taken as it is, not rescaled.
 *
 * @param image (rows, columns) or (planes, rows, columns), finite values
 * @throws ShapeError for another rank or an initial set of another shape; RangeArgumentError for values that are not finite or
 *   options out of range; the signal's reason
 * @example
 * ```ts
 * const { mask } = morphologicalChanVese(image, { iterations: 35, smoothing: 3 });
 * ```
 *
 * Cost: an iteration is one pass over the image and two for each smoothing operator; working memory three bytes and a float64 a pixel.
 * Source: Márquez-Neila, Baumela and Álvarez 2014 (`marquez2014`).
 */
export function morphologicalChanVese(
  image: NdArray<AnyArray>,
  options: MorphologicalChanVeseOptions,
): MorphologicalChanVeseResult {
  const name = "morphologicalChanVese";
  const known = ["iterations", "initial", "smoothing", "lambda1", "lambda2", "phase", "onProgress", "signal"] as const;
  const {
    iterations,
    initial = "checkerboard",
    smoothing = 1,
    lambda1 = 1,
    ...rest
  } = expectOptions(name, options, known);
  const { lambda2 = 1, onProgress, signal } = rest;
  let { phase = 0 } = rest;
  expectRank(name, "image", image, [2, 3]);
  expectNumber(name, "iterations", iterations, { integer: true, min: 0 });
  expectNumber(name, "smoothing", smoothing, { integer: true, min: 0 });
  expectNumber(name, "lambda1", lambda1, { above: 0 });
  expectNumber(name, "lambda2", lambda2, { above: 0 });
  expectOneOf(name, "phase", phase, [0, 1]);
  expectFiniteValues(name, "image", image);

  const f = toContiguous(image, Float64Array).data;
  const start = initialSet(image.shape, initial);
  const set = padded(start);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    throwIfAborted(signal);
    const before = onProgress === undefined ? null : set.data.slice();
    attach(f, set, lambda1, lambda2);
    for (let k = 0; k < smoothing; k++) {
      smooth(set, phase);
      phase = phase === 0 ? 1 : 0;
    }
    if (before !== null) onProgress?.({ iteration, iterations, changed: countChanged(before, set.data) });
  }
  return { mask: unpadded(set), phase, iterations };
}

function initialSet(
  shape: readonly number[],
  initial: "checkerboard" | "disk" | NdArray<AnyArray>,
): NdArray<Uint8Array> {
  if (isNdarray(initial)) {
    expectShape("morphologicalChanVese", "initial", initial, shape);
    const values = toContiguous(initial, Float64Array).data;
    const result = zeros(Uint8Array, shape);
    for (let i = 0; i < values.length; i++) result.data[i] = values[i]! > 0 ? 1 : 0;
    return result;
  }
  if (initial === "checkerboard") return checkerboardSet(shape);
  if (initial === "disk") return diskSet(shape);
  const expected = 'be "checkerboard", "disk" or an ndarray';
  throw new ArgumentError({ functionName: "morphologicalChanVese", argument: "initial", expected, received: initial });
}

function countChanged(before: Uint8Array, after: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < after.length; i++) if (before[i] !== after[i]) count++;
  return count;
}
