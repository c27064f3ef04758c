import type { AnyArray, NumericArrayConstructor } from "@ddl/core";
import { expectFiniteValues, expectNumber, expectRank, expectSpacing, ShapeError, toValues } from "@ddl/core";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** An image as the passes over it want it: one block of values a channel, three axes, the first of length 1 in two dimensions. */
export interface ChanVeseImage<Values extends Float32Array | Float64Array = Float32Array | Float64Array> {
  values: Values;
  channels: number;
  /** Lengths of the axes of φ. */
  shape: number[];
  volume: boolean;
  planes: number;
  rows: number;
  columns: number;
  /** Distances of neighbours along planes, rows, columns. */
  spacing: readonly [number, number, number];
}

/**
 * Checks an image and copies it; unless told otherwise float32 stays so, and all else becomes float64.
 * @throws ShapeError for a wrong rank or no element; RangeArgumentError for values that are not finite, axis or spacing out of range
 */
export function chanVeseImage<Values extends Float32Array | Float64Array = Float32Array | Float64Array>(
  name: string,
  image: NdArray<AnyArray>,
  { channelAxis, spacing }: { channelAxis?: number | undefined; spacing?: readonly number[] | undefined },
  Storage: NumericArrayConstructor<Values> = natural(image) as NumericArrayConstructor<Values>,
): ChanVeseImage<Values> {
  const many = channelAxis !== undefined;
  expectRank(name, "image", image, many ? [3, 4] : [2, 3]);
  const rank = image.shape.length;
  if (many) expectNumber(name, "channelAxis", channelAxis, { integer: true, min: -rank, max: rank - 1 });
  if (image.shape.includes(0)) {
    const expected = "have at least one element";
    throw new ShapeError({ functionName: name, argument: "image", expected, received: image.shape });
  }
  const axes = image.shape.map((_, k) => k);
  if (many) axes.unshift(...axes.splice((channelAxis + rank) % rank, 1));
  const shape = axes.slice(many ? 1 : 0).map((k) => image.shape[k]!);
  const steps = expectSpacing(name, spacing, shape.length);
  expectFiniteValues(name, "image", image);
  const pick = (of: readonly number[]): number[] => axes.map((k) => of[k]!);
  const view = ndarray(image.data, pick(image.shape), pick(image.stride), image.offset) as NdArray<AnyArray>;
  const [planes, rows, columns] = [1, ...shape].slice(-3) as [number, number, number];
  return {
    values: toValues(view, Storage),
    channels: many ? view.shape[0]! : 1,
    shape,
    volume: shape.length === 3,
    planes,
    rows,
    columns,
    spacing: [1, ...steps].slice(-3) as [number, number, number],
  };
}

/** float32 for float32, float64 for all else. */
function natural(image: NdArray<AnyArray>): NumericArrayConstructor<Float32Array | Float64Array> {
  return image.data instanceof Float32Array ? Float32Array : Float64Array;
}

/** In place f − min f, divided by its maximum unless that is 0: a constant image becomes 0. */
export function rescaleToUnit(values: Float32Array | Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < low) low = value;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    values[i]! -= low;
    if (values[i]! > high) high = values[i]!;
  }
  // A division, not a product with 1/high: the reference's very bits depend on it.
  if (high !== 0) for (let i = 0; i < values.length; i++) values[i]! /= high;
}
