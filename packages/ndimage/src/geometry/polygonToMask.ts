import type { AnyArray } from "@ddl/core";
import {
  elementCount,
  expectFiniteValues,
  expectNumber,
  expectShape,
  RangeArgumentError,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * The pixels of an image whose centres lie in a polygon or exactly on its outline (skimage.draw.polygon2mask).
 *
 * Insideness is even–odd; the last point is joined to the first, and may repeat it. Parts outside the image are cut off.
 *
 * @param polygon at least three points, (points, 2) of [row, column], finite; as from `findContours`
 * @param shape [rows, columns] of the image, each ≥ 0
 * @returns new uint8 array of 0 and 1
 * @throws ShapeError for another shape; RangeArgumentError for fewer than three points or values that are not finite
 * @example `polygonToMask(ndarray([1, 1, 1, 6, 4, 3], [3, 2]), [6, 9])`
 *
 * The crossing test of O'Rourke 1998 (`orourke1998`), which knows vertex, edge, inside and outside. Cost: for each pixel of the
 * polygon's bounding box, the edges that its row meets.
 */
export function polygonToMask(polygon: NdArray<AnyArray>, shape: readonly number[]): NdArray<Uint8Array> {
  expectShape("polygonToMask", "polygon", polygon, [-1, 2], "points, [row, column]");
  if (polygon.shape[0]! < 3) {
    const expected = "have at least 3 points";
    throw new RangeArgumentError({
      functionName: "polygonToMask",
      argument: "polygon",
      expected,
      received: polygon.shape[0],
    });
  }
  expectFiniteValues("polygonToMask", "polygon", polygon);
  if (!Array.isArray(shape) || shape.length !== 2) {
    const expected = "have 2 entries, rows and columns";
    throw new ShapeError({ functionName: "polygonToMask", argument: "shape", expected, received: shape });
  }
  for (const n of shape) expectNumber("polygonToMask", "shape", n, { integer: true, min: 0 });
  const points = toContiguous(polygon, Float64Array).data;
  const result = zeros(Uint8Array, shape);
  if (elementCount(shape) === 0) return result;
  const [rows, columns] = shape as [number, number];
  const [top, bottom] = span(points, 0, rows);
  const [left, right] = span(points, 1, columns);
  for (let row = top; row <= bottom; row++) {
    const edges = edgesAt(points, row);
    for (let column = left; column <= right; column++) {
      if (contains(edges, column)) result.data[row * columns + column] = 1;
    }
  }
  return result;
}

/** First and last pixel along an axis that the polygon may hold. */
function span(points: Float64Array, axis: number, length: number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = axis; i < points.length; i += 2) {
    low = Math.min(low, points[i]!);
    high = Math.max(high, points[i]!);
  }
  return [Math.max(0, Math.floor(low)), Math.min(length - 1, Math.ceil(high))];
}

/** An edge near a row: both ends as [distance below the row, column]. */
type Edge = readonly [below: number, column: number, nextBelow: number, nextColumn: number];

/** How near a pixel's centre a vertex counts as on it: the reference's figure. */
const closeness = 1e-12;

/** The edges that meet a row, and those that end on it. */
function edgesAt(points: Float64Array, row: number): Edge[] {
  const edges: Edge[] = [];
  for (let i = 0, last = points.length - 2; i < points.length; last = i, i += 2) {
    const below = points[i]! - row;
    const before = points[last]! - row;
    const meets = below > 0 !== before > 0 || below < 0 !== before < 0;
    if (meets || Math.abs(below) < closeness) edges.push([below, points[i + 1]!, before, points[last + 1]!]);
  }
  return edges;
}

/** Counts crossings on both sides: different parities mean that the point lies on an edge. */
function contains(edges: readonly Edge[], column: number): boolean {
  let right = 0;
  let left = 0;
  for (const [below, end, before, start] of edges) {
    const x = end - column;
    const xBefore = start - column;
    if (Math.abs(x) < closeness && Math.abs(below) < closeness) return true;
    const crossing = (x * before - xBefore * below) / (before - below);
    if (below > 0 !== before > 0 && crossing > 0) right ^= 1;
    if (below < 0 !== before < 0 && crossing < 0) left ^= 1;
  }
  return right !== left || right === 1;
}
