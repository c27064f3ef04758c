import { elementCount, RangeArgumentError, zeros } from "@ddl/core";
import type { NdArray } from "ndarray";

/**
 * A field for the mask of each sample and class, of values in C order, (batch, …, classes), from channel `first` on.
 * @param f gives the field of one mask, or nothing where it is 0 everywhere
 * @returns float32 in C order, (batch, …, classes − first)
 */
export function eachMask(
  values: ArrayLike<number>,
  shape: readonly number[],
  first: number,
  isInside: (value: number) => boolean,
  f: (mask: NdArray<Uint8Array>) => ArrayLike<number> | undefined,
): Float32Array {
  const space = shape.slice(1, -1);
  const pixels = elementCount(space);
  const classes = shape.at(-1)!;
  const kept = classes - first;
  const fields = new Float32Array(shape[0]! * pixels * kept);
  for (let sample = 0; sample < shape[0]!; sample++) {
    for (let channel = first; channel < classes; channel++) {
      const mask = zeros(Uint8Array, space);
      const from = sample * pixels * classes + channel;
      for (let i = 0; i < pixels; i++) mask.data[i] = isInside(values[from + i * classes]!) ? 1 : 0;
      const field = f(mask);
      if (field === undefined) continue;
      const to = sample * pixels * kept + channel - first;
      for (let i = 0; i < pixels; i++) fields[to + i * kept] = field[i]!;
    }
  }
  return fields;
}

/** More than ½: inside, for targets and probabilities. */
export const isMostlyInside = (value: number): boolean => value > 0.5;

/** Checks numbers that were read anyway. @throws RangeArgumentError */
export function expectUnitValues(functionName: string, argument: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1)) {
      const expected = "contain only numbers in [0, 1]";
      const advice = `The first other value is at flat index ${i}.`;
      throw new RangeArgumentError({ functionName, argument, expected, received: value, advice });
    }
  }
}

/** All 0: "empty"; all 1: "full"; else "mixed". */
export function filling(mask: NdArray<Uint8Array>): "empty" | "full" | "mixed" {
  const first = mask.data[0]!;
  if (mask.data.some((value) => value !== first)) return "mixed";
  return first === 0 ? "empty" : "full";
}

/** 1 where the mask is 0. */
export function complement(mask: NdArray<Uint8Array>): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, mask.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = 1 - mask.data[i]!;
  return result;
}
