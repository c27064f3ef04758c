import {
  ArgumentError,
  BackendError,
  DataError,
  DdlError,
  DtypeError,
  describe as describeValue,
  isDdlError,
  RangeArgumentError,
  ShapeError,
  StateError,
} from "@ddl/core";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test, vi } from "vitest";

const parts = { functionName: "chanVese", argument: "dt", expected: "be a finite number > 0", received: -0.5 };

describe("errors", () => {
  test.each([
    [new ArgumentError(parts), "argument", "ArgumentError"],
    [new ShapeError(parts), "shape", "ShapeError"],
    [new DtypeError(parts), "dtype", "DtypeError"],
    [new RangeArgumentError(parts), "range", "RangeArgumentError"],
    [new DataError("openLgg", "a/b.tif", "is truncated."), "data", "DataError"],
    [new BackendError("wasm is missing"), "backend", "BackendError"],
    [new StateError("disposed"), "state", "StateError"],
    [new DdlError("out-of-memory", "too large"), "out-of-memory", "DdlError"],
  ])("%s has its code and its name", (error, code, name) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code, name });
    expect(isDdlError(error)).toBe(true);
  });

  test("say which function wanted what of which argument, and keep the parts", () => {
    const error = new RangeArgumentError(parts);
    expect(error.message).toBe("chanVese: dt must be a finite number > 0; received -0.5.");
    expect(error).toMatchObject({ argument: "dt", expected: "be a finite number > 0", received: "-0.5" });
  });

  test("end in the advice, if there is one", () => {
    const error = new ShapeError({ ...parts, advice: "Did you mean 0.5?" });
    expect(error.message).toBe("chanVese: dt must be a finite number > 0; received -0.5. Did you mean 0.5?");
  });

  test("of data name the file, and keep the cause", () => {
    const cause = new Error("unexpected end of file");
    const error = new DataError("openLgg", "p/p_3_mask.tif", "is no TIFF.", { cause, expected: "a TIFF" });
    expect(error.message).toBe("openLgg: p/p_3_mask.tif is no TIFF.");
    expect(error).toMatchObject({ file: "p/p_3_mask.tif", argument: "p/p_3_mask.tif", expected: "a TIFF" });
    expect(error.cause).toBe(cause);
    expect(error.received).toBeUndefined();
  });

  test("have a cause only if they were given one", () => {
    expect(new BackendError("lost", { cause: "context" }).cause).toBe("context");
    expect(new StateError("running", { cause: null }).cause).toBeNull();
    expect("cause" in new StateError("running")).toBe(false);
  });
});

describe("isDdlError", () => {
  test("knows the errors of another copy of the class, which instanceof does not", async () => {
    vi.resetModules();
    const other = await import("@ddl/core");
    const error: unknown = new other.ShapeError(parts);
    expect(error).not.toBeInstanceOf(DdlError);
    expect(isDdlError(error)).toBe(true);
    expect(other.isDdlError(new ShapeError(parts))).toBe(true);
  });

  test("is false for everything else", () => {
    const copied = Object.assign(new Error("chanVese"), { ...new ShapeError(parts) });
    const values = [new Error("x"), copied, { [Symbol.for("@ddl/error")]: true }, "shape", null, undefined];
    for (const value of values) expect(isDdlError(value)).toBe(false);
  });

  test("marks errors out of sight: the mark is not listed", () => {
    expect(Object.keys(new ShapeError(parts)).sort()).toEqual(["argument", "code", "expected", "name", "received"]);
    expect(Object.getOwnPropertySymbols({ ...new ShapeError(parts) })).toEqual([]);
  });
});

describe("describe", () => {
  test.each<[unknown, string]>([
    ['a "b"', '"a \\"b\\""'],
    ["", '""'],
    [3.5, "3.5"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [12n, "12"],
    [Symbol("s"), "Symbol(s)"],
    [undefined, "undefined"],
    [null, "null"],
    [false, "false"],
    [() => 1, "a function"],
    [class A {}, "a function"],
    [[], "[]"],
    [[2, [3, "x"], null], '[2, [3, "x"], null]'],
    [[[[1]]], "[[[1]]]"],
    [[[[[1]]]], "[[[[…]]]]"],
    [new Float32Array(12), "Float32Array(12)"],
    [new DataView(new ArrayBuffer(5)), "DataView(5)"],
    [ndarray(new Uint8Array(6), [2, 3]), "an array of shape [2, 3]"],
    [{ rows: 2, columns: 3 }, "{ rows, columns }"],
    [{ shape: 7 }, "{ shape }"],
    [{}, "{}"],
    [Object.create(null), "{}"],
  ])("%o: %s", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  test("shows 80 characters whole and cuts after 79 what is longer", () => {
    expect(describeValue("x".repeat(78))).toBe(`"${"x".repeat(78)}"`);
    expect(describeValue("x".repeat(79))).toBe(`"${"x".repeat(78)}…`);
    const numbers = Array.from({ length: 1e5 }, (_, i) => i % 10);
    expect(describeValue(numbers)).toBe(`[${numbers.join(", ").slice(0, 78)}…`);
  });

  test("ends for an array that holds itself", () => {
    const circle: unknown[] = [1];
    circle.push(circle);
    expect(describeValue(circle)).toBe("[1, [1, [1, […]]]]");
  });

  test("gives at most 80 characters for anything", () => {
    fc.assert(fc.property(fc.anything(), (value) => describeValue(value).length <= 80));
  });

  test("shortens what an error received", () => {
    const error = new ArgumentError({ ...parts, received: "y".repeat(200) });
    expect(error.received).toBe(`"${"y".repeat(78)}…`);
    expect(error.message).toBe(`chanVese: dt must be a finite number > 0; received "${"y".repeat(78)}….`);
  });
});
