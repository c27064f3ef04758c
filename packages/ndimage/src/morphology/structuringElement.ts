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
  /** Moves the element's centre, one entry an axis; it stays within the element's shape. Default 0 everywhere. */
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
    const reach = expectNumber(functionName, "connectivity", connectivity ?? 1, { integer: true, min: 1, max: rank });
    const centre = elementCentre(functionName, new Array<number>(rank).fill(3), origin);
    const moved = [...new Array<number>(3 - rank).fill(0), ...centre.map((at) => at - 1)] as [number, number, number];
    return [...neighbourOffsets(rank, reach), [0, 0, 0] as const].map((offset) => [
      offset[0] - moved[0],
      offset[1] - moved[1],
      offset[2] - moved[2],
    ]);
  }
  if (connectivity !== undefined) {
    const expected = "be left out where a structuringElement is given";
    throw new ArgumentError({ functionName, argument: "connectivity", expected, received: connectivity });
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
