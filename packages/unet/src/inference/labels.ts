import type { AnyArray } from "@ddl/core";
import {
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOptions,
  expectRank,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import { largestComponent as largestOf } from "@ddl/ndimage";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** Options of {@link argmaxLabels}. */
export interface ArgmaxLabelsOptions {
  /** Keeps of each class but 0 the largest component only, joined by faces; the others become 0. Default false. */
  largestComponent?: boolean;
}

/** Options of {@link thresholdMask}. */
export interface ThresholdMaskOptions {
  /** What is greater than it is inside; finite. Default 0.5, for probabilities; 0 is the same for logits. */
  threshold?: number;
  /** The channel that is looked at, ≥ 0. Default 0. */
  channel?: number;
  /** Keeps the largest component only, joined by faces. Default false. */
  largestComponent?: boolean;
}

/**
 * For each pixel the class with the highest score, of equal ones the first.
 *
 * @param scores (rows, columns, classes) or (planes, rows, columns, classes), logits or probabilities, at most 256 classes
 * @returns (rows, columns) or (planes, rows, columns)
 * @throws ShapeError for another rank, or no class or more than 256; RangeArgumentError for scores that are not finite
 * @example `argmaxLabels(await slidingWindow(model, image), { largestComponent: true })`
 */
export function argmaxLabels(scores: NdArray<AnyArray>, options: ArgmaxLabelsOptions = {}): NdArray<Uint8Array> {
  const name = "argmaxLabels";
  const { largestComponent = false } = expectOptions(name, options, ["largestComponent"]);
  expectBoolean(name, "largestComponent", largestComponent);
  const { values, space, classes } = scoresOf(name, scores);
  if (classes > 256) {
    const expected = "have at most 256 classes";
    throw new ShapeError({ functionName: name, argument: "scores", expected, received: scores.shape });
  }
  const labels = zeros(Uint8Array, space);
  for (let i = 0; i < labels.data.length; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (values[i * classes + k]! > values[i * classes + best]!) best = k;
    labels.data[i] = best;
  }
  if (!largestComponent) return labels;
  const result = zeros(Uint8Array, space);
  for (let k = 1; k < classes; k++) {
    const { data } = largestOf(
      ndarray(
        labels.data.map((label) => (label === k ? 1 : 0)),
        space,
      ),
    );
    for (let i = 0; i < data.length; i++) if (data[i] !== 0) result.data[i] = k;
  }
  return result;
}

/**
 * The mask of the pixels whose score is greater than a threshold.
 *
 * A score equal to it is outside, as where probabilities are rounded, half to even.
 *
 * @param scores (rows, columns, channels) or (planes, rows, columns, channels)
 * @returns (rows, columns) or (planes, rows, columns), 0 and 1
 * @throws ShapeError for another rank; RangeArgumentError for scores and a threshold that are not finite, and a channel that is not there
 * @example `thresholdMask(logits, { threshold: 0, largestComponent: true })`
 */
export function thresholdMask(scores: NdArray<AnyArray>, options: ThresholdMaskOptions = {}): NdArray<Uint8Array> {
  const name = "thresholdMask";
  const known = ["threshold", "channel", "largestComponent"] as const;
  const { threshold = 0.5, channel = 0, largestComponent = false } = expectOptions(name, options, known);
  expectNumber(name, "threshold", threshold);
  expectBoolean(name, "largestComponent", largestComponent);
  const { values, space, classes } = scoresOf(name, scores);
  expectNumber(name, "channel", channel, { integer: true, min: 0, max: classes - 1 });
  const mask = zeros(Uint8Array, space);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = values[i * classes + channel]! > threshold ? 1 : 0;
  return largestComponent ? largestOf(mask) : mask;
}

function scoresOf(name: string, scores: NdArray<AnyArray>): { values: Float64Array; space: number[]; classes: number } {
  expectRank(name, "scores", scores, [3, 4]);
  const classes = scores.shape.at(-1)!;
  if (classes === 0) {
    const expected = "have at least one class";
    throw new ShapeError({ functionName: name, argument: "scores", expected, received: scores.shape });
  }
  expectFiniteValues(name, "scores", scores);
  return { values: toContiguous(scores, Float64Array).data, space: scores.shape.slice(0, -1), classes };
}
