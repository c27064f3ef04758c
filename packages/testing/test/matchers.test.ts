import { layouts } from "@ddl/testing";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const array = ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const of = (...values: number[]) => ndarray(Float64Array.from(values), [values.length]);

/** The message of an assertion that must fail. */
function failure(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the assertion passed");
}

describe("toEqualArray", () => {
  test("passes for the same values in any layout and storage", () => {
    for (const [, other] of layouts(array)) expect(other).toEqualArray(array);
    expect(ndarray([1, 2, 3, 4, 5, 6], [2, 3])).toEqualArray(array);
    expect(ndarray(Uint8Array.of(1, 4, 2, 5, 3, 6), [3, 2]).transpose(1, 0)).toEqualArray(array);
  });

  test("takes NaN for NaN, infinities by sign, and both zeros for one", () => {
    expect(of(Number.NaN, Infinity, -Infinity, -0)).toEqualArray(of(Number.NaN, Infinity, -Infinity, 0));
    expect(of(Infinity)).not.toEqualArray(of(-Infinity));
    expect(of(Number.NaN)).not.toEqualArray(of(0));
  });

  test("counts the values that differ, names the first and the greatest difference", () => {
    const other = ndarray(Float64Array.of(1, 2, 3.5, 4, 5, 16), [2, 3]);
    expect(failure(() => expect(other).toEqualArray(array))).toBe(
      "2 of 6 values differ by up to 10; the first at flat index 2: 3.5 for 3",
    );
    expect(failure(() => expect(of(Number.NaN)).toEqualArray(of(0)))).toBe(
      "1 of 1 values differ by up to Infinity; the first at flat index 0: NaN for 0",
    );
  });

  test("names shapes that differ, also with the same values", () => {
    const flat = ndarray(array.data, [6]);
    expect(failure(() => expect(flat).toEqualArray(array))).toBe("expected shape [2, 3], received [6]");
    expect(failure(() => expect(array.transpose(1, 0)).toEqualArray(array))).toBe(
      "expected shape [2, 3], received [3, 2]",
    );
    expect(ndarray([], [0, 3])).not.toEqualArray(ndarray([], [3, 0]));
  });

  test("fails for what is no ndarray", () => {
    expect(failure(() => expect([1, 2]).toEqualArray(of(1, 2)))).toBe("expected an ndarray");
  });

  test("fails with not for equal arrays", () => {
    expect(failure(() => expect(array).not.toEqualArray(array))).toBe("expected the arrays to differ");
  });
});

describe("toBeCloseToArray", () => {
  test("adds the absolute tolerance to the relative one of the expected value", () => {
    const closeness = { absolute: 0.5, relative: 0.25 }; // exact in float64
    expect(of(8 + 2.5, -8 - 2.5, 0.5)).toBeCloseToArray(of(8, -8, 0), closeness);
    expect(failure(() => expect(of(8, 10.75)).toBeCloseToArray(of(8, 8), closeness))).toBe(
      "1 of 2 values differ by up to 2.75; the first at flat index 1: 10.75 for 8",
    );
    expect(of(10.5)).not.toBeCloseToArray(of(8), { absolute: 0.5 });
    expect(of(10.5)).not.toBeCloseToArray(of(8), { relative: 0.25 });
  });

  test("without a tolerance is equality", () => {
    expect(of(1, 2)).toBeCloseToArray(of(1, 2), {});
    expect(of(1, 2 + 1e-15)).not.toBeCloseToArray(of(1, 2), {});
  });

  test("takes an infinity for itself only, however wide the tolerance", () => {
    const wide = { absolute: 1e9, relative: 1 };
    expect(of(Infinity, -Infinity, Number.NaN)).toBeCloseToArray(of(Infinity, -Infinity, Number.NaN), wide);
    for (const value of [3, -Infinity, Number.NaN]) expect(of(value)).not.toBeCloseToArray(of(Infinity), wide);
    for (const value of [Infinity, Number.NaN]) expect(of(value)).not.toBeCloseToArray(of(3), wide);
  });

  test("names shapes that differ, and what is no ndarray", () => {
    expect(failure(() => expect(of(1)).toBeCloseToArray(of(1, 1), { absolute: 9 }))).toBe(
      "expected shape [2], received [1]",
    );
    expect(failure(() => expect(1).toBeCloseToArray(of(1), { absolute: 9 }))).toBe("expected an ndarray");
  });
});
