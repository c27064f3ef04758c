import type { ArrayInput } from "@ddl/metrics";
import {
  averageSurfaceDistance,
  averageSymmetricSurfaceDistance,
  hausdorffDistance,
  meanAverageSurfaceDistance,
  normalizedSurfaceDice,
  surfaceDistances,
  surfaceMetrics,
} from "@ddl/metrics";
import { goldenArray, layouts, mask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/surfaces.json" with { type: "json" };

const withSpacing = (spacing: readonly number[] | null) => (spacing === null ? {} : { spacing });

describe.each(golden.cases)("$name, as scipy", (one) => {
  const references = layouts(goldenArray<Uint8Array>(one.reference));
  const predictions = layouts(goldenArray<Uint8Array>(one.prediction)).reverse();
  const spacing = withSpacing(one.spacing);
  const { tolerance } = one;

  test.each(references.map(([name], k) => [name, k] as const))("distances in %s", (_name, k) => {
    const distances = surfaceDistances(references[k]![1], predictions[k]![1], spacing);
    expect(distances.fromReference.length).toBe(one.fromReference.length);
    expect(distances.fromPrediction.length).toBe(one.fromPrediction.length);
    for (const side of ["fromReference", "fromPrediction"] as const) {
      const largest = Math.max(...distances[side].map((value, i) => Math.abs(value - one[side][i]!)));
      expect(largest).toBeLessThan(1e-14 * distances.diagonal);
    }
  });

  test("metrics of the pair and of the distances", () => {
    const pair = [references[0]![1], predictions[0]![1]] as const;
    const distances = surfaceDistances(...pair, spacing);
    const expectValue = (ofPair: number, ofDistances: number, value: number) => {
      expect(ofPair).toBeCloseTo(value, 12);
      expect(ofDistances).toBe(ofPair);
    };
    expectValue(hausdorffDistance(...pair, spacing), hausdorffDistance(distances), one.hausdorff);
    for (const convention of ["directed-max", "pooled"] as const) {
      for (const percentile of [90, 37] as const) {
        const options = { convention, percentile };
        const value = one[`${convention === "pooled" ? "pooled" : "directed"}${percentile}`];
        expectValue(
          hausdorffDistance(...pair, { ...options, ...spacing }),
          hausdorffDistance(distances, options),
          value,
        );
      }
    }
    expectValue(
      averageSurfaceDistance(...pair, spacing),
      averageSurfaceDistance(distances, { elements: "voxel" }),
      one.fromPredictionMean,
    );
    const from = { from: "reference" } as const;
    expectValue(
      averageSurfaceDistance(...pair, { ...from, ...spacing }),
      averageSurfaceDistance(distances, from),
      one.fromReferenceMean,
    );
    expectValue(
      averageSymmetricSurfaceDistance(...pair, spacing),
      averageSymmetricSurfaceDistance(distances),
      one.symmetric,
    );
    expectValue(meanAverageSurfaceDistance(...pair, spacing), meanAverageSurfaceDistance(distances), one.meanOfMeans);
    expectValue(
      normalizedSurfaceDice(...pair, { tolerance, ...spacing }),
      normalizedSurfaceDice(distances, { tolerance }),
      one.surfaceDice,
    );
  });

  test("all at once", () => {
    const pair = [references[0]![1], predictions[0]![1]] as const;
    const all = surfaceMetrics(...pair, { percentile: 90, tolerance, ...spacing });
    const expected = {
      hausdorffDistance: one.hausdorff,
      robustHausdorffDistance: one.directed90,
      averageSurfaceDistance: one.fromPredictionMean,
      averageSurfaceDistanceFromReference: one.fromReferenceMean,
      averageSymmetricSurfaceDistance: one.symmetric,
      meanAverageSurfaceDistance: one.meanOfMeans,
      normalizedSurfaceDice: one.surfaceDice,
    };
    expect(Object.keys(all).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected))
      expect(all[key as keyof typeof all], key).toBeCloseTo(value, 12);
    const pooled = surfaceMetrics(...pair, { percentile: 90, tolerance, convention: "pooled", ...spacing });
    expect(pooled.robustHausdorffDistance).toBeCloseTo(one.pooled90, 12);
  });
});

describe("analytic shapes", () => {
  const volume = (
    shape: readonly [number, number, number],
    inside: (...at: [number, number, number]) => boolean,
  ): ArrayInput => {
    const data = new Uint8Array(shape[0] * shape[1] * shape[2]);
    let at = 0;
    for (let i = 0; i < shape[0]; i++)
      for (let j = 0; j < shape[1]; j++) for (let k = 0; k < shape[2]; k++) data[at++] = inside(i, j, k) ? 1 : 0;
    return { data, shape };
  };

  test("two voxels 3, 4 and 0 apart are 5 apart, and found at a tolerance of 5", () => {
    const a = volume([4, 6, 3], (i, j, k) => i === 0 && j === 5 && k === 1);
    const b = volume([4, 6, 3], (i, j, k) => i === 3 && j === 1 && k === 1);
    expect(hausdorffDistance(a, b)).toBe(5);
    expect(normalizedSurfaceDice(a, b, { tolerance: 5 })).toBe(1);
    expect(normalizedSurfaceDice(a, b, { tolerance: 4.999 })).toBe(0);
    expect(hausdorffDistance(a, b, { spacing: [4, 1.25, 7] })).toBe(13);
  });

  test("a box moved along an axis is as far away as it was moved", () => {
    const box = (from: number) => volume([14, 9, 7], (i, j, k) => i >= from && i < from + 5 && j > 1 && j < 8 && k < 4);
    expect(hausdorffDistance(box(1), box(4))).toBe(3);
    expect(hausdorffDistance(box(1), box(4), { spacing: [0.5, 3, 2] })).toBe(1.5);
    // Of 5 · 6 · 4 = 120 voxels 3 · 4 · 2 = 24 lie inside: a border of 96.
    expect(surfaceDistances(box(1), box(4)).fromReference.length).toBe(96);
  });

  test("balls about one centre are as far apart as their radii differ, but for a voxel", () => {
    const ball = (radius: number) => volume([43, 45, 47], (i, j, k) => Math.hypot(i - 21, j - 22, k - 23) <= radius);
    const { robustHausdorffDistance, ...others } = surfaceMetrics(ball(20), ball(12), { tolerance: 9 });
    expect(Math.abs(robustHausdorffDistance - 8)).toBeLessThan(0.5);
    expect(Math.abs(others.hausdorffDistance - 8)).toBeLessThan(1);
    expect(Math.abs(others.averageSymmetricSurfaceDistance - 8)).toBeLessThan(0.25);
    expect(others.normalizedSurfaceDice).toBe(1);
    // Contours of voxels are longer than smooth ones: pieces with half-way vertices by about a tenth.
    const area = surfaceDistances(ball(20), ball(12), { elements: "surfel" }).referenceSizes!.reduce((a, b) => a + b);
    expect(area / (4 * Math.PI * 400)).toBeGreaterThan(1.05);
    expect(area / (4 * Math.PI * 400)).toBeLessThan(1.15);
  });

  test("images longer than 16 bits count", () => {
    const data = new Uint8Array(70_001 * 3);
    const [first, last] = [data.slice(), data.slice()];
    first[3 * 2] = 1;
    last[3 * 70_000 + 2] = 1;
    const shape = [70_001, 3];
    expect(hausdorffDistance({ data: first, shape }, { data: last, shape })).toBe(Math.sqrt(69_998 ** 2 + 4));
    expect(hausdorffDistance(first, last, { spacing: [0.5] })).toBe((69_998 * 3 + 2) / 2);
  });

  test("the example of the conventions", () => {
    const a = mask(".....", ".###.", ".###.", ".###.", ".....");
    const b = mask(".....", "..###", "..###", "..###", ".....");
    const all = surfaceMetrics(a, b, { tolerance: 0.5 });
    expect(all.robustHausdorffDistance).toBe(1);
    expect([all.averageSurfaceDistance, all.meanAverageSurfaceDistance, all.normalizedSurfaceDice]).toEqual([
      0.5, 0.5, 0.5,
    ]);
    const { referenceSizes } = surfaceDistances(a, b, { elements: "surfel" });
    expect(referenceSizes!.reduce((sum, size) => sum + size)).toBeCloseTo(8 + 2 * Math.SQRT2, 12);
    const tall = { spacing: [2, 1], elements: "surfel" } as const;
    expect(averageSurfaceDistance(a, b, tall)).toBeCloseTo(0.621417, 6);
    expect(normalizedSurfaceDice(a, b, { ...tall, tolerance: 1 })).toBe(1);
    expect(surfaceDistances(a, b, tall).predictionSizes!.reduce((sum, size) => sum + size)).toBeCloseTo(16.472136, 6);
  });
});
