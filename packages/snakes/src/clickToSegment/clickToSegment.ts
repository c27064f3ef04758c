import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import type { ClickWindow } from "./clickWindow.js";
import { clickWindow } from "./clickWindow.js";
import { byChanVese, byGeodesicContour, byRandomWalker, byThreshold, byWatershed } from "./otherMethods.js";
import { steepestLevel } from "./steepestLevel.js";

/** Ways from a click to a mask. */
export type ClickMethod = "steepest-level" | "threshold" | "watershed" | "random-walker" | "chan-vese" | "geodesic";

/** Options of {@link clickToSegment}. */
export interface ClickToSegmentOptions {
  /** Default `steepest-level`, for bright objects, also with a dark core; `watershed` and `random-walker` take dark ones as well. */
  method?: ClickMethod;
  /** Half the side of the window about the click that is looked at, in pixels, an integer ≥ 8. Default 64. */
  radius?: number;
  /** Standard deviation of the smoothing that comes first, in pixels, ≥ 0. Default 1.5. */
  sigma?: number;
}

/** Result of {@link clickToSegment}. */
export interface ClickToSegmentResult {
  /** Of the image's shape, 1 inside. */
  mask: NdArray<Uint8Array>;
  /** What was looked at: first row and column, and those behind the last. */
  window: { top: number; left: number; bottom: number; right: number };
}

const methods: Record<ClickMethod, (window: ClickWindow) => Uint8Array> = {
  "steepest-level": steepestLevel,
  threshold: byThreshold,
  watershed: byWatershed,
  "random-walker": byRandomWalker,
  "chan-vese": byChanVese,
  geodesic: byGeodesicContour,
};

/**
 * The object under a click, for interactive use: a few milliseconds, and nothing to tune.
 *
 * @param image (rows, columns), finite values of any scale
 * @param point [row, column] of the click, integers inside the image
 * @returns of a constant image, the pixel of the click alone with `steepest-level`; every method gives the same for the same click
 * @throws ShapeError for another rank; RangeArgumentError for a point outside, values that are not finite or options out of range
 * @example
 * ```ts
 * const { mask } = clickToSegment(slice, [140, 171]);
 * const [outline] = findContours(mask, { level: 0.5 });
 * ```
 *
 * How good it is on brain MRI, and each other method: `bench/README.md`.
 */
export function clickToSegment(
  image: NdArray<AnyArray>,
  point: readonly [row: number, column: number],
  options: ClickToSegmentOptions = {},
): ClickToSegmentResult {
  const name = "clickToSegment";
  const {
    method = "steepest-level",
    radius = 64,
    sigma = 1.5,
  } = expectOptions(name, options, ["method", "radius", "sigma"]);
  expectRank(name, "image", image, [2]);
  expectOneOf(name, "method", method, Object.keys(methods));
  expectNumber(name, "radius", radius, { integer: true, min: 8 });
  expectNumber(name, "sigma", sigma, { min: 0 });
  if (!Array.isArray(point) || point.length !== 2) {
    throw new ArgumentError({ functionName: name, argument: "point", expected: "be [row, column]", received: point });
  }
  for (const [axis, place] of point.entries()) {
    expectNumber(name, `point[${axis}]`, place, { integer: true, min: 0, below: image.shape[axis]! });
  }
  expectFiniteValues(name, "image", image);
  const window = clickWindow(toContiguous(image, Float64Array), [point[0], point[1]], radius, sigma);
  const [height, width] = window.image.shape as [number, number];
  const found = methods[method](window);
  const mask = zeros(Uint8Array, image.shape);
  const columns = image.shape[1]!;
  for (let y = 0; y < height; y++) {
    mask.data.set(found.subarray(y * width, (y + 1) * width), (y + window.top) * columns + window.left);
  }
  const { top, left } = window;
  return { mask, window: { top, left, bottom: top + height, right: left + width } };
}
