import type { AnyArray } from "@ddl/core";
import {
  ArgumentError,
  expectNumber,
  expectOneOf,
  expectShape,
  isNdarray,
  RangeArgumentError,
  toContiguous,
  zeros,
} from "@ddl/core";
import type { NdArray } from "ndarray";
import { checkerboardSet, diskSet } from "../initialSets.js";
import type { MorphologicalStart } from "./options.js";

/** The checked start of a snake in an image of that shape; `argument` is what the function calls the image. */
export function startingSet(
  name: string,
  shape: readonly number[],
  options: Required<Pick<MorphologicalStart, "initial" | "phase">> & MorphologicalStart,
  argument = "image",
): { start: NdArray<Uint8Array>; region: NdArray<Uint8Array> | undefined } {
  if (shape.includes(0)) {
    const expected = "have at least one element";
    throw new RangeArgumentError({ functionName: name, argument, expected, received: shape });
  }
  expectOneOf(name, "phase", options.phase, [0, 1]);
  const { regionOfInterest } = options;
  if (regionOfInterest !== undefined) expectShape(name, "regionOfInterest", regionOfInterest, shape);
  return {
    start: initialSet(name, shape, options.initial),
    region: regionOfInterest && binary(regionOfInterest, shape),
  };
}

export function expectSmoothing(name: string, smoothing: unknown): void {
  expectNumber(name, "smoothing", smoothing, { integer: true, min: 0 });
}

function initialSet(name: string, shape: readonly number[], initial: unknown): NdArray<Uint8Array> {
  if (isNdarray(initial)) {
    expectShape(name, "initial", initial, shape);
    return binary(initial, shape);
  }
  if (initial === "checkerboard") return checkerboardSet(shape);
  if (initial === "disk") return diskSet(shape);
  const expected = 'be "checkerboard", "disk" or an ndarray';
  throw new ArgumentError({ functionName: name, argument: "initial", expected, received: initial });
}

function binary(array: NdArray<AnyArray>, shape: readonly number[]): NdArray<Uint8Array> {
  const values = toContiguous(array, Float64Array).data;
  const result = zeros(Uint8Array, shape);
  for (let i = 0; i < values.length; i++) result.data[i] = values[i]! > 0 ? 1 : 0;
  return result;
}
