import { RangeArgumentError } from "@ddl/core";
import type { Values } from "./values.js";

/** The mask of 0 and 1 of an array in which anything but 0 is inside. @throws RangeArgumentError for NaN */
export function toMaskValues(functionName: string, argument: string, values: Values): Values<Uint8Array> {
  expectNoNaN(functionName, argument, values);
  const { data, shape } = values;
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < mask.length; i++) if (data[i] !== 0) mask[i] = 1;
  return { data: mask, shape };
}

/** Checks what may hold a NaN, as integers may not. @throws RangeArgumentError that names the first */
export function expectNoNaN(functionName: string, argument: string, { data }: Values): void {
  if (!(Array.isArray(data) || data instanceof Float32Array || data instanceof Float64Array)) return;
  const at = data.findIndex(Number.isNaN);
  if (at < 0) return;
  const advice = `The first NaN is at element ${at}.`;
  throw new RangeArgumentError({ functionName, argument, expected: "hold no NaN", received: Number.NaN, advice });
}
