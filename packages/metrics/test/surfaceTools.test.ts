// The cases of the tools' own tests, under their conventions. MONAI's give float32.
import type { ArrayInput } from "@ddl/metrics";
import {
  averageSurfaceDistance,
  averageSymmetricSurfaceDistance,
  hausdorffDistance,
  normalizedSurfaceDice,
  surfaceDistances,
} from "@ddl/metrics";
import { mask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import { boundaryConventions } from "../src/conventions/boundary.js";

const infinity = Number.POSITIVE_INFINITY;
const nan = Number.NaN;
const empty = (...shape: number[]) => ({ data: new Uint8Array(shape.reduce((a, b) => a * b)), shape });

/** A mask with some pixels inside. */
function pixels(shape: number[], ...inside: number[][]): ArrayInput {
  const { data } = empty(...shape);
  for (const at of inside) data[at.reduce((flat, x, k) => flat * shape[k]! + x, 0)] = 1;
  return { data, shape };
}

describe("surface-distance's tests (surface_distance_test.py)", () => {
  const { surfaceDistance } = boundaryConventions;
  const expectValues = (
    reference: ArrayInput,
    prediction: ArrayInput,
    spacing: number[],
    values: { average: number[]; hausdorff: number[]; overlap: number[]; dice: number },
    digits = 3,
  ) => {
    const one = { tolerance: 1, elements: "surfel", spacing } as const;
    const { average, hausdorff, overlap, dice } = values;
    const of = <O>(metric: (r: ArrayInput, p: ArrayInput, options: O) => number, options: O) =>
      metric(reference, prediction, options);
    const found = [
      of(averageSurfaceDistance, { ...surfaceDistance.averageSurfaceDistanceFromReference, spacing }),
      of(averageSurfaceDistance, { ...surfaceDistance.averageSurfaceDistance, spacing }),
      of(hausdorffDistance, { ...surfaceDistance.hausdorffDistance, spacing }),
      of(hausdorffDistance, { ...surfaceDistance.robustHausdorffDistance, spacing }),
      of(normalizedSurfaceDice, {
        ...one,
        from: "reference",
        emptyPolicy: { bothEmpty: "nan", referenceEmpty: "nan", predictionEmpty: "zero" },
      } as const),
      of(normalizedSurfaceDice, {
        ...one,
        from: "prediction",
        emptyPolicy: { bothEmpty: "nan", referenceEmpty: "zero", predictionEmpty: "nan" },
      } as const),
      of(normalizedSurfaceDice, { ...surfaceDistance.normalizedSurfaceDice, tolerance: 1, spacing }),
    ];
    for (const [k, value] of [...average, ...hausdorff, ...overlap, dice].entries()) {
      if (Number.isFinite(value)) expect(found[k], `value ${k}`).toBeCloseTo(value, digits);
      else expect(found[k], `value ${k}`).toBe(value);
    }
  };

  test("two pixels 2 mm apart", () => {
    const a = pixels([128, 128], [50, 70]);
    const b = pixels([128, 128], [50, 72]);
    const distances = surfaceDistances(a, b, { spacing: [2, 1], elements: "surfel" });
    const diagonal = 0.5 * Math.sqrt(5);
    for (const sizes of [distances.referenceSizes, distances.predictionSizes]) {
      expect([...sizes!]).toEqual([diagonal, diagonal, diagonal, diagonal]);
    }
    expect([...distances.fromReference].sort()).toEqual([1, 1, 2, 2]);
    expect([...distances.fromPrediction].sort()).toEqual([1, 1, 2, 2]);
    expectValues(a, b, [2, 1], { average: [1.5, 1.5], hausdorff: [2, 2], overlap: [0.5, 0.5], dice: 0.5 });
  });

  test("two squares of which one is a row longer", () => {
    const a = mask("......", ".##...", ".##...", "......", "......", "......");
    const b = mask("......", ".##...", ".##...", ".##...", "......", "......");
    const { fromReference, fromPrediction, referenceSizes, predictionSizes } = surfaceDistances(a, b, {
      spacing: [2, 1],
      elements: "surfel",
    });
    const [v, h, d] = [2, 1, 0.5 * Math.sqrt(5)];
    const sorted = (distances: Float64Array, sizes: Float64Array) =>
      [...distances].map((x, k) => [x, sizes[k]!] as const).sort((p, q) => p[0] - q[0] || p[1] - q[1]);
    const order = (pairs: [number, number][]) => pairs.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
    // Clockwise from the upper left corner, as there.
    expect(sorted(fromReference, referenceSizes!)).toEqual(
      order([
        [0, d],
        [0, h],
        [0, d],
        [0, v],
        [0, d],
        [h, h],
        [0, d],
        [0, v],
      ]),
    );
    expect(sorted(fromPrediction, predictionSizes!)).toEqual(
      order([
        [0, d],
        [0, h],
        [0, d],
        [0, v],
        [0, v],
        [v, d],
        [v, h],
        [v, d],
        [0, v],
        [0, v],
      ]),
    );
  });

  test("two slabs of which one is a plane thicker", () => {
    const slab = (planes: number) => ({ data: new Uint8Array(1e6).fill(1, 0, planes * 1e4), shape: [100, 100, 100] });
    expectValues(slab(50), slab(51), [2, 1, 1], {
      average: [0.322, 0.339],
      hausdorff: [2, 2],
      overlap: [0.842, 0.83],
      dice: 0.836,
    });
  });

  test("two voxels 2 mm apart", () => {
    expectValues(pixels([128, 128, 128], [50, 60, 70]), pixels([128, 128, 128], [50, 60, 72]), [3, 2, 1], {
      average: [1.5, 1.5],
      hausdorff: [2, 2],
      overlap: [0.5, 0.5],
      dice: 0.5,
    });
  });

  test.each([
    [2, [3, 2]],
    [3, [3, 2, 1]],
  ])("empty masks in %i axes", (rank, spacing) => {
    const shape = [128, 128, 128].slice(0, rank);
    const some = pixels(shape, [50, 60, 70].slice(0, rank));
    const none = empty(...shape);
    const hausdorff = [infinity, infinity];
    expectValues(some, none, spacing, { average: [infinity, nan], hausdorff, overlap: [0, nan], dice: 0 });
    expectValues(none, some, spacing, { average: [nan, infinity], hausdorff, overlap: [nan, 0], dice: 0 });
    expectValues(none, none, spacing, { average: [nan, nan], hausdorff, overlap: [nan, nan], dice: nan });
  });

  test.each([
    [[2, 2, 2], [2, 2], [1, 1], "prediction must have the shape of reference, [2, 2, 2]; received [2, 2]."],
    [[2, 2], [2, 2, 2], [1, 1], "prediction must have the shape of reference, [2, 2]; received [2, 2, 2]."],
    [[2, 2], [2, 2], [1, 1, 1], "spacing must have 2 entries, one an axis; received [1, 1, 1]."],
    [[2], [2], [1], "reference must have 2 or 3 dimensions, as a line has no surfels; received [2]."],
    [[2, 2, 2, 2], [2, 2, 2, 2], [1, 1, 1, 1], "reference must have 1, 2 or 3 dimensions; received [2, 2, 2, 2]."],
  ])("shapes %j and %j with spacing %j are refused", (r, p, spacing, message) => {
    expect(() => surfaceDistances(empty(...r), empty(...p), { spacing, elements: "surfel" })).toThrow(
      expect.objectContaining({ message: `surfaceDistances: ${message}` }),
    );
  });
});

describe("medpy's tests (tests/metric_/binary.py): the result comes first there", () => {
  const { averageSurfaceDistance: directed, averageSymmetricSurfaceDistance: symmetric } = boundaryConventions.medpy;
  const result = Uint8Array.of(1, 0);
  const reference = Uint8Array.of(0, 1);
  const a = mask("#...", "#...", "#...", "##..");
  const b = mask("##..", "#...", "#...", "....");

  test("identity, distance, spacing", () => {
    expect(averageSurfaceDistance(result, result, directed)).toBe(0);
    expect(averageSymmetricSurfaceDistance(result, result, symmetric)).toBe(0);
    expect(averageSurfaceDistance(reference, result, directed)).toBe(1);
    expect(averageSymmetricSurfaceDistance(reference, result, symmetric)).toBe(1);
    expect(averageSurfaceDistance(reference, result, { ...directed, spacing: [2] })).toBe(2);
    expect(averageSymmetricSurfaceDistance(reference, result, { ...symmetric, spacing: [2] })).toBe(2);
  });

  test("the directed average is not symmetric, the symmetric one is", () => {
    // Of a's 5 pixels 2 are away, by 1 and √2; of b's 4 pixels 1 is, by 1.
    expect(averageSurfaceDistance(b, a, directed)).toBeCloseTo((1 + Math.SQRT2) / 5, 15);
    expect(averageSurfaceDistance(a, b, directed)).toBe(1 / 4);
    expect(averageSymmetricSurfaceDistance(b, a, symmetric)).toBe(averageSymmetricSurfaceDistance(a, b, symmetric));
  });
});

type Triple = [number, number, number];
/** MONAI's `create_spherical_seg_3d` of 99 × 99 × 99 voxels. */
function ball(radius = 20, centre: Triple = [49, 49, 49], spacing: Triple = [1, 1, 1]): ArrayInput {
  const { data, shape } = empty(99, 99, 99);
  for (let i = 0, at = 0; i < 99; i++) {
    for (let j = 0; j < 99; j++) {
      for (let k = 0; k < 99; k++, at++) {
        const [x, y, z] = [i * spacing[0] - centre[0], j * spacing[1] - centre[1], k * spacing[2] - centre[2]];
        if (y * y + x * x + z * z <= radius * radius) data[at] = 1;
      }
    }
  }
  return { data, shape };
}

describe("MONAI's tests: the prediction comes first there", () => {
  const { monai } = boundaryConventions;
  const s: Triple = [0.85, 1.2, 0.9];
  const close = (value: number, expected: number) =>
    Number.isFinite(expected)
      ? expect(Math.abs(value / expected - 1)).toBeLessThan(1e-5)
      : expect(value).toBe(expected);

  test.each([
    [ball(20, [20, 20, 20]), ball(20, [19, 19, 19]), undefined, Math.sqrt(3), Math.sqrt(3)],
    [ball(33, [19, 33, 22]), ball(33, [20, 33, 22]), undefined, 1, 1],
    [ball(20, [20, 33, 22]), ball(40, [20, 33, 22]), undefined, 20.09975124224178, 20.223748416156685],
    [ball(20, [20, 20, 20], s), ball(20, [19, 19, 19], s), s, 2.0808651447296143, 2.2671568],
    [ball(15, [20, 33, 22], s), ball(30, [20, 33, 22], s), s, 15.439640998840332, 15.62594],
  ])("Hausdorff distance of balls %#", (prediction, reference, spacing, directed, expected) => {
    const distances = surfaceDistances(reference, prediction, spacing && { spacing });
    close(
      distances.fromPrediction.reduce((a, b) => Math.max(a, b)),
      directed,
    );
    close(hausdorffDistance(distances, monai.hausdorffDistance), expected);
  });

  test("Hausdorff distance at the 95th percentile, of equal and of empty masks", () => {
    const [small, large] = [ball(20, [20, 33, 22]), ball(40, [20, 33, 22])];
    close(hausdorffDistance(large, small, monai.robustHausdorffDistance), 20.09975124224178);
    expect(hausdorffDistance(small, small, monai.hausdorffDistance)).toBe(0);
    const none = empty(99, 99, 99);
    expect(hausdorffDistance(large, none, monai.hausdorffDistance)).toBe(infinity);
    expect(hausdorffDistance(none, ball(), monai.hausdorffDistance)).toBe(infinity);
    expect(hausdorffDistance(none, none, { ...monai.hausdorffDistance, spacing: s })).toBeNaN();
  });

  test.each([
    [ball(33, [19, 33, 22]), ball(33, [20, 33, 22]), undefined, 0.350217, 0.3483278807706289],
    [ball(20, [20, 33, 22]), ball(40, [20, 33, 22]), undefined, 15.117741, 12.040033513150455],
    [empty(99, 99, 99), ball(40, [20, 33, 22]), undefined, infinity, infinity],
    [ball(33, [42, 45, 52], s), ball(33, [43, 45, 52], s), s, 0.4951, 0.4951],
  ])("surface distance of balls %#", (prediction, reference, spacing, symmetric, directed) => {
    const distances = surfaceDistances(reference, prediction, spacing && { spacing });
    const options = { tolerance: spacing === undefined ? 1e-5 : 1e-4 };
    const near = (value: number, expected: number) =>
      Number.isFinite(expected)
        ? expect(Math.abs(value / expected - 1)).toBeLessThan(options.tolerance)
        : expect(value).toBe(expected);
    near(averageSymmetricSurfaceDistance(distances, monai.averageSymmetricSurfaceDistance), symmetric);
    near(averageSurfaceDistance(distances, monai.averageSurfaceDistance), directed);
  });

  describe("surface Dice of half-planes 10 columns apart", () => {
    const half = (from: number, inside: number) => {
      const { data, shape } = empty(480, 640);
      return { data: data.map((_, i) => (i % 640 >= from ? inside : 1 - inside)), shape };
    };
    const dice = (inside: number, tolerance: number, spacing?: number[]) =>
      normalizedSurfaceDice(half(60, inside), half(50, inside), {
        ...monai.normalizedSurfaceDice,
        tolerance,
        ...(spacing && { spacing }),
      });

    test.each([
      [1, 480 * 4 + 588 * 2 + 578 * 2],
      [0, 480 * 4 + 48 * 2 + 58 * 2],
    ])("class %i", (inside, all) => {
      expect(dice(inside, 0)).toBeCloseTo(1 - (478 + 480 + 9 * 2) / all, 14);
      const values = [0, 1, 9, 10].map((tolerance) => dice(inside, tolerance));
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(new Set(values).size).toBe(4);
      expect(dice(inside, 10)).toBe(dice(inside, 11));
      const spaced = [0, 1, 9, 10, 11].map((tolerance) => dice(inside, tolerance, [0.85, 1.2]));
      expect(spaced[0]).toBe(values[0]);
      expect(new Set(spaced).size).toBe(5);
      expect(dice(inside, 12, [0.85, 1.2])).toBe(1);
    });

    test("of full and of empty masks", () => {
      expect(dice(1, 0) < 1).toBe(true);
      const full = half(0, 1);
      expect(normalizedSurfaceDice(full, full, { ...monai.normalizedSurfaceDice, tolerance: 0 })).toBe(1);
      const none = half(0, 0);
      expect(normalizedSurfaceDice(none, none, { ...monai.normalizedSurfaceDice, tolerance: 0 })).toBeNaN();
      expect(normalizedSurfaceDice(full, none, { ...monai.normalizedSurfaceDice, tolerance: 0 })).toBe(0);
    });
  });

  test.each([
    [1, 58 + 48],
    [0, 28 + 18],
  ])("surface Dice of half-spaces, class %i", (inside, depth) => {
    const half = (from: number) => {
      const { data, shape } = empty(200, 110, 80);
      return { data: data.map((_, i) => (i % 80 >= from ? inside : 1 - inside)), shape };
    };
    const distances = surfaceDistances(half(30), half(20));
    const dice = (tolerance: number) => normalizedSurfaceDice(distances, { ...monai.normalizedSurfaceDice, tolerance });
    const apart = 200 * 110 + 198 * 108 + 9 * 200 * 2 + 9 * 108 * 2;
    const all = 200 * 110 * 4 + depth * 200 * 2 + depth * 108 * 2;
    expect(dice(0)).toBeCloseTo(1 - apart / all, 14);
    expect([dice(0) < dice(1), dice(1) < dice(10), dice(10) === dice(11)]).toEqual([true, true, true]);
  });

  test("surface Dice of two lines of 3 pixels, and of what surrounds them", () => {
    const lines = [pixels([10, 10], [5, 6], [6, 6], [7, 6]), pixels([10, 10], [1, 1], [2, 1], [3, 1])] as {
      data: Uint8Array;
      shape: number[];
    }[];
    const around = lines.map(({ data, shape }) => ({ data: data.map((x) => 1 - x), shape }));
    const dice = ([r, p]: typeof lines, tolerance: number) =>
      normalizedSurfaceDice(r!, p!, { ...monai.normalizedSurfaceDice, tolerance });
    const all = 36 * 2 + 8 + 4;
    expect(dice(around, 0)).toBeCloseTo(1 - 12 / all, 14);
    expect(dice(around, 2.8)).toBeCloseTo(1 - 3 / all, 14);
    expect(dice(around, 3)).toBeCloseTo(1 - 1 / all, 14);
    expect([0, 5.5, 6].map((tolerance) => dice(lines, tolerance))).toEqual([0, 2 / 6, 4 / 6]);
  });

  test("surface Dice between voxels", () => {
    const subvoxel = { ...monai.normalizedSurfaceDice, elements: "surfel", tolerance: 1 } as const;
    const [a, b] = [pixels([128, 128, 128], [50, 60, 70]), pixels([128, 128, 128], [50, 60, 72])];
    const none = empty(128, 128, 128);
    const dice = (r: ArrayInput, p: ArrayInput) => normalizedSurfaceDice(r, p, { ...subvoxel, spacing: [3, 2, 1] });
    expect([dice(a, none), dice(none, b), dice(a, b)]).toEqual([0, 0, 0.5]);
    const slab = (planes: number) => ({ data: new Uint8Array(1e6).fill(1, 0, planes * 1e4), shape: [100, 100, 100] });
    expect(normalizedSurfaceDice(slab(50), slab(51), { ...subvoxel, spacing: [2, 1, 1] })).toBeCloseTo(0.836145, 6);
  });
});
