import type { ArrayInput, SurfaceMetrics } from "@ddl/metrics";
import {
  averageSurfaceDistance,
  boundaryIou,
  centerlineDice,
  hausdorffDistance,
  normalizedSurfaceDice,
  surfaceDistances,
  surfaceMetrics,
} from "@ddl/metrics";
import { mask } from "@ddl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

interface Volume {
  data: Uint8Array;
  shape: number[];
}
const shape = [4, 5, 6];
const spacing = [2.5, 0.7, 1.1];
/** Masks with at least one pixel inside, sparse to full. */
const volume = fc
  .tuple(
    fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 120, maxLength: 120 }),
  )
  .map(([density, values]): Volume => ({ data: Uint8Array.from(values, (v) => (v <= density ? 1 : 0)), shape }))
  .filter(({ data }) => data.includes(1));
const conventions = ["directed-max", "pooled", "surfel"] as const;

/** A volume whose pixel at `to(i, j, k)` is the pixel (i, j, k) of another. */
function moved({ data }: Volume, target: number[], to: (at: number[]) => number[]): Volume {
  const result = new Uint8Array(target.reduce((a, b) => a * b));
  for (let i = 0, n = 0; i < shape[0]!; i++) {
    for (let j = 0; j < shape[1]!; j++) {
      for (let k = 0; k < shape[2]!; k++, n++) {
        result[to([i, j, k]).reduce((flat, x, axis) => flat * target[axis]! + x, 0)] = data[n]!;
      }
    }
  }
  return { data: result, shape: target };
}

const all = (a: ArrayInput, b: ArrayInput, steps = spacing, factor = 1) =>
  conventions.map((convention) =>
    surfaceMetrics(a, b, { spacing: steps, tolerance: 1.3 * factor, percentile: 80, convention }),
  );

function expectClose(found: SurfaceMetrics[], expected: SurfaceMetrics[], factor = 1): void {
  for (const [c, values] of expected.entries()) {
    for (const [metric, value] of Object.entries(values)) {
      const target = metric === "normalizedSurfaceDice" ? value : value * factor;
      expect(found[c]![metric as keyof SurfaceMetrics], `${conventions[c]} ${metric}`).toBeCloseTo(target, 11);
    }
  }
}

describe("for any two masks", () => {
  test("symmetric metrics are symmetric to the bit, directed ones change sides", () => {
    fc.assert(
      fc.property(volume, volume, (a, b) => {
        const back = all(b, a).map(
          ({ averageSurfaceDistance: p, averageSurfaceDistanceFromReference: r, ...others }) => ({
            ...others,
            averageSurfaceDistance: r,
            averageSurfaceDistanceFromReference: p,
          }),
        );
        expect(back).toEqual(all(a, b));
        expect(boundaryIou(a, b)).toBe(boundaryIou(b, a));
        expect(centerlineDice(a, b)).toBe(centerlineDice(b, a));
      }),
    );
  });

  test("a mask has no distance to itself", () => {
    fc.assert(
      fc.property(volume, (a) => {
        for (const values of all(a, a)) expect(Object.values(values)).toEqual([0, 0, 0, 0, 0, 0, 1]);
        expect([boundaryIou(a, a), boundaryIou(a, a, { distance: 2 })]).toEqual([1, 1]);
        // Lee's thinning deletes some masks with holes altogether.
        expect([1, Number.NaN].some((value) => Object.is(value, centerlineDice(a, a)))).toBe(true);
      }),
    );
  });

  test("padding with background changes nothing", () => {
    fc.assert(
      fc.property(volume, volume, (a, b) => {
        const pad = (v: Volume) => moved(v, [7, 9, 8], ([i, j, k]) => [i! + 2, j! + 4, k! + 1]);
        expect(all(pad(a), pad(b))).toEqual(all(a, b));
        expect(boundaryIou(pad(a), pad(b), { distance: 2 })).toBe(boundaryIou(a, b, { distance: 2 }));
      }),
    );
  });

  test("neither does mirroring, nor another order of axes with their spacing", () => {
    fc.assert(
      fc.property(volume, volume, fc.constantFrom(0, 1, 2), (a, b, axis) => {
        const flip = (v: Volume) => moved(v, shape, (at) => at.map((x, k) => (k === axis ? shape[k]! - 1 - x : x)));
        expectClose(all(flip(a), flip(b)), all(a, b));
        const turn = (values: number[]) => [values[2]!, values[0]!, values[1]!];
        const turned = (v: Volume) => moved(v, turn(shape), turn);
        expectClose(all(turned(a), turned(b), turn(spacing)), all(a, b));
      }),
    );
  });

  test("in pixels all that is exact", () => {
    fc.assert(
      fc.property(volume, volume, (a, b) => {
        const turn = (values: number[]) => [values[1]!, values[2]!, values[0]!];
        const turned = (v: Volume) => moved(v, turn(shape), turn);
        expect(hausdorffDistance(turned(a), turned(b))).toBe(hausdorffDistance(a, b));
        const squares = (u: Volume, v: Volume) => [...surfaceDistances(u, v).fromReference].map((d) => d * d).sort();
        for (const square of squares(a, b)) expect(Math.abs(square - Math.round(square))).toBeLessThan(1e-12);
        const sorted = (u: Volume, v: Volume) => [...surfaceDistances(u, v).fromReference].sort();
        expect(sorted(turned(a), turned(b))).toEqual(sorted(a, b));
      }),
    );
  });

  test("distances grow with the spacing", () => {
    fc.assert(
      fc.property(volume, volume, (a, b) => {
        expectClose(
          all(
            a,
            b,
            spacing.map((s) => 3 * s),
            3,
          ),
          all(a, b),
          3,
        );
      }),
    );
  });

  test("distances are those of a search over all pairs of border pixels", () => {
    const points = ({ data }: Volume): number[][] => {
      const inside = (i: number, j: number, k: number) =>
        i >= 0 && j >= 0 && k >= 0 && i < 4 && j < 5 && k < 6 && data[(i * 5 + j) * 6 + k] === 1;
      const found: number[][] = [];
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 5; j++)
          for (let k = 0; k < 6; k++) {
            const inner =
              inside(i - 1, j, k) &&
              inside(i + 1, j, k) &&
              inside(i, j - 1, k) &&
              inside(i, j + 1, k) &&
              inside(i, j, k - 1) &&
              inside(i, j, k + 1);
            if (inside(i, j, k) && !inner) found.push([i, j, k]);
          }
      return found;
    };
    const far = ([a, b, c]: number[], [x, y, z]: number[]) =>
      Math.sqrt(((a! - x!) * spacing[0]!) ** 2 + ((b! - y!) * spacing[1]!) ** 2 + ((c! - z!) * spacing[2]!) ** 2);
    fc.assert(
      fc.property(volume, volume, (a, b) => {
        const [r, p] = [points(a), points(b)];
        const expected = r.map((from) => Math.min(...p.map((to) => far(from, to))));
        expect([...surfaceDistances(a, b, { spacing }).fromReference]).toEqual(expected);
      }),
    );
  });

  test("the exact Hausdorff distance obeys the triangle inequality", () => {
    fc.assert(
      fc.property(volume, volume, volume, fc.constantFrom("directed-max", "surfel"), (a, b, c, convention) => {
        const d = (u: Volume, v: Volume) => hausdorffDistance(u, v, { spacing, convention });
        expect(d(a, c)).toBeLessThanOrEqual(d(a, b) + d(b, c) + 1e-12);
      }),
    );
  });
});

describe("bad input is named", () => {
  const a = mask("#.", "..");
  const distances = surfaceDistances(a, a);
  const surfels = surfaceDistances(a, a, { elements: "surfel" });
  const float = (x: number) => ({ data: Float32Array.of(1, 0, x, 0), shape: [2, 2] });
  test.each([
    [
      () => surfaceMetrics(a, mask("#..", "..."), { tolerance: 1 }),
      "surfaceMetrics: prediction must have the shape of reference, [2, 2]; received [2, 3].",
    ],
    [
      () => surfaceMetrics(a, a, {} as never),
      "surfaceMetrics: tolerance must be a finite number ≥ 0; received undefined.",
    ],
    [
      () => surfaceMetrics(a, a, { tolerance: 1, percentile: 100.5 }),
      "surfaceMetrics: percentile must be a finite number > 0 and ≤ 100; received 100.5.",
    ],
    [
      () => surfaceMetrics(a, a, { tolerance: 1, convention: "voxel" as "pooled" }),
      'surfaceMetrics: convention must be one of "directed-max", "pooled", "surfel"; received "voxel".',
    ],
    [
      () => surfaceMetrics(a, a, { tolerance: 1, elements: "surfel" } as never),
      'surfaceMetrics: options must have only the keys spacing, percentile, tolerance, convention, emptyPolicy; received "elements".',
    ],
    [
      () => normalizedSurfaceDice(a, a, { tolerance: -0.1 }),
      "normalizedSurfaceDice: tolerance must be a finite number ≥ 0; received -0.1.",
    ],
    [
      () => normalizedSurfaceDice(a, a, { tolerance: 1, from: "truth" as "both" }),
      'normalizedSurfaceDice: from must be one of "both", "prediction", "reference"; received "truth".',
    ],
    [
      () => averageSurfaceDistance(a, a, { from: "both" as "prediction" }),
      'averageSurfaceDistance: from must be one of "prediction", "reference"; received "both".',
    ],
    [
      () => averageSurfaceDistance(a, a, { elements: "corner" as "voxel" }),
      'averageSurfaceDistance: elements must be one of "voxel", "surfel"; received "corner".',
    ],
    [
      () => surfaceDistances(a, a, { elements: "corner" as "voxel" }),
      'surfaceDistances: elements must be one of "voxel", "surfel"; received "corner".',
    ],
    [
      () => hausdorffDistance(a, a, { spacing: [1, 0] }),
      "hausdorffDistance: spacing must be a finite number > 0; received 0.",
    ],
    [
      () => hausdorffDistance(float(1), float(Number.NaN)),
      "hausdorffDistance: prediction must hold no NaN; received NaN. This is element 2.",
    ],
    [
      () => hausdorffDistance({ data: new Uint8Array(0), shape: [0, 3] }, { data: new Uint8Array(0), shape: [0, 3] }),
      "hausdorffDistance: reference must have at least one element; received [0, 3].",
    ],
    [
      () => hausdorffDistance(distances, { spacing: [1, 1] } as object),
      'hausdorffDistance: options must have only the keys percentile, convention, emptyPolicy; received "spacing".',
    ],
    [
      () => hausdorffDistance(distances, { convention: "surfel" }),
      'hausdorffDistance: distances must be those of elements "surfel"; received "voxel".',
    ],
    [
      () => hausdorffDistance(surfels, { convention: "directed-max" }),
      'hausdorffDistance: distances must be those of elements "voxel"; received "surfel".',
    ],
    [
      () => averageSurfaceDistance(surfels, { elements: "voxel" }),
      'averageSurfaceDistance: distances must be those of elements "voxel"; received "surfel".',
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
