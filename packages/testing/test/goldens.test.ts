import type { GoldenArray } from "@ddl/testing";
import { goldenArray } from "@ddl/testing";
import { describe, expect, test } from "vitest";

describe("goldenArray", () => {
  test.each([
    ["bool", [0, 1], Uint8Array],
    ["uint8", [0, 255], Uint8Array],
    ["int8", [-128, 127], Int8Array],
    ["uint16", [0, 65535], Uint16Array],
    ["int16", [-32768, 32767], Int16Array],
    ["int32", [-(2 ** 31), 2 ** 31 - 1], Int32Array],
    ["int64", [-(2 ** 31), 2 ** 31 - 1], Int32Array],
    ["float32", [-0.1, 1e30], Float32Array],
    ["float64", [-0.1, 1e300], Float64Array],
  ])("reads %s", (dtype, data, Storage) => {
    const array = goldenArray({ dtype, shape: [2], data });
    expect(array.data).toBeInstanceOf(Storage);
    expect(array.data).toEqual(Storage.from(data));
  });

  test("has the values in C order, in a shape of its own", () => {
    const golden = { dtype: "int16", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
    const array = goldenArray(golden);
    expect([array.get(0, 2), array.get(1, 0)]).toEqual([3, 4]);
    array.shape[0] = 1;
    array.set(0, 0, 9);
    expect(golden).toEqual({ dtype: "int16", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] });
  });

  test("reads scalars, empty arrays, and what JSON cannot hold", () => {
    expect(goldenArray({ dtype: "float64", shape: [], data: [2.5] }).get()).toBe(2.5);
    expect(goldenArray({ dtype: "float32", shape: [0, 3], data: [] }).shape).toEqual([0, 3]);
    const special = goldenArray({ dtype: "float32", shape: [3], data: ["nan", "inf", "-inf"] });
    expect([...special.data]).toEqual([Number.NaN, Infinity, -Infinity]);
  });

  const yes = true as unknown as number;
  test.each<[GoldenArray, string]>([
    [{ dtype: "complex64", shape: [1], data: [1] }, "unknown dtype complex64"],
    [{ dtype: "uint8", shape: [2, 3], data: [1, 2, 3, 4, 5] }, "5 values for shape [2, 3]"],
    [{ dtype: "float32", shape: [2], data: [1, "NaN"] }, "NaN at flat index 1 is no float32"],
    [{ dtype: "int32", shape: [1], data: ["nan"] }, "nan at flat index 0 is no int32"],
    [{ dtype: "int64", shape: [2], data: [1, 2 ** 31] }, "2147483648 at flat index 1 is no int64"],
    [{ dtype: "uint8", shape: [1], data: [-1] }, "-1 at flat index 0 is no uint8"],
    [{ dtype: "uint16", shape: [1], data: [0.5] }, "0.5 at flat index 0 is no uint16"],
    [{ dtype: "bool", shape: [2], data: [1, 2] }, "2 at flat index 1 is no bool"],
    [{ dtype: "bool", shape: [1], data: [yes] }, "true at flat index 0 is no bool"],
  ])("refuses %o", (golden, message) => {
    expect(() => goldenArray(golden)).toThrow(new Error(`goldenArray: ${message}`));
  });
});
