import type { Tensor } from "@tensorflow/tfjs-core";
import { clipByValue, pow } from "@tensorflow/tfjs-core";

/** base^exponent with base at least 1e-7, below which the gradient is 0: powers below 1 have an infinite slope at 0. */
export function clampedPower(base: Tensor, exponent: number): Tensor {
  return pow(clipByValue(base, 1e-7, 1e30), exponent);
}
