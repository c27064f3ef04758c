import type { AnyArray } from "@ddl/core";
import {
  expectBoolean,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  ShapeError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";

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
}

/**
 * Iso-lines of an image at sub-pixel positions, by marching squares (scikit-image's `find_contours`).
 *
 * @param image (rows, columns), at least 2 × 2; squares with a NaN corner are skipped
 * @returns a list of contours, each (points, 2) of [row, column]; a closed contour repeats its first point
 * @throws ShapeError for an image smaller than 2 × 2
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
  } = expectOptions("findContours", options, ["level", "fullyConnected", "positiveOrientation", "closedOnly"]);
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
  const values = toContiguous(image, Float64Array);
  const at = level === undefined ? middle(values.data) : expectNumber("findContours", "level", level);
  const contours = join(segments(values, at, fullyConnected === "high"));
  const kept = closedOnly ? contours.filter(isClosed) : contours;
  return kept.map((points) => toArray(positiveOrientation === "high" ? [...points].reverse() : points));
}

type Point = readonly [row: number, column: number];

function middle(data: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return (low + high) / 2;
}

/** Line pieces of every square in raster order, low values on the left. */
function segments(image: NdArray<Float64Array>, level: number, highConnected: boolean): [Point, Point][] {
  const [rows, columns] = image.shape as [number, number];
  const { data } = image;
  const result: [Point, Point][] = [];
  const share = (from: number, to: number): number => (from === to ? 0 : (level - from) / (to - from));
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const ul = data[r * columns + c]!;
      const ur = data[r * columns + c + 1]!;
      const ll = data[(r + 1) * columns + c]!;
      const lr = data[(r + 1) * columns + c + 1]!;
      if (Number.isNaN(ul + ur + ll + lr) && [ul, ur, ll, lr].some(Number.isNaN)) continue;
      const code = (ul > level ? 1 : 0) + (ur > level ? 2 : 0) + (ll > level ? 4 : 0) + (lr > level ? 8 : 0);
      if (code === 0 || code === 15) continue;
      const top: Point = [r, c + share(ul, ur)];
      const bottom: Point = [r + 1, c + share(ll, lr)];
      const left: Point = [r + share(ul, ll), c];
      const right: Point = [r + share(ur, lr), c + 1];
      switch (code) {
        case 1:
          result.push([top, left]);
          break;
        case 2:
          result.push([right, top]);
          break;
        case 3:
          result.push([right, left]);
          break;
        case 4:
          result.push([left, bottom]);
          break;
        case 5:
          result.push([top, bottom]);
          break;
        case 6:
          if (highConnected) result.push([left, top], [right, bottom]);
          else result.push([right, top], [left, bottom]);
          break;
        case 7:
          result.push([right, bottom]);
          break;
        case 8:
          result.push([bottom, right]);
          break;
        case 9:
          if (highConnected) result.push([top, right], [bottom, left]);
          else result.push([top, left], [bottom, right]);
          break;
        case 10:
          result.push([bottom, top]);
          break;
        case 11:
          result.push([bottom, left]);
          break;
        case 12:
          result.push([left, right]);
          break;
        case 13:
          result.push([top, right]);
          break;
        default:
          result.push([left, top]);
      }
    }
  }
  return result;
}

/** Joins pieces at equal points; of two contours that meet, the older one stays. */
function join(pieces: readonly [Point, Point][]): Point[][] {
  const contours = new Map<number, Point[]>();
  const starts = new Map<string, number>();
  const ends = new Map<string, number>();
  let next = 0;
  for (const [from, to] of pieces) {
    const fromKey = from.join();
    const toKey = to.join();
    if (fromKey === toKey) continue;
    const tail = starts.get(toKey);
    const head = ends.get(fromKey);
    if (tail !== undefined) starts.delete(toKey);
    if (head !== undefined) ends.delete(fromKey);
    if (tail !== undefined && head !== undefined) {
      const before = contours.get(head)!;
      if (tail === head) {
        before.push(to);
      } else {
        const after = contours.get(tail)!;
        const merged = [...before, ...after];
        const [older, younger] = tail > head ? [head, tail] : [tail, head];
        contours.set(older, merged);
        contours.delete(younger);
        starts.set(merged[0]!.join(), older);
        ends.set(merged.at(-1)!.join(), older);
      }
    } else if (tail !== undefined) {
      contours.get(tail)!.unshift(from);
      starts.set(fromKey, tail);
    } else if (head !== undefined) {
      contours.get(head)!.push(to);
      ends.set(toKey, head);
    } else {
      contours.set(next, [from, to]);
      starts.set(fromKey, next);
      ends.set(toKey, next++);
    }
  }
  return [...contours.keys()].sort((a, b) => a - b).map((key) => contours.get(key)!);
}

function isClosed(points: readonly Point[]): boolean {
  return points[0]!.join() === points.at(-1)!.join();
}

function toArray(points: readonly Point[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, [points.length, 2]);
  for (const [i, point] of points.entries()) result.data.set(point, 2 * i);
  return result;
}
