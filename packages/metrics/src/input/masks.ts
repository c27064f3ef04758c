import { RangeArgumentError } from "@ddl/core";
import type { Values } from "./values.js";

/** The mask of 0 and 1 of an array in which anything but 0 is inside. @throws RangeArgumentError for NaN */
export function toMaskValues(functionName: string, argument: string, { data, shape }: Values): Values<Uint8Array> {
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < mask.length; i++) {
    const value = data[i]!;
    if (value !== 0) mask[i] = 1;
    // biome-ignore lint/suspicious/noSelfCompare: the one value that differs from itself
    if (value !== value) {
      const advice = `The first NaN is at element ${i}.`;
      throw new RangeArgumentError({ functionName, argument, expected: "hold no NaN", received: value, advice });
    }
  }
  return { data: mask, shape };
}
