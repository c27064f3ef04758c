import { mask, maskText, volumeMask } from "@ddl/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a mask has rows of text as rows, and # alone inside", () => {
  const array = mask("##. ", "x.#0");
  expect(array.shape).toEqual([2, 4]);
  expect(array.data).toEqual(Uint8Array.of(1, 1, 0, 0, 0, 0, 1, 0));
  expect(array.get(1, 2)).toBe(1);
});

test("a volume has planes of rows of text", () => {
  const array = volumeMask(["#..", "..."], ["...", ".##"], ["...", "#.."], ["..#", "..."]);
  expect(array.shape).toEqual([4, 2, 3]);
  expect([array.get(0, 0, 0), array.get(1, 1, 2), array.get(2, 1, 0), array.get(3, 0, 2)]).toEqual([1, 1, 1, 1]);
  expect(array.data.reduce((sum, value) => sum + value, 0)).toBe(5);
});

test("masks may be empty", () => {
  expect(mask().shape).toEqual([0, 0]);
  expect(mask("", "").shape).toEqual([2, 0]);
  expect(volumeMask().shape).toEqual([0, 0, 0]);
  expect(volumeMask([], []).shape).toEqual([2, 0, 0]);
});

test("ragged drawings are refused by name", () => {
  expect(() => mask("##.", "#.")).toThrow("volumeMask: row 1 of plane 0 has not 3 columns");
  expect(() => volumeMask(["#"], ["#."])).toThrow("volumeMask: row 0 of plane 1 has not 1 columns");
  expect(() => volumeMask(["#", "."], ["#"])).toThrow("volumeMask: plane 1 has 1 rows, plane 0 has 2");
});

test("maskText draws what mask reads, in any layout", () => {
  expect(maskText(mask("##.", "..#").transpose(1, 0))).toEqual(["#.", "#.", ".#"]);
  const drawing = fc.tuple(fc.nat(5), fc.nat(5)).chain(([rows, columns]) =>
    fc.array(fc.string({ unit: fc.constantFrom("#", "."), minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
  fc.assert(
    fc.property(drawing, (rows) => {
      expect(maskText(mask(...rows))).toEqual(rows);
    }),
  );
});

test("maskText takes any value but 0 for inside", () => {
  const array = mask("...");
  array.set(0, 1, 255);
  expect(maskText(array)).toEqual([".#."]);
});
