import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  elementCount,
  expectNumber,
  expectRank,
  RangeArgumentError,
  ShapeError,
  toMask,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { neighbourOffsets } from "../neighbours.js";

/** Which pixels an operator looks at. */
export interface StructuringElementOptions {
  /**
   * The structuring element: an array with as many axes as the mask, non-zero where it belongs to the element. Its centre is at
   * ⌊length/2⌋ along each axis.
   */
  structuringElement?: NdArray<AnyArray>;
  /** Moves the centre of `structuringElement`, one entry an axis; the centre stays within its shape. Default 0 everywhere. */
  origin?: readonly number[];
  /** In place of `structuringElement`: 1 is the cross of face neighbours, the number of axes the full cube of 3ⁿ. Default 1. */
  connectivity?: number;
}

/** [plane, row, column] from a pixel to another. */
export type Offset = readonly [plane: number, row: number, column: number];

/** The offsets of an element's pixels from its centre, in raster order, leading offsets of missing axes 0. */
export function elementOffsets(functionName: string, rank: number, options: StructuringElementOptions): Offset[] {
  const { structuringElement, origin, connectivity } = options;
  if (structuringElement === undefined) {
    if (origin !== undefined) reject(functionName, "origin", "come with a structuringElement", origin);
    const reach = expectNumber(functionName, "connectivity", connectivity ?? 1, { integer: true, min: 1, max: rank });
    return [...neighbourOffsets(rank, reach), [0, 0, 0] as const].sort(rasterOrder);
  }
  if (connectivity !== undefined) {
    reject(functionName, "connectivity", "be left out where a structuringElement is given", connectivity);
  }
  expectRank(functionName, "structuringElement", structuringElement, rank);
  const { data, shape } = toMask(structuringElement);
  const centre = elementCentre(functionName, shape, origin);
  const offsets: Offset[] = [];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const offset = [0, 0, 0] as [number, number, number];
    for (let k = rank - 1, rest = i; k >= 0; k--) {
      offset[3 - rank + k] = (rest % shape[k]!) - centre[k]!;
      rest = Math.floor(rest / shape[k]!);
    }
    offsets.push(offset);
  }
  if (offsets.length === 0) {
    const received = elementCount(shape) === 0 ? shape : 0;
    const expected = "have at least one element that is not 0";
    throw new RangeArgumentError({ functionName, argument: "structuringElement", expected, received });
  }
  return offsets;
}

/** The axes' offsets of an element that is a full box, whose operators may be done axis by axis; else the element itself. */
export function separate(offsets: readonly Offset[]): Offset[][] {
  const sides = [0, 1, 2].map((k) => {
    const along = offsets.map((offset) => offset[k]!);
    const low = Math.min(...along);
    return Array.from({ length: Math.max(...along) - low + 1 }, (_, i) => low + i);
  });
  const full = offsets.length === sides[0]!.length * sides[1]!.length * sides[2]!.length;
  if (!full) return [[...offsets]];
  const steps = sides.map((side, k) =>
    side.map((at): Offset => [k === 0 ? at : 0, k === 1 ? at : 0, k === 2 ? at : 0]),
  );
  const moving = steps.filter((step) => step.length > 1 || step[0]!.some((at) => at !== 0));
  return moving.length === 0 ? [[[0, 0, 0]]] : moving;
}

/** The element of a dilation, as that of the erosion of the complement. */
export function reflectOffsets(offsets: readonly Offset[]): Offset[] {
  return offsets.map(([plane, row, column]) => [-plane, -row, -column]);
}

function elementCentre(
  functionName: string,
  shape: readonly number[],
  origin: readonly number[] | undefined,
): number[] {
  if (origin !== undefined && (!Array.isArray(origin) || origin.length !== shape.length)) {
    const expected = `have ${shape.length} ${shape.length === 1 ? "entry" : "entries"}, one an axis`;
    throw new ShapeError({ functionName, argument: "origin", expected, received: origin });
  }
  return shape.map((n, k) => {
    const middle = Math.floor(n / 2);
    const moved = origin?.[k] ?? 0;
    if (n > 0) expectNumber(functionName, "origin", moved, { integer: true, min: -middle, max: n - 1 - middle });
    return middle + moved;
  });
}

function rasterOrder(a: Offset, b: Offset): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function reject(functionName: string, argument: string, expected: string, received: unknown): never {
  throw new ArgumentError({ functionName, argument, expected, received });
}
