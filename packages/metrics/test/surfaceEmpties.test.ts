// The values that the tools give for empty masks, cell by cell: both empty, only the reference has pixels, only the prediction has.
import type { ArrayInput, BoundaryMetric, SurfaceOptions } from "@ddl/metrics";
import {
  averageSurfaceDistance,
  averageSymmetricSurfaceDistance,
  boundaryIou,
  centerlineDice,
  hausdorffDistance,
  meanAverageSurfaceDistance,
  normalizedSurfaceDice,
  surfaceDistances,
  surfaceMetrics,
} from "@ddl/metrics";
import { mask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import { boundaryConventions } from "../src/conventions/boundary.js";

const some = mask("#..", "...");
const none = mask("...", "...");
const cells = [
  [none, none],
  [some, none],
  [none, some],
] as const;
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const error = "error";

const metrics: Record<string, (r: ArrayInput, p: ArrayInput, options: object) => number> = {
  hausdorffDistance,
  robustHausdorffDistance: hausdorffDistance,
  averageSurfaceDistance,
  averageSurfaceDistanceFromReference: averageSurfaceDistance,
  averageSymmetricSurfaceDistance,
  meanAverageSurfaceDistance,
  normalizedSurfaceDice: (r, p, options) => normalizedSurfaceDice(r, p, { ...options, tolerance: 1 }),
  boundaryIou,
  centerlineDice,
};
const table: Record<keyof typeof boundaryConventions, Record<string, (number | string)[]>> = {
  medpy: {
    hausdorffDistance: [error, error, error],
    robustHausdorffDistance: [error, error, error],
    averageSurfaceDistance: [error, error, error],
    averageSurfaceDistanceFromReference: [error, error, error],
    averageSymmetricSurfaceDistance: [error, error, error],
  },
  monai: {
    hausdorffDistance: [nan, inf, inf],
    robustHausdorffDistance: [nan, nan, nan],
    averageSurfaceDistance: [nan, inf, inf],
    averageSurfaceDistanceFromReference: [nan, inf, inf],
    averageSymmetricSurfaceDistance: [nan, inf, inf],
    normalizedSurfaceDice: [nan, 0, 0],
  },
  surfaceDistance: {
    hausdorffDistance: [inf, inf, inf],
    robustHausdorffDistance: [inf, inf, inf],
    averageSurfaceDistance: [nan, nan, inf],
    averageSurfaceDistanceFromReference: [nan, inf, nan],
    normalizedSurfaceDice: [nan, 0, 0],
  },
  metricsReloaded: {
    hausdorffDistance: [0, nan, nan],
    robustHausdorffDistance: [0, nan, nan],
    averageSymmetricSurfaceDistance: [0, nan, nan],
    meanAverageSurfaceDistance: [0, nan, nan],
    normalizedSurfaceDice: [1, 0, 0],
    boundaryIou: [1, 0, 0],
    centerlineDice: [nan, nan, nan],
  },
  torchmetrics: { hausdorffDistance: [error, inf, inf] },
};

describe.each(Object.keys(table) as (keyof typeof table)[])("%s", (tool) => {
  test("has these metrics", () => {
    expect(Object.keys(boundaryConventions[tool])).toEqual(Object.keys(table[tool]));
  });

  test.each(Object.entries(boundaryConventions[tool]))("%s of empty masks", (metric, options) => {
    for (const [k, [reference, prediction]] of cells.entries()) {
      const expected = table[tool][metric]![k]!;
      const value = () => metrics[metric]!(reference, prediction, options);
      if (expected === error) expect(value).toThrow(expect.objectContaining({ code: "data" }));
      else expect(value(), `cell ${k}`).toBe(expected);
    }
  });
});

describe("by default", () => {
  test("two empty masks have no distance, and one is the image's diagonal away", () => {
    const spacing = [3, 2];
    const distanceMetrics: BoundaryMetric<SurfaceOptions>[] = [
      hausdorffDistance,
      averageSurfaceDistance,
      averageSymmetricSurfaceDistance,
      meanAverageSurfaceDistance,
    ];
    for (const metric of distanceMetrics) {
      expect(metric(none, none, { spacing })).toBeNaN();
      expect(metric(some, none, { spacing })).toBe(5);
      expect(metric(surfaceDistances(none, some, { spacing }))).toBe(5);
    }
    expect(normalizedSurfaceDice(none, none, { tolerance: 1 })).toBeNaN();
    expect(normalizedSurfaceDice(some, none, { tolerance: 100 })).toBe(0);
    expect(hausdorffDistance(none, some, { spacing, convention: "surfel" })).toBe(5);
  });

  test("distances of an empty mask are infinite", () => {
    const { fromReference, fromPrediction, diagonal } = surfaceDistances(some, none);
    expect([...fromReference]).toEqual([inf]);
    expect([...fromPrediction]).toEqual([]);
    expect(diagonal).toBe(Math.sqrt(5));
  });

  test("all at once", () => {
    const worst = surfaceMetrics(some, none, { tolerance: 1, emptyPolicy: { oneEmpty: "worst" } });
    const d = Math.sqrt(5);
    expect(Object.values(worst)).toEqual([d, d, d, d, d, d, 0]);
    expect(Object.values(surfaceMetrics(none, none, { tolerance: 1 }))).toEqual(new Array(7).fill(nan));
    const policy = { referenceEmpty: 7, predictionEmpty: "error" } as const;
    expect(surfaceMetrics(none, some, { tolerance: 1, emptyPolicy: policy }).normalizedSurfaceDice).toBe(7);
    expect(() => surfaceMetrics(some, none, { tolerance: 1, emptyPolicy: policy })).toThrow(
      'surfaceMetrics: the prediction is empty, and emptyPolicy says "error".',
    );
  });
});
