import type { AnyArray } from "@ddl/core";
import { isNdarray, toContiguous } from "@ddl/core";
import type { NdArray } from "ndarray";
import { expect } from "vitest";

/** Tolerances of `toBeCloseToArray`: |a − b| ≤ absolute + relative · |b|, element by element. */
export interface Closeness {
  absolute?: number;
  relative?: number;
}

interface ArrayMatchers<R = unknown> {
  /** Same shape and the same values, NaN equal to NaN; storage type and memory layout do not matter. */
  toEqualArray(expected: NdArray<AnyArray>): R;
  /** Same shape and values within a tolerance. */
  toBeCloseToArray(expected: NdArray<AnyArray>, closeness: Closeness): R;
}

declare module "vitest" {
  interface Assertion<T> extends ArrayMatchers<T> {}
  interface AsymmetricMatchersContaining extends ArrayMatchers {}
}

function compare(actual: unknown, expected: NdArray<AnyArray>, { absolute = 0, relative = 0 }: Closeness) {
  if (!isNdarray(actual)) return { pass: false, message: () => "expected an ndarray" };
  if (actual.shape.join() !== expected.shape.join()) {
    return {
      pass: false,
      message: () => `expected shape [${expected.shape.join(", ")}], received [${actual.shape.join(", ")}]`,
    };
  }
  const a = toContiguous(actual, Float64Array).data;
  const b = toContiguous(expected, Float64Array).data;
  let wrong = 0;
  let first = -1;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) continue;
    const error = Math.abs(a[i]! - b[i]!);
    // Against an infinite value every relative tolerance is infinite, and means nothing.
    if (Number.isFinite(error) && error <= absolute + relative * Math.abs(b[i]!)) continue;
    wrong++;
    if (first < 0) first = i;
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  const message = () =>
    wrong === 0
      ? "expected the arrays to differ"
      : `${wrong} of ${a.length} values differ by up to ${worst}; the first at flat index ${first}: ${a[first]} for ${b[first]}`;
  return { pass: wrong === 0, message };
}

expect.extend({
  toEqualArray: (actual: unknown, expected: NdArray<AnyArray>) => compare(actual, expected, {}),
  toBeCloseToArray: (actual: unknown, expected: NdArray<AnyArray>, closeness: Closeness) =>
    compare(actual, expected, closeness),
});
