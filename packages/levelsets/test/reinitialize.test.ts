import { reinitialize } from "@ddl/levelsets";
import { layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** A field of a function of the place in units of length. */
function field(shape: number[], spacing: number[], value: (...place: number[]) => number): NdArray<Float64Array> {
  const result = ndarray(new Float64Array(shape.reduce((a, b) => a * b, 1)), shape) as NdArray<Float64Array>;
  for (let i = 0; i < result.data.length; i++) {
    let rest = i;
    const place: number[] = [];
    for (let k = shape.length - 1; k >= 0; k--) {
      place.unshift((rest % shape[k]!) * spacing[k]!);
      rest = Math.floor(rest / shape[k]!);
    }
    result.data[i] = value(...place);
  }
  return result;
}

const largestDifference = (a: NdArray<Float64Array>, b: NdArray<Float64Array>): number =>
  a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i]!)), 0);

describe("reinitialize by sweeping", () => {
  const axes: [number[], number[], number, number][] = [
    [[7, 11], [1, 1], 0, 2.3],
    [[7, 11], [2, 0.5], 1, 1.1],
    [[5, 6, 9], [3, 2, 0.7], 2, 2.9],
    [[5, 6, 9], [3, 2, 0.7], 0, 4],
  ];
  test.each(axes)(
    "a plane across an axis is exact: shape %j, spacing %j, axis %i at %d",
    (shape, spacing, axis, at) => {
      const exact = field(shape, spacing, (...place) => place[axis]! - at);
      // The same front at every steepness, so that nothing is a distance yet.
      const steep = field(
        shape,
        spacing,
        (...place) => 7 * (place[axis]! - at) * (1 + 0.4 * (axis === 0 ? place[1]! : place[0]!)),
      );
      const result = reinitialize(steep, { spacing });
      expect(result.shape).toEqual(shape);
      expect(largestDifference(result, exact)).toBeLessThan(1e-12);
    },
  );

  test("a circle keeps its front within 0.05 pixels and its distances err by 0.7 pixels at most", () => {
    const exact = field([61, 47], [1, 1], (y, x) => 15.2 - Math.hypot(y - 29.6, x - 22.3));
    const warped = field([61, 47], [1, 1], (y, x) => {
      const d = 15.2 - Math.hypot(y - 29.6, x - 22.3);
      return d * (1 + 0.02 * y + 0.5 * Math.cos(x / 5) ** 2);
    });
    const result = reinitialize(warped);
    expect(largestDifference(result, exact)).toBeLessThan(0.7);
    let crossings = 0;
    for (let y = 0; y < 61; y++) {
      for (let x = 0; x < 46; x++) {
        const [a, b] = [warped.get(y, x), warped.get(y, x + 1)];
        if (a > 0 === b > 0) continue;
        crossings++;
        const [c, d] = [result.get(y, x), result.get(y, x + 1)];
        // Where the front runs along the row its crossing of the row says little of its place.
        if (Math.abs(y - 29.6) < 11) expect(Math.abs(a / (a - b) - c / (c - d))).toBeLessThan(0.05);
      }
    }
    expect(crossings).toBeGreaterThan(50);
  });

  test("a sphere with unequal spacing", () => {
    const spacing = [2, 1, 0.5];
    const exact = field([15, 27, 49], spacing, (z, y, x) => 8.1 - Math.hypot(z - 14, y - 13, x - 12));
    const steep = field([15, 27, 49], spacing, (z, y, x) => 8.1 ** 2 - (z - 14) ** 2 - (y - 13) ** 2 - (x - 12) ** 2);
    expect(largestDifference(reinitialize(steep, { spacing }), exact)).toBeLessThan(1.3);
  });

  test("a distance from a straight front is not changed by doing it again", () => {
    const once = reinitialize(field([12, 17], [1, 1], (y, x) => 0.6 * y + 0.8 * x - 9));
    const twice = reinitialize(once);
    const away = (i: number): boolean => Math.abs(once.data[i]!) > 1;
    const changes = [...once.data].map((value, i) => (away(i) ? Math.abs(twice.data[i]! - value) : 0));
    expect(Math.max(...changes)).toBeLessThan(0.1);
  });

  test.each([1e-300, 1, 1e300])("values of the order %d", (scale) => {
    const of = (factor: number): NdArray<Float64Array> =>
      field([6, 9], [1, 1], (y, x) => factor * (0.3 * y + 0.7 * x - 3.2));
    expect(largestDifference(reinitialize(of(scale)), reinitialize(of(1)))).toBeLessThan(1e-12);
  });

  test("keeps every pixel on its side, with zeros outside, and is a distance of at least its neighbours' less a step", () => {
    const fields = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 2, max: 7 })).chain(([rows, columns]) =>
      fc
        .array(fc.integer({ min: -3, max: 3 }), { minLength: rows * columns, maxLength: rows * columns })
        .filter((values) => values.some((v) => v > 0) && values.some((v) => v <= 0))
        .map((values) => ndarray(Float64Array.from(values), [rows, columns]) as NdArray<Float64Array>),
    );
    fc.assert(
      fc.property(fields, (phi) => {
        const before = phi.data.slice();
        const result = reinitialize(phi);
        expect(phi.data).toEqual(before);
        expect([...result.data].map((d) => d > 0)).toEqual([...phi.data].map((v) => v > 0));
        const [rows, columns] = phi.shape as [number, number];
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x + 1 < columns; x++) {
            const step = Math.abs(Math.abs(result.get(y, x)) - Math.abs(result.get(y, x + 1)));
            expect(step).toBeLessThanOrEqual(1 + 1e-9);
          }
        }
      }),
    );
  });

  test("takes arrays of any layout", () => {
    const phi = field([5, 7], [1, 1], (y, x) => 4.2 - y - 0.6 * x);
    for (const [, array] of layouts(phi)) {
      expect(reinitialize(array).data).toEqual(reinitialize(phi).data);
    }
  });
});

test("'edt' is the distance to the nearest pixel of the other side, less half the smallest spacing", () => {
  const spacing = [1.5, 0.8];
  const phi = field([5, 8], [1, 1], (y, x) => ((y * 7 + x * 5) % 11) - 5);
  const result = reinitialize(phi, { method: "edt", spacing });
  for (let i = 0; i < phi.data.length; i++) {
    const inside = phi.data[i]! > 0;
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < phi.data.length; j++) {
      if (phi.data[j]! > 0 === inside) continue;
      const rows = (Math.floor(i / 8) - Math.floor(j / 8)) * 1.5;
      nearest = Math.min(nearest, Math.hypot(rows, ((i % 8) - (j % 8)) * 0.8));
    }
    expect(result.data[i]).toBeCloseTo((inside ? 1 : -1) * (nearest - 0.4), 12);
  }
});

test.each([
  [
    () => reinitialize(field([4, 5], [1, 1], () => 1)),
    'reinitialize: phi must have values above 0 and others; received "all above 0".',
  ],
  [
    () => reinitialize(field([4, 5], [1, 1], () => 0)),
    'reinitialize: phi must have values above 0 and others; received "none above 0".',
  ],
  [
    () => reinitialize(field([0, 5], [1, 1], () => 1)),
    'reinitialize: phi must have values above 0 and others; received "none above 0".',
  ],
  [() => reinitialize(field([6], [1], (x) => x - 2)), "reinitialize: phi must have 2 or 3 dimensions; received [6]."],
  [
    () => reinitialize(field([2, 3], [1, 1], (y, x) => x - y / 0)),
    "reinitialize: phi must contain only finite numbers; received NaN. The first other value is at index [0, 0].",
  ],
  [
    () =>
      reinitialize(
        field([4, 5], [1, 1], (y) => y - 2),
        { spacing: [1, 0] },
      ),
    "reinitialize: spacing must be a finite number > 0; received 0.",
  ],
  [
    () =>
      reinitialize(
        field([4, 5], [1, 1], (y) => y - 2),
        { method: "fmm" as "edt" },
      ),
    'reinitialize: method must be one of "sweeping", "edt"; received "fmm".',
  ],
])("bad input %#", (call, message) => {
  expect(call).toThrow(message);
});
