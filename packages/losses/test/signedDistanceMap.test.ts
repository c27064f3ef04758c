import { signedDistanceMap, signedDistanceMaps } from "@ddl/losses";
import { layouts, mask, volumeMask } from "@ddl/testing";
import fc from "fast-check";
import ndarray from "ndarray";
import { expect, test } from "vitest";
import golden from "./goldens/boundary.json" with { type: "json" };

const nested = (array: { data: ArrayLike<number> }): number[] => [...(array.data as Float32Array)];

test("is 1, 0, −1, 0, 1 for three pixels in a line, and lies between the pixels with half an offset", () => {
  const line = { data: [0, 1, 1, 1, 0], shape: [5] };
  expect(nested(signedDistanceMap(line))).toEqual([1, 0, -1, 0, 1]);
  expect(nested(signedDistanceMap(line, { innerOffset: "published" }))).toEqual([1, 0, -1, 0, 1]);
  expect(nested(signedDistanceMap(line, { innerOffset: "half" }))).toEqual([0.5, -0.5, -1.5, -0.5, 0.5]);
});

test("takes the voxel off, or 1 as published, where the spacing is not 1", () => {
  const line = { data: [0, 0, 1, 1, 1, 0], shape: [6] };
  expect(nested(signedDistanceMap(line, { spacing: [2] }))).toEqual([4, 2, 0, -2, 0, 2]);
  expect(nested(signedDistanceMap(line, { spacing: [2], innerOffset: "published" }))).toEqual([4, 2, -1, -3, -1, 2]);
});

test.each(golden.maps)("agrees with scipy at $spacing, $innerOffset", ({ shape, spacing, innerOffset, ...one }) => {
  const map = signedDistanceMap({ data: one.mask, shape }, { spacing, innerOffset: innerOffset as "half" });
  expect(map).toBeCloseToArray(ndarray(Float64Array.from(one.values), shape), { absolute: 1e-6 });
});

test("is 0 for an empty and for a full mask", () => {
  expect(signedDistanceMap(mask("...", "..."))).toEqualArray(ndarray(new Float32Array(6), [2, 3]));
  expect(signedDistanceMap(mask("###", "###"))).toEqualArray(ndarray(new Float32Array(6), [2, 3]));
});

test.each(layouts(volumeMask(["..#.", "####", "...."], ["....", ".##.", ".#.."])))(
  "does not depend on %s",
  (_, array) => {
    const before = [...array.data];
    expect(signedDistanceMap(array, { spacing: [3, 1, 2] })).toEqualArray(
      signedDistanceMap(volumeMask(["..#.", "####", "...."], ["....", ".##.", ".#.."]), { spacing: [3, 1, 2] }),
    );
    expect([...array.data]).toEqual(before);
  },
);

test("with half an offset the complement's map is the negative", () => {
  const bits = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(bits, (inside) => {
      const map = (flip: boolean) =>
        signedDistanceMap(
          { data: inside.map((bit) => (bit !== flip ? 1 : 0)), shape: [3, 5] },
          { innerOffset: "half", spacing: [1.5, 0.75] },
        ).data;
      const negative = map(true);
      expect([...map(false)]).toEqual([...negative].map((value) => 0 - value));
    }),
  );
});

test("maps of a batch are those of its samples and classes", () => {
  const masks = ndarray(
    Uint8Array.from({ length: 2 * 3 * 4 * 2 }, (_, i) => ((i * 7) % 5 < 2 ? 3 : 0)),
    [2, 3, 4, 2],
  );
  const maps = signedDistanceMaps(masks, { spacing: [2, 0.5] });
  expect(maps.shape).toEqual([2, 3, 4, 2]);
  for (const sample of [0, 1]) {
    for (const channel of [0, 1]) {
      const one = signedDistanceMap(masks.pick(sample, null, null, channel), { spacing: [2, 0.5] });
      expect(maps.pick(sample, null, null, channel)).toEqualArray(one);
    }
  }
});

test("bad input is named", () => {
  expect(() => signedDistanceMap(3 as never)).toThrow(
    "signedDistanceMap: mask must be an ndarray or { data, shape }; received 3.",
  );
  expect(() => signedDistanceMap({ data: [1, 0, 1], shape: [2, 2] })).toThrow(
    "signedDistanceMap: mask must have a shape of 3 elements, as many as data; received [2, 2].",
  );
  expect(() => signedDistanceMap({ data: [], shape: [0, 2] })).toThrow(
    "signedDistanceMap: mask must have at least one element; received [0, 2].",
  );
  expect(() => signedDistanceMaps(mask("#."))).toThrow(
    "signedDistanceMaps: mask must have 3 or 4 or 5 axes; received [1, 2].",
  );
  expect(() => signedDistanceMap(mask("#."), { spacing: [1] })).toThrow(
    "signedDistanceMap: spacing must have 2 entries, one an axis; received [1].",
  );
  expect(() => signedDistanceMap(mask("#."), { innerOffset: "one" as "half" })).toThrow(
    'signedDistanceMap: innerOffset must be one of "published", "voxel", "half"; received "one".',
  );
  expect(() => signedDistanceMap(mask("##"), { innerOffset: "published" })).toThrow(
    'signedDistanceMap: mask must have a pixel outside the object for innerOffset "published"; received an array of shape [1, 2].',
  );
});
