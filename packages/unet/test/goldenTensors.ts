import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** How the scripts under `goldens` store a tensor. */
export interface Entry {
  shape: number[];
  values: number[];
}

export const tensorOf = ({ values, shape }: Entry): Tensor => tf.tensor(values, shape, "float32");

/** Compares within `tolerance` of 1 or the largest value: sums of float32 differ by the order of their terms. */
export async function expectClose(words: string, got: Tensor, expected: Entry, tolerance: number): Promise<void> {
  expect(got.shape, words).toEqual(expected.shape);
  const values = await got.data();
  const largest = expected.values.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(values[i]! - expected.values[i]!);
    // Written so that a NaN fails.
    expect(error <= tolerance * largest, `${words}, element ${i}: ${values[i]} for ${expected.values[i]}`).toBe(true);
  }
}
