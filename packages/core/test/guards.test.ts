import {
  expectBoolean,
  expectFiniteValues,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectRank,
  expectShape,
  expectSpacing,
  expectString,
  isDdlError,
} from "@ddl/core";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** The code and the whole message of what a call throws. */
function refusal(call: () => unknown): [code: string, message: string] | "accepted" {
  try {
    call();
  } catch (error) {
    if (isDdlError(error)) return [error.code, error.message];
    throw error;
  }
  return "accepted";
}
const grid = ndarray(new Float32Array(15), [3, 5]);
const noArray = { shape: [3, 5] } as unknown as NdArray<Float32Array>;

describe("expectOptions", () => {
  type Options = { order?: number; mode?: string };
  const check = (options: unknown, known: ("order" | "mode")[] = ["order", "mode"]): Options =>
    expectOptions("resize", options as Options, known);

  test("returns the object itself", () => {
    const options = { mode: "reflect" };
    expect(check(options)).toBe(options);
    expect(check({})).toEqual({});
  });

  test.each([
    [{ order: 1, moed: "x" }, 'resize: options must have only the keys order, mode; received "moed".'],
    [null, "resize: options must be an object; received null."],
    [3, "resize: options must be an object; received 3."],
    [[1], "resize: options must be an object; received [1]."],
  ])("refuses %o", (options, message) => {
    expect(refusal(() => check(options))).toEqual(["argument", message]);
  });

  test("takes no key where there are no options", () => {
    expect(check({}, [])).toEqual({});
    expect(refusal(() => check({ order: 1 }, []))).toEqual([
      "argument",
      'resize: options must have no keys; received "order".',
    ]);
  });
});

describe("expectRank", () => {
  test("accepts one rank or several", () => {
    expectRank("otsu", "image", grid, 2);
    expectRank("otsu", "image", grid, [3, 2]);
    expectRank("otsu", "image", ndarray(new Float32Array(1), []), 0);
  });

  test.each([
    [grid, 3, "shape", "otsu: image must have 3 dimensions; received [3, 5]."],
    [grid, 1, "shape", "otsu: image must have 1 dimension; received [3, 5]."],
    [grid, [3, 4], "shape", "otsu: image must have 3 or 4 dimensions; received [3, 5]."],
    [noArray, 2, "argument", "otsu: image must be an ndarray; received an array of shape [3, 5]."],
    [null as unknown as typeof grid, 2, "argument", "otsu: image must be an ndarray; received null."],
  ])("refuses case %#", (array, rank, code, message) => {
    expect(refusal(() => expectRank("otsu", "image", array, rank))).toEqual([code, message]);
  });
});

describe("expectShape", () => {
  test("accepts the shape, and any length for -1", () => {
    expectShape("dice", "mask", grid, [3, 5]);
    expectShape("dice", "mask", grid, [-1, 5], "rows, columns");
  });

  test.each([
    [grid, [5, 3], undefined, "shape", "dice: mask must have shape [5, 3]; received [3, 5]."],
    [grid, [3], undefined, "shape", "dice: mask must have shape [3]; received [3, 5]."],
    [grid, [3, 5, 1], undefined, "shape", "dice: mask must have shape [3, 5, 1]; received [3, 5]."],
    [grid, [-1, 4], "rows, columns", "shape", "dice: mask must have shape [any, 4] (rows, columns); received [3, 5]."],
    [noArray, [3, 5], undefined, "argument", "dice: mask must be an ndarray; received an array of shape [3, 5]."],
  ])("refuses case %#", (array, shape, axes, code, message) => {
    expect(refusal(() => expectShape("dice", "mask", array, shape, axes))).toEqual([code, message]);
  });
});

describe("expectNumber", () => {
  test.each([
    [0, { min: 0 }],
    [4, { max: 4, integer: true }],
    [Number.MIN_VALUE, { above: 0 }],
    [0.999, { below: 1 }],
    [-7.5, {}],
    [2 ** 53 - 1, { integer: true }],
  ])("returns %d within %o", (value, bounds) => {
    expect(expectNumber("f", "x", value, bounds)).toBe(value);
  });

  test.each<[unknown, Parameters<typeof expectNumber>[3], string]>([
    [-1, { min: 0 }, "f: x must be a finite number ≥ 0; received -1."],
    [4.5, { max: 4 }, "f: x must be a finite number ≤ 4; received 4.5."],
    [0, { above: 0 }, "f: x must be a finite number > 0; received 0."],
    [1, { min: 0, below: 1 }, "f: x must be a finite number ≥ 0 and < 1; received 1."],
    [2.5, { integer: true, above: 0, max: 9 }, "f: x must be an integer > 0 and ≤ 9; received 2.5."],
    [2 ** 53, { integer: true }, "f: x must be an integer; received 9007199254740992."],
    [Number.NaN, undefined, "f: x must be a finite number; received NaN."],
    [Number.POSITIVE_INFINITY, { min: 0 }, "f: x must be a finite number ≥ 0; received Infinity."],
    ["3", {}, 'f: x must be a finite number; received "3".'],
    [undefined, {}, "f: x must be a finite number; received undefined."],
  ])("refuses %o within %o", (value, bounds, message) => {
    expect(refusal(() => expectNumber("f", "x", value, bounds))).toEqual(["range", message]);
  });
});

describe("expectOneOf, expectBoolean, expectString", () => {
  test("return what they accept", () => {
    expect(expectOneOf("f", "mode", "reflect", ["reflect", "nearest"])).toBe("reflect");
    expect(expectOneOf("f", "order", 0, [0, 1])).toBe(0);
    expect(expectBoolean("f", "clip", false)).toBe(false);
    expect(expectString("f", "name", " ")).toBe(" ");
  });

  test.each([
    [
      () => expectOneOf("f", "mode", "Reflect", ["reflect", "wrap"]),
      'mode must be one of "reflect", "wrap"; received "Reflect"',
    ],
    [() => expectOneOf("f", "order", "1", [0, 1]), 'order must be one of 0, 1; received "1"'],
    [() => expectBoolean("f", "clip", 1), "clip must be true or false; received 1"],
    [() => expectBoolean("f", "clip", undefined), "clip must be true or false; received undefined"],
    [() => expectString("f", "name", ""), 'name must be a non-empty string; received ""'],
    [() => expectString("f", "name", 7), "name must be a non-empty string; received 7"],
  ])("refuse case %#", (call, message) => {
    expect(refusal(call)).toEqual(["argument", `f: ${message}.`]);
  });
});

describe("expectSpacing", () => {
  const check = (spacing: unknown, rank: number): readonly number[] => expectSpacing("edt", spacing as number[], rank);

  test("returns the spacing, or 1 along every axis", () => {
    expect(check([0.5, 2, 3], 3)).toEqual([0.5, 2, 3]);
    expect(check(undefined, 2)).toEqual([1, 1]);
  });

  test.each<[unknown, number, string, string]>([
    [2, 3, "shape", "edt: spacing must have 3 entries, one an axis; received 2."],
    [[1, 2], 1, "shape", "edt: spacing must have 1 entry, one an axis; received [1, 2]."],
    [[1, 0], 2, "range", "edt: spacing must be a finite number > 0; received 0."],
    [[1, "2"], 2, "range", 'edt: spacing must be a finite number > 0; received "2".'],
  ])("refuses %o for rank %d", (spacing, rank, code, message) => {
    expect(refusal(() => check(spacing, rank))).toEqual([code, message]);
  });
});

describe("expectFiniteValues", () => {
  const message = (value: string, at: string): [string, string] => [
    "range",
    `f: x must contain only finite numbers; received ${value}. The first other value is at index [${at}].`,
  ];

  test("accepts finite arrays of any rank, empty ones too", () => {
    for (const shape of [[], [6], [2, 3], [2, 0, 3]]) {
      const array = ndarray(new Float64Array(shape.reduce((a, b) => a * b, 1)), shape);
      expect(refusal(() => expectFiniteValues("f", "x", array))).toBe("accepted");
    }
  });

  test("names the first value in C order, whatever the order in memory", () => {
    const array = ndarray(Float32Array.of(0, 1, Infinity, 3, NaN, 5), [2, 3], [1, 2]);
    expect(refusal(() => expectFiniteValues("f", "x", array))).toEqual(message("Infinity", "0, 1"));
    expect(refusal(() => expectFiniteValues("f", "x", array.step(-1, 1)))).toEqual(message("Infinity", "1, 1"));
    expect(refusal(() => expectFiniteValues("f", "x", ndarray([-Infinity], [])))).toEqual(message("-Infinity", ""));
  });

  test("finds one bad value anywhere, and none outside of the window", () => {
    const place = fc.tuple(fc.nat(3), fc.nat(1), fc.nat(2));
    fc.assert(
      fc.property(place, (at) => {
        const whole = ndarray(new Float32Array(5 * 3 * 4).fill(Number.NaN), [5, 3, 4]);
        const array = whole.lo(1, 1, 1);
        for (let p = 0; p < 4; p++) for (let r = 0; r < 2; r++) for (let c = 0; c < 3; c++) array.set(p, r, c, p - r);
        expectFiniteValues("f", "x", array);
        array.set(...at, Number.NaN);
        expect(refusal(() => expectFiniteValues("f", "x", array))).toEqual(message("NaN", at.join(", ")));
      }),
    );
  });
});
