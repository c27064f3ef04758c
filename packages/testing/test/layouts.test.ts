import { isContiguous, toContiguous, toMask, zeros } from "@ddl/core";
import { layouts } from "@ddl/testing";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const filled = (shape: number[]) => {
  const array = zeros(Float32Array, shape);
  for (let i = 0; i < array.data.length; i++) array.data[i] = (i * 7) % 11;
  return array;
};
const shapes = [[], [5], [2, 3], [2, 3, 4], [2, 3, 1, 4], [0], [0, 3], [2, 0, 3], [2, 3, 0]];

describe.each(shapes.map((shape) => ({ shape })))("layouts of shape $shape", ({ shape }) => {
  const array = filled(shape);

  test("have the same shape, storage and values", () => {
    for (const [name, other] of layouts(array)) {
      expect(other.shape, name).toEqual(shape);
      expect(other.data, name).toBeInstanceOf(Float32Array);
      expect(toContiguous(other, Float64Array).data, name).toEqual(Float64Array.from(array.data));
      expect(toMask(other).data, name).toEqual(Uint8Array.from(array.data, (value) => Math.min(1, value)));
    }
  });
});

test("layouts differ in memory as they say", () => {
  const [plain, fortran, backwards, gapped] = layouts(filled([2, 3, 4])).map(([, array]) => array);
  expect(plain).toMatchObject({ stride: [12, 4, 1], offset: 0 });
  expect(fortran).toMatchObject({ stride: [1, 2, 6], offset: 0 });
  expect(backwards).toMatchObject({ stride: [-12, -4, -1], offset: 23 });
  expect(gapped).toMatchObject({ stride: [24, 8, 2], offset: 5 });
  expect([plain, fortran, backwards, gapped].map((array) => isContiguous(array!))).toEqual([true, false, false, false]);
});

test("layouts read their argument in its own layout and share nothing with it", () => {
  const array = ndarray(Int16Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0);
  for (const [, other] of layouts(array)) {
    expect([other.get(2, 0), other.get(0, 1)]).toEqual([3, 4]);
    other.set(0, 0, 99);
  }
  expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("every layout of any array equals it", () => {
  const shape = fc.array(fc.nat(4), { maxLength: 4 });
  fc.assert(
    fc.property(shape, (lengths) => {
      for (const [, other] of layouts(filled(lengths))) expect(other).toEqualArray(filled(lengths));
    }),
  );
});
