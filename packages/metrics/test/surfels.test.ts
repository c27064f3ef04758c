import {
  averageSurfaceDistance,
  averageSymmetricSurfaceDistance,
  hausdorffDistance,
  meanAverageSurfaceDistance,
  normalizedSurfaceDice,
  surfaceDistances,
  surfaceMetrics,
} from "@ddl/metrics";
import { goldenArray, layouts } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import { surfelSizes } from "../src/surfaces/surfelSizes.js";
import golden from "./goldens/surfels.json" with { type: "json" };

const sum = (values: Float64Array | undefined): number => values!.reduce((a, b) => a + b);

test("the sizes of all codes are those of surface-distance's tables", () => {
  const areas = surfelSizes(golden.spacing);
  expect(areas.length).toBe(256);
  for (const [code, area] of golden.areas.entries()) expect(areas[code], `code ${code}`).toBeCloseTo(area, 14);
  const lengths = surfelSizes(golden.spacing.slice(0, 2));
  expect(lengths.length).toBe(16);
  for (const [code, length] of golden.lengths.entries()) expect(lengths[code], `code ${code}`).toBeCloseTo(length, 14);
});

describe.each(golden.cases)("$name, as surface-distance", (one) => {
  const references = layouts(goldenArray<Uint8Array>(one.reference));
  const predictions = layouts(goldenArray<Uint8Array>(one.prediction)).reverse();
  const { spacing, tolerance } = one;
  const elements = "surfel" as const;

  test.each(references.map(([name], k) => [name, k] as const))("in %s", (_name, k) => {
    const pair = [references[k]![1], predictions[k]![1]] as const;
    const distances = surfaceDistances(...pair, { spacing, elements });
    expect(sum(distances.referenceSizes)).toBeCloseTo(one.referenceSize, 10);
    expect(sum(distances.predictionSizes)).toBeCloseTo(one.predictionSize, 10);
    expect(hausdorffDistance(distances)).toBeCloseTo(one.hausdorff, 12);
    expect(hausdorffDistance(distances, { percentile: 95, convention: elements })).toBeCloseTo(one.hausdorff95, 12);
    expect(hausdorffDistance(...pair, { spacing, percentile: 60, convention: elements })).toBeCloseTo(
      one.hausdorff60,
      12,
    );
    expect(averageSurfaceDistance(distances, { from: "reference" })).toBeCloseTo(one.fromReference, 12);
    expect(averageSurfaceDistance(...pair, { spacing, elements })).toBeCloseTo(one.fromPrediction, 12);
    const mean = (one.fromReference + one.fromPrediction) / 2;
    expect(meanAverageSurfaceDistance(distances)).toBeCloseTo(mean, 12);
    const pooled =
      (one.fromReference * one.referenceSize + one.fromPrediction * one.predictionSize) /
      (one.referenceSize + one.predictionSize);
    expect(averageSymmetricSurfaceDistance(distances)).toBeCloseTo(pooled, 12);
    expect(normalizedSurfaceDice(distances, { tolerance, from: "reference" })).toBeCloseTo(one.overlapReference, 12);
    expect(normalizedSurfaceDice(distances, { tolerance, from: "prediction" })).toBeCloseTo(one.overlapPrediction, 12);
    expect(normalizedSurfaceDice(...pair, { spacing, tolerance, elements })).toBeCloseTo(one.surfaceDice, 12);
    const all = surfaceMetrics(...pair, { spacing, tolerance, convention: elements });
    expect(all.robustHausdorffDistance).toBeCloseTo(one.hausdorff95, 12);
    expect(all.averageSurfaceDistanceFromReference).toBeCloseTo(one.fromReference, 12);
    expect(all.normalizedSurfaceDice).toBeCloseTo(one.surfaceDice, 12);
  });
});
