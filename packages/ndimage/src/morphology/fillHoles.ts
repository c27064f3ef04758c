import type { AnyArray } from "@ddl/core";
import { expectOptions, expectRank, toMask, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";
import { erode } from "./erode.js";
import type { StructuringElementOptions } from "./structuringElement.js";
import { elementOffsets } from "./structuringElement.js";

/** Options of {@link fillHoles}: how the background hangs together. By default over faces (4 neighbours in 2-D, 6 in 3-D). */
export type FillHolesOptions = StructuringElementOptions;

/**
 * Fills the holes of a mask: background that cannot be reached from outside the image (scipy.ndimage.binary_fill_holes).
 *
 * The background is reached by dilations of the outside with the structuring element; a pixel reached stays reached, also where
 * the element does not hold its centre.
 *
 * @param mask one to three axes, any non-zero value is inside
 * @returns new uint8 array of 0 and 1
 * @throws ShapeError for a rank above 3 or an element of another rank; RangeArgumentError, ArgumentError for other options
 * @example `fillHoles(mask)`
 * @example `fillHoles(mask, { connectivity: 2 })` leaves holes that touch the outside over a corner
 *
 * Cost: linear time; working memory seven bytes a pixel.
 */
export function fillHoles(mask: NdArray<AnyArray>, options: FillHolesOptions = {}): NdArray<Uint8Array> {
  expectOptions("fillHoles", options, ["structuringElement", "origin", "connectivity"]);
  expectRank("fillHoles", "mask", mask, [1, 2, 3]);
  const offsets = elementOffsets("fillHoles", mask.shape.length, options);
  const holdsCentre = offsets.some((offset) => offset.every((at) => at === 0));
  const background = toMask(mask).data.map((value) => 1 - value);
  const reached = erode(new Uint8Array(background.length), mask.shape, {
    operation: "dilate",
    offsets: holdsCentre ? offsets : [...offsets, [0, 0, 0]],
    iterations: "until-stable",
    border: 1,
    within: background,
  });
  const result = zeros(Uint8Array, mask.shape);
  for (let i = 0; i < reached.length; i++) result.data[i] = 1 - reached[i]!;
  return result;
}
