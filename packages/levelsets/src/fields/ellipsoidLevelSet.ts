import { expectNumber, expectOptions, expectSpacing, RangeArgumentError, ShapeError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/** Options of {@link ellipsoidLevelSet}. */
export interface EllipsoidLevelSetOptions {
  /** Centre in pixels, one number an axis. Default the middle of the image, (length − 1)/2. */
  center?: readonly number[];
  /** Length of a pixel along each axis, > 0; the radii are in the same unit. Default 1 each. */
  spacing?: readonly number[];
}

/**
 * A level set that is positive inside an ellipse or ellipsoid with axes along the image's: R·(1 − √Σ((i − centre)·spacing/radius)²),
 * R the smallest radius. With equal radii it is the signed distance; else it is that only in the direction of the smallest.
 *
 * @param shape [rows, columns] or [planes, rows, columns], each ≥ 1
 * @param radii one an axis, > 0, or one number for all
 * @throws ShapeError for another number of axes; RangeArgumentError for numbers out of range
 * @example `geodesicActiveContour(edges, ellipsoidLevelSet([24, 96, 128], [5, 20, 14], { center: [12, 40, 70] }))`
 */
export function ellipsoidLevelSet(
  shape: readonly number[],
  radii: number | readonly number[],
  options: EllipsoidLevelSetOptions = {},
): NdArray<Float64Array> {
  const name = "ellipsoidLevelSet";
  const { center, spacing } = expectOptions(name, options, ["center", "spacing"]);
  const rank = shape.length;
  if (rank !== 2 && rank !== 3) {
    const expected = "have 2 or 3 entries, one an axis";
    throw new ShapeError({ functionName: name, argument: "shape", expected, received: shape });
  }
  for (const n of shape) expectNumber(name, "shape", n, { integer: true, min: 1 });
  const radius = typeof radii === "number" ? shape.map(() => radii) : [...expectAxes(name, "radii", radii, rank)];
  for (const r of radius) expectNumber(name, "radii", r, { above: 0 });
  const lengths = expectSpacing(name, spacing, rank);
  const middle = center === undefined ? shape.map((n) => (n - 1) / 2) : expectAxes(name, "center", center, rank);
  for (const c of middle) expectNumber(name, "center", c);

  const smallest = Math.min(...radius);
  const result = zeros(Float64Array, shape);
  for (let i = 0; i < result.data.length; i++) {
    let rest = i;
    let squares = 0;
    for (let k = rank - 1; k >= 0; k--) {
      const at = rest % shape[k]!;
      rest = Math.floor(rest / shape[k]!);
      squares += (((at - middle[k]!) * lengths[k]!) / radius[k]!) ** 2;
    }
    result.data[i] = smallest * (1 - Math.sqrt(squares));
  }
  return result;
}

function expectAxes(functionName: string, argument: string, given: readonly number[], rank: number): readonly number[] {
  if (Array.isArray(given) && given.length === rank) return given;
  const expected = `have ${rank} entries, one an axis`;
  throw new RangeArgumentError({ functionName, argument, expected, received: given });
}
