import type { AnyArray } from "@ddl/core";
import {
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  RangeArgumentError,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { maskValues } from "../../maskValues.js";
import { join } from "./join.js";
import type { Point } from "./segments.js";
import { segments } from "./segments.js";

/** Options of {@link findContours}. */
export interface FindContoursOptions {
  /** The value whose iso-lines are found. Default: midway between smallest and largest value. */
  level?: number;
  /** Which side is connected over a corner. Default `low`. */
  fullyConnected?: "low" | "high";
  /** `low` (default): low values lie on the left of a contour's direction; `high`: on the right. */
  positiveOrientation?: "low" | "high";
  /** Leave out contours that run into the edge of the image. Default false. */
  closedOnly?: boolean;
  /** Of the image's shape: squares with a corner where it is 0 are skipped. Default: none is. */
  mask?: NdArray<AnyArray>;
}

/**
 * Iso-lines of an image at sub-pixel positions, by marching squares (scikit-image's `find_contours`).
 *
 * @param image (rows, columns), at least 2 × 2; squares with a NaN corner are skipped, infinity is refused
 * @returns a list of contours, each (points, 2) of [row, column]; a closed contour repeats its first point
 * @throws ShapeError for an image smaller than 2 × 2 or a mask of another shape; RangeArgumentError for infinity
 * @example `findContours(mask, { level: 0.5 })`
 *
 * Source: Lorensen and Cline 1987 (`lorensen1987`), in two dimensions.
 */
export function findContours(image: NdArray<AnyArray>, options: FindContoursOptions = {}): NdArray<Float64Array>[] {
  const {
    level,
    fullyConnected = "low",
    positiveOrientation = "low",
    closedOnly = false,
    mask,
  } = expectOptions("findContours", options, ["level", "fullyConnected", "positiveOrientation", "closedOnly", "mask"]);
  expectRank("findContours", "image", image, 2);
  if (image.shape[0]! < 2 || image.shape[1]! < 2) {
    throw new ShapeError({
      functionName: "findContours",
      argument: "image",
      expected: "have at least 2 rows and 2 columns",
      received: image.shape,
    });
  }
  expectOneOf("findContours", "fullyConnected", fullyConnected, ["low", "high"]);
  expectOneOf("findContours", "positiveOrientation", positiveOrientation, ["low", "high"]);
  expectBoolean("findContours", "closedOnly", closedOnly);
  if (mask !== undefined) expectShape("findContours", "mask", mask, image.shape);
  const values = toContiguous(image, Float64Array);
  const middle = middleOf(values.data);
  const at = level === undefined ? middle : expectNumber("findContours", "level", level);
  if (Number.isNaN(at)) return [];
  if (mask !== undefined) {
    const inside = maskValues("findContours", "mask", mask);
    for (let i = 0; i < inside.length; i++) if (inside[i] === 0) values.data[i] = Number.NaN;
  }
  const contours = join(segments(values, at, fullyConnected === "high"));
  const kept = closedOnly ? contours.filter(isClosed) : contours;
  return kept.map((points) => toArray(positiveOrientation === "high" ? [...points].reverse() : points));
}

/** Midway between the smallest and the largest value, NaN left out; NaN if there is no other. */
function middleOf(data: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const infinite = [low, high].find((value) => !Number.isFinite(value));
  if (low <= high && infinite !== undefined) {
    const expected = "contain only finite numbers and NaN";
    throw new RangeArgumentError({ functionName: "findContours", argument: "image", expected, received: infinite });
  }
  return (low + high) / 2;
}

function isClosed(points: readonly Point[]): boolean {
  return points[0]!.join() === points.at(-1)!.join();
}

function toArray(points: readonly Point[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, [points.length, 2]);
  for (const [i, point] of points.entries()) result.data.set(point, 2 * i);
  return result;
}
