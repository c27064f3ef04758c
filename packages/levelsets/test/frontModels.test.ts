import { zeros } from "@ddl/core";
import { createThresholdLevelSet, shapeDetection, thresholdLevelSet } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/frontModels.json" with { type: "json" };

const near = { relative: 1e-9, absolute: 1e-9 };

describe("shapeDetection", () => {
  test.each(golden.shapeDetection.map((one, k) => ({ k, ...one })))("equals a scalar program in case $k", (one) => {
    for (const [, edges] of layouts(goldenArray<Float64Array>(one.image))) {
      const { phi, iterations } = shapeDetection(edges, goldenArray(one.initial), { ...one.options, tolerance: 0 });
      expect(phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), near);
      expect(iterations).toBe(one.options.maxIterations);
    }
  });

  test("names what it cannot take", () => {
    const edges = zeros(Float64Array, [4, 5]);
    const message = (options: object) => {
      try {
        shapeDetection(edges, edges, options);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(message({ curvature: -1 })).toBe("shapeDetection: curvature must be a finite number ≥ 0; received -1.");
    expect(message({ dt: 0 })).toBe("shapeDetection: dt must be a finite number > 0; received 0.");
    expect(message({ narrowBand: 3 })).toMatch(/^shapeDetection: narrowBand must be an integer ≥ 4; received 3\./);
    expect(message({ advection: 1 })).toMatch(/^shapeDetection: options must/);
    expect(() => shapeDetection(edges, zeros(Float64Array, [5, 4]))).toThrow(
      expect.objectContaining({ message: "shapeDetection: initial must have shape [4, 5]; received [5, 4]." }),
    );
  });
});

describe("thresholdLevelSet", () => {
  const cases = [...golden.thresholdLevelSet, ...golden.edgeWeight];
  test.each(cases.map((one, k) => ({ k, ...one })))("equals a scalar program in case $k", (one) => {
    for (const [, image] of layouts(goldenArray<Float64Array>(one.image))) {
      const { phi } = thresholdLevelSet(image, goldenArray(one.initial), { ...one.options, tolerance: 0 } as never);
      expect(phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), near);
    }
  });

  test("fills a plateau of its values and stops at its edge", () => {
    const image = zeros(Float64Array, [31, 40]);
    for (let y = 6; y < 24; y++) for (let x = 9; x < 33; x++) image.set(y, x, 1);
    const initial = zeros(Float64Array, [31, 40]);
    for (let y = 0; y < 31; y++) for (let x = 0; x < 40; x++) initial.set(y, x, 3 - Math.hypot(y - 12, x - 17));
    const options = { lower: 0.5, upper: 1.5, curvature: 0, maxIterations: 150 };
    const { mask } = thresholdLevelSet(image, initial, options);
    const wrong = mask.data.reduce((sum, value, i) => sum + (value === image.data[i] ? 0 : 1), 0);
    expect(wrong).toBe(0);
  });

  test("smooths for the edge weight as ITK does by default, less where that were unstable", () => {
    const [one] = golden.edgeWeight as [(typeof golden.edgeWeight)[0]];
    const { smoothingIterations: _, smoothingConductance: __, smoothingTimeStep: ___, ...rest } = one.options;
    const [image, initial] = [goldenArray<Float64Array>(one.image), goldenArray<Float64Array>(one.initial)];
    const { phi } = thresholdLevelSet(image, initial, { ...rest, tolerance: 0 } as never);
    expect(phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), near);
    const fine = { ...rest, spacing: [0.2, 0.3] };
    const bounded = thresholdLevelSet(image, initial, fine as never).phi;
    const limit = 1 / (2 * (1 / 0.2 + 1 / 0.3));
    expect(thresholdLevelSet(image, initial, { ...fine, smoothingTimeStep: limit } as never).phi).toEqualArray(bounded);
    expect(() => thresholdLevelSet(image, initial, { ...fine, smoothingTimeStep: 0.1 } as never)).toThrow(
      `thresholdLevelSet: smoothingTimeStep must be a finite number > 0 and ≤ ${limit}; received 0.1.`,
    );
  });

  test("heeds an edge weight changed between steps", () => {
    const [one] = golden.edgeWeight as [(typeof golden.edgeWeight)[0]];
    const [image, initial] = [goldenArray<Float64Array>(one.image), goldenArray<Float64Array>(one.initial)];
    const { maxIterations, ...options } = one.options;
    const solver = createThresholdLevelSet(image, initial, { ...options, edgeWeight: 0 } as never);
    solver.options.edgeWeight = options.edgeWeight;
    solver.step(maxIterations);
    expect(solver.phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), near);
    solver.options.edgeWeight = Number.NaN;
    expect(() => solver.step()).toThrow("step: edgeWeight must be a finite number; received NaN.");
  });

  test("flat images have no edges", () => {
    const image = zeros(Float64Array, [6, 7]);
    const initial = zeros(Float64Array, [6, 7]);
    for (let y = 0; y < 6; y++) for (let x = 0; x < 7; x++) initial.set(y, x, 2 - Math.hypot(y - 2, x - 3));
    const options = { lower: -1, upper: 2, maxIterations: 3 };
    const { phi } = thresholdLevelSet(image, initial, { ...options, edgeWeight: 5 });
    expect(phi).toEqualArray(thresholdLevelSet(image, initial, options).phi);
  });

  test("names a missing or reversed threshold", () => {
    const image = zeros(Float64Array, [4, 5]);
    expect(() => thresholdLevelSet(image, image, { lower: 1 } as never)).toThrow(
      expect.objectContaining({
        message: "thresholdLevelSet: upper must be a finite number > 1; received undefined.",
      }),
    );
    expect(() => thresholdLevelSet(image, image, { lower: 1, upper: 0.5 })).toThrow(
      expect.objectContaining({ message: "thresholdLevelSet: upper must be a finite number > 1; received 0.5." }),
    );
  });
});
