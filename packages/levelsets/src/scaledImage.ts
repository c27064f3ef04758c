import type { AnyArray } from "@ddl/core";
import { toValues } from "@ddl/core";
import type { NdArray } from "ndarray";

/** The image's values brought linearly to [0, top], with the way back: value = low + scaled · unit. */
export interface ScaledImage {
  values: Float64Array;
  low: number;
  unit: number;
}

/** Scales an image to [0, top]; a constant image becomes 0, its unit 0. */
export function scaledImage(image: NdArray<AnyArray>, top: number): ScaledImage {
  const values = toValues(image, Float64Array);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Halves: the difference of two large finite numbers may be infinite.
  const unit = (high / 2 - low / 2) / (top / 2);
  for (let i = 0; i < values.length; i++) values[i] = unit === 0 ? 0 : (values[i]! / 2 - low / 2) / (unit / 2);
  return { values, low, unit };
}
