import type { AnyArray } from "@ddl/core";
import {
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  RangeArgumentError,
  toMask,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import type { Erosion } from "./erode.js";
import { erode } from "./erode.js";
import type { StructuringElementOptions } from "./structuringElement.js";
import { elementOffsets } from "./structuringElement.js";

/** Options of {@link binaryErosion}, {@link binaryDilation}, {@link binaryOpening} and {@link binaryClosing}. */
export interface MorphologyOptions extends StructuringElementOptions {
  /**
   * How often an operator is applied: an integer ≥ 1, or `until-stable` (scipy's iterations below 1), for which the element must
   * hold its own centre: with another it may never end. Default 1.
   */
  iterations?: number | "until-stable";
  /** What lies outside the image, for erosion and dilation alike: 0 (default) or 1. */
  borderValue?: 0 | 1;
  /** Pixels that may change, of the mask's shape; the others keep their value in every iteration. Default: all. */
  mask?: NdArray<AnyArray>;
}

/**
 * Erosion of a mask: a pixel stays if the structuring element centred on it lies inside (scipy.ndimage.binary_erosion).
 *
 * Outside the image counts as `borderValue`, so that by default a mask loses its pixels at the image's border.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns new uint8 array of 0 and 1
 * @throws ShapeError for a rank above 3 or an element of another rank; RangeArgumentError, ArgumentError for other options
 * @example `binaryErosion(mask, { connectivity: 2 })`
 * @example `binaryErosion(mask, { structuringElement: ndarray(Uint8Array.of(1, 1, 1), [1, 3]), iterations: 2 })`
 *
 * Cost: 32 pixels an operation; boxes, such as the cube of 3ⁿ, axis by axis. `until-stable` visits a pixel once.
 * Working memory: four masks of one bit a pixel (`until-stable`: four bytes a pixel more).
 */
export function binaryErosion(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryErosion", mask, options, ["erode"]);
}

/**
 * Dilation of a mask: every pixel inside spreads to its structuring element (scipy.ndimage.binary_dilation).
 *
 * @param mask one to three axes, any non-zero value is inside
 * @throws as {@link binaryErosion}
 * @example `binaryDilation(mask, { iterations: 2 })`
 * @example `binaryDilation(seeds, { iterations: "until-stable", mask })` keeps the components of a mask that hold a seed
 */
export function binaryDilation(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryDilation", mask, options, ["dilate"]);
}

/**
 * Opening of a mask: erosion, then dilation, each `iterations` times; parts too thin for the structuring element vanish
 * (scipy.ndimage.binary_opening).
 *
 * @param mask one to three axes, any non-zero value is inside
 * @throws as {@link binaryErosion}
 * @example `binaryOpening(mask, { connectivity: 2 })`
 */
export function binaryOpening(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryOpening", mask, options, ["erode", "dilate"]);
}

/**
 * Closing of a mask: dilation, then erosion, each `iterations` times; gaps too narrow for the structuring element are filled
 * (scipy.ndimage.binary_closing).
 *
 * With `borderValue` 0, as by default, the erosion takes pixels at the image's border that the mask had: closing a full mask of
 * 4 × 5 by the cross leaves 6. Pad the mask where that matters.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @throws as {@link binaryErosion}
 * @example `binaryClosing(mask, { iterations: 2 })`
 */
export function binaryClosing(mask: NdArray<AnyArray>, options: MorphologyOptions = {}): NdArray<Uint8Array> {
  return morphology("binaryClosing", mask, options, ["dilate", "erode"]);
}

function morphology(
  functionName: string,
  mask: NdArray<AnyArray>,
  options: MorphologyOptions,
  operations: readonly Erosion["operation"][],
): NdArray<Uint8Array> {
  const known = ["structuringElement", "origin", "connectivity", "iterations", "borderValue", "mask"] as const;
  const { iterations = 1, borderValue = 0, mask: within } = expectOptions(functionName, options, known);
  expectRank(functionName, "mask", mask, [1, 2, 3]);
  const offsets = elementOffsets(functionName, mask.shape.length, options);
  if (iterations !== "until-stable") {
    if (typeof iterations === "string") expectOneOf(functionName, "iterations", iterations, ["until-stable"]);
    expectNumber(functionName, "iterations", iterations, { integer: true, min: 1 });
  } else if (!offsets.some((offset) => offset.every((at) => at === 0))) {
    const expected = 'hold its centre for iterations "until-stable"';
    const argument = "structuringElement";
    throw new RangeArgumentError({ functionName, argument, expected, received: options.structuringElement });
  }
  expectOneOf(functionName, "borderValue", borderValue, [0, 1]);
  if (within !== undefined) expectShape(functionName, "mask", within, mask.shape);
  const { shape } = mask;
  const allowed = within === undefined ? undefined : toMask(within).data;
  const result = zeros(Uint8Array, shape);
  let pixels = toMask(mask).data;
  for (const operation of operations) {
    pixels = erode(pixels, shape, { operation, offsets, iterations, border: borderValue, within: allowed });
  }
  result.data.set(pixels);
  return result;
}
