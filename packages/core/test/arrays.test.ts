import type { AnyArray, NumericArray } from "@ddl/core";
import { elementCount, isContiguous, isNdarray, toContiguous, toMask, zeros } from "@ddl/core";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** The values in C order, read one by one through the ndarray's own `get`. */
function read(array: NdArray<AnyArray>): number[] {
  const values: number[] = [];
  const walk = (index: number[]): void => {
    if (index.length === array.shape.length) values.push(array.get(...index) as number);
    else for (let i = 0; i < array.shape[index.length]!; i++) walk([...index, i]);
  };
  walk([]);
  return values;
}

/** Arrays of rank 0 to 4 with any order of the axes in memory, any direction, gaps, an offset, and axes of length 0 and 1. */
const anyLayout: fc.Arbitrary<NdArray<Float64Array>> = fc
  .array(
    fc.record({ length: fc.nat(4), place: fc.nat(), gap: fc.integer({ min: 1, max: 3 }), backwards: fc.boolean() }),
    {
      maxLength: 4,
    },
  )
  .chain((axes) => fc.record({ axes: fc.constant(axes), start: fc.nat(5) }))
  .map(({ axes, start }) => {
    const stride = new Array<number>(axes.length).fill(0);
    let size = 1;
    let offset = start;
    const inMemory = axes.map((_, k) => k).sort((a, b) => axes[a]!.place - axes[b]!.place);
    for (const k of inMemory) {
      const { length, gap, backwards } = axes[k]!;
      stride[k] = size * gap * (backwards ? -1 : 1);
      if (backwards) offset += Math.max(0, length - 1) * size * gap;
      size *= Math.max(1, length) * gap;
    }
    const data = Float64Array.from({ length: size + start + 2 }, (_, i) => i - 3.5);
    return ndarray(
      data,
      axes.map(({ length }) => length),
      stride,
      offset,
    );
  });

describe("toContiguous", () => {
  const rank3 = ndarray(
    Float64Array.from({ length: 24 }, (_, i) => i * i),
    [2, 3, 4],
  );

  test.each<[string, NdArray<AnyArray>, number[]]>([
    ["rank 0 with an offset", ndarray(Float32Array.of(7, 8, 9), [], [], 2), [9]],
    ["rank 1 backwards", ndarray(Int16Array.of(1, 2, 3), [3]).step(-1), [3, 2, 1]],
    ["a plain array of rank 1", ndarray([1.5, -2, 3], [3]), [1.5, -2, 3]],
    ["rank 2 transposed", ndarray(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0), [1, 4, 2, 5, 3, 6]],
    ["rank 3 with every axis moved", rank3.transpose(1, 2, 0).hi(2, 2, 2), [0, 144, 1, 169, 16, 256, 25, 289]],
    ["rank 3, every second column", rank3.pick(1, null, null).step(1, 2), [144, 196, 256, 324, 400, 484]],
    ["an axis of length 1 with a stride of its own", ndarray(Int8Array.of(1, 2, 3), [1, 3], [99, 1]), [1, 2, 3]],
    ["no rows", zeros(Float32Array, [0, 3]), []],
    ["no columns, transposed", zeros(Float32Array, [3, 2, 0]).transpose(2, 0, 1), []],
  ])("copies %s", (_, array, values) => {
    const copy = toContiguous(array, Float32Array);
    expect([...copy.data]).toEqual(values);
    expect(copy.shape).toEqual(array.shape);
    expect(copy.offset).toBe(0);
  });

  test("copies any layout of any rank, and leaves it alone", () => {
    fc.assert(
      fc.property(anyLayout, (array) => {
        const before = array.data.slice();
        const copy = toContiguous(array, Float64Array);
        expect([...copy.data]).toEqual(read(array));
        expect(copy.shape).toEqual(array.shape);
        // All ndarrays of rank 0 have one shape in common.
        if (array.dimension > 0) expect(copy.shape).not.toBe(array.shape);
        expect(isContiguous(copy)).toBe(true);
        expect(array.data).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  test("never shares storage, also where nothing had to move", () => {
    const array = ndarray(Float32Array.of(1, 2, 3), [3]);
    toContiguous(array, Float32Array).set(0, 9);
    expect([...array.data]).toEqual([1, 2, 3]);
  });

  test("converts as an assignment does", () => {
    const array = ndarray([300, -1.7, 2.5], [3]);
    const all: NumericArray[] = [
      toContiguous(array, Uint8Array).data,
      toContiguous(array, Uint8ClampedArray).data,
      toContiguous(array, Int16Array).data,
    ];
    expect(all).toEqual([Uint8Array.of(44, 255, 2), Uint8ClampedArray.of(255, 0, 2), Int16Array.of(300, -1, 2)]);
  });
});

describe("toMask", () => {
  test("has everything but zero inside", () => {
    const array = ndarray([0, -0, 1, -3, 0.1, 256, Number.NaN, 1e-300], [2, 4]);
    expect(toMask(array).data).toEqual(Uint8Array.of(0, 0, 1, 1, 1, 1, 1, 1));
  });

  test("agrees with reading one by one, in any layout", () => {
    fc.assert(
      fc.property(anyLayout, fc.integer({ min: 1, max: 5 }), (array, period) => {
        for (let i = 0; i < array.data.length; i++) array.data[i] = i % period;
        const mask = toMask(array);
        expect([...mask.data]).toEqual(read(array).map((value) => (value === 0 ? 0 : 1)));
        expect(mask.shape).toEqual(array.shape);
      }),
    );
  });
});

describe("isContiguous", () => {
  const grid = zeros(Uint8Array, [2, 3, 4]);

  test.each<[string, NdArray<AnyArray>, boolean]>([
    ["a new array", grid, true],
    ["whole planes with an offset", grid.lo(1, 0, 0), true],
    ["rank 0", ndarray(Uint8Array.of(1), []), true],
    ["an axis of length 1 with a stride of its own", ndarray(new Uint8Array(3), [1, 3], [99, 1]), true],
    ["an empty array whatever its strides", ndarray(new Uint8Array(0), [2, 0, 3], [1, 2, 5]), true],
    ["swapped axes", grid.transpose(0, 2, 1), false],
    ["a window", grid.hi(2, 3, 3), false],
    ["a step", grid.step(1, 1, 2), false],
    ["backwards", ndarray(new Uint8Array(3), [3]).step(-1), false],
  ])("of %s", (_, array, expected) => {
    expect(isContiguous(array)).toBe(expected);
  });

  test("is right where it says yes: the storage from the offset on is the values", () => {
    fc.assert(
      fc.property(anyLayout, (array) => {
        fc.pre(isContiguous(array) && elementCount(array.shape) > 0);
        const count = elementCount(array.shape);
        expect([...array.data.slice(array.offset, array.offset + count)]).toEqual(read(array));
      }),
      { numRuns: 50 },
    );
  });
});

describe("zeros, elementCount, isNdarray", () => {
  test("make and count what a shape says", () => {
    const shape = [2, 3, 5];
    const array = zeros(Int32Array, shape);
    expect(array.data).toEqual(new Int32Array(30));
    expect(array).toMatchObject({ shape: [2, 3, 5], stride: [15, 5, 1], offset: 0 });
    array.shape[0] = 1;
    expect(shape).toEqual([2, 3, 5]);
    expect([elementCount([]), elementCount([7]), elementCount([4, 0, 2])]).toEqual([1, 7, 0]);
  });

  test("know an ndarray by its parts, not by its class", () => {
    const { data, shape, stride, offset } = zeros(Uint8Array, [2, 3]);
    expect(isNdarray({ data, shape, stride, offset })).toBe(true);
    expect(isNdarray(ndarray([1], []))).toBe(true);
    const others = [
      null,
      undefined,
      3,
      [1],
      data,
      { shape, stride, offset },
      { data, shape, offset },
      { data, shape, stride },
    ];
    for (const value of [...others, { data: null, shape, stride, offset }]) expect(isNdarray(value)).toBe(false);
  });
});
