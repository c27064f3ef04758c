import { zeros } from "@ddl/core";
import type { ActiveContourOptions } from "@ddl/snakes";
import { activeContour, createActiveContour } from "@ddl/snakes";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/activeContour.json" with { type: "json" };

const image = goldenArray<Float64Array>(golden.images.image);
const snake = goldenArray<Float64Array>(golden.snakes.circle);
const flat = zeros(Float64Array, [30, 40]);

function ellipse(points: number, [row, column]: number[], [height, width]: number[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, [points, 2]);
  for (let i = 0; i < points; i++) {
    result.set(i, 0, row! + height! * Math.sin((2 * Math.PI * i) / points));
    result.set(i, 1, column! + width! * Math.cos((2 * Math.PI * i) / points));
  }
  return result;
}

const shifted = (array: NdArray<Float64Array>, down: number, right: number): NdArray<Float64Array> =>
  ndarray(
    array.data.map((value, i) => value + (i % 2 === 0 ? down : right)),
    array.shape,
  );

describe("activeContour in limits", () => {
  test("shrinks a closed snake without forces to its centre", () => {
    const start = ellipse(20, [13, 22], [6, 9]);
    const still = { alpha: 1, beta: 0, convergence: 1e-9, maxIterations: 5000 };
    const result = activeContour(flat, start, still);
    const centre = zeros(Float64Array, [20, 2]);
    for (let i = 0; i < 20; i++) centre.data.set([13, 22], 2 * i);
    expect(result.converged).toBe(true);
    expect(result.iterations % 11).toBe(0);
    expect(result.snake).toBeCloseToArray(centre, { absolute: 1e-6 });
  });

  test.each([0.03, -0.03])("moves a circle by its balloon force %d over gamma, either way round", (balloon) => {
    const start = ellipse(24, [14, 19], [8, 8]);
    const options = { alpha: 0, beta: 0, gamma: 1, balloon, maxIterations: 5, convergence: 0 };
    const grown = ellipse(24, [14, 19], [8 + 5 * balloon, 8 + 5 * balloon]);
    // tanh z = z − z³/3: five steps fall short by less than 5·0.03³/3.
    expect(activeContour(flat, start, options).snake).toBeCloseToArray(grown, { absolute: 5e-5 });
    expect(activeContour(flat, start.step(-1, 1), options).snake).toBeCloseToArray(grown.step(-1, 1), {
      absolute: 5e-5,
    });
  });

  test("moves a coordinate by maxPixelMove at most", () => {
    const start = ellipse(24, [14, 19], [8, 8]);
    const options = { alpha: 0, beta: 0, gamma: 1, balloon: 1e4, maxPixelMove: 0.25, maxIterations: 1 };
    const { snake: moved } = activeContour(flat, start, options);
    expect(moved.get(3, 0) - start.get(3, 0)).toBeCloseTo(0.25, 12);
    expect(moved.get(3, 1) - start.get(3, 1)).toBeCloseTo(0.25, 12);
  });

  test("interpolates a force field between four pixels, and clamps it outside", () => {
    const field = zeros(Float64Array, [3, 4, 2]);
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        field.set(y, x, 0, 0.001 * (1 + 2 * y + 5 * x + 3 * x * y));
        field.set(y, x, 1, 0.001 * (4 - y + x));
      }
    }
    const places = ndarray(Float64Array.of(0.5, 1.25, -3, 2, 1.75, 9), [3, 2]);
    const options = { alpha: 0, beta: 0, gamma: 1, maxIterations: 1 };
    const small = zeros(Float64Array, [3, 4]);
    // 1 + 1 + 6.25 + 1.875, 4 − 0.5 + 1.25; clamped to (0, 2): 11, 6; to (1.75, 3): 1 + 3.5 + 15 + 15.75, 4 − 1.75 + 3
    const thousandths = [10.125, 4.75, 11, 6, 35.25, 5.25];
    const expected = places.data.map((value, i) => value + Math.tanh(thousandths[i]! / 1000));
    for (const [, forceField] of layouts(field)) {
      const result = activeContour(small, places, { ...options, forceField });
      expect(result.snake).toBeCloseToArray(ndarray(expected, [3, 2]), { absolute: 1e-14 });
    }
  });

  test("takes a field in place of the edges unless wEdge is given", () => {
    const forceField = zeros(Float64Array, [...image.shape, 2]);
    const still = { alpha: 0, beta: 0, maxIterations: 3 };
    expect(activeContour(image, snake, { ...still, forceField }).snake).toBeCloseToArray(snake, { absolute: 1e-12 });
    const both = activeContour(image, snake, { ...still, forceField, wEdge: 1 }).snake;
    expect(both).toEqualArray(activeContour(image, snake, still).snake);
    expect(both).not.toBeCloseToArray(snake, { absolute: 1e-3 });
  });

  test("sees the same landscape at another spacing", () => {
    // A quadratic is its own biquadratic spline, at whichever pixels it was sampled.
    const sampled = (rows: number, columns: number, height: number, width: number) => {
      const result = zeros(Float64Array, [rows, columns]);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const [y, x] = [i * height, j * width];
          result.set(i, j, 0.3 * y - 0.02 * y * y - 0.03 * x * x + 0.4 * x + 0.01 * x * y);
        }
      }
      return result;
    };
    const options = { wLine: 1, wEdge: 0, gamma: 2, alpha: 0.2, beta: 0.1, maxIterations: 30, convergence: 0 };
    const start = ellipse(14, [8, 9], [4, 6]);
    const expected = activeContour(sampled(17, 19, 1, 1), start, { ...options, balloon: 0.1 }).snake;
    const scaled = (array: NdArray<Float64Array>, height: number, width: number) =>
      ndarray(
        array.data.map((value, i) => value * (i % 2 === 0 ? height : width)),
        array.shape,
      );
    const fine = activeContour(sampled(33, 13, 0.5, 1.5), scaled(start, 2, 2 / 3), {
      ...options,
      balloon: 0.1,
      spacing: [0.5, 1.5],
    });
    expect(scaled(fine.snake, 0.5, 1.5)).toBeCloseToArray(expected, { absolute: 1e-9 });
  });

  test("measures edges in lengths: slopes are divided by the spacing", () => {
    const spacing = [0.5, 1.5];
    const options = { maxIterations: 1, alpha: 0, beta: 0, gamma: 1 };
    const ramp = zeros(Float64Array, [30, 9]);
    for (let y = 0; y < 30; y++) for (let x = 0; x < 9; x++) ramp.set(y, x, 0.01 * y * y);
    // Inside, Sobel along rows is 0.04·y a pixel: the edge is 0.04·y/(0.5·√2), its slope by length 0.04/(0.25·√2).
    const start = ellipse(5, [14.5, 4], [1, 1]);
    const result = activeContour(ramp, start, { ...options, spacing }).snake;
    const move = Math.tanh(0.04 / (0.25 * Math.SQRT2)) / 0.5;
    expect(result).toBeCloseToArray(shifted(start, move, 0), { absolute: 1e-8 });
  });
});

describe("activeContour moves with its image", () => {
  const options: ActiveContourOptions = { alpha: 0.05, beta: 0.4, wLine: 0.5, wEdge: 2, gamma: 0.3, maxIterations: 12 };

  test("transposed", () => {
    const weights = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(weights, fc.constantFrom("periodic", "free", "fixed-free"), ([wLine, wEdge], boundaryCondition) => {
        const all = { ...options, wLine, wEdge, boundaryCondition } as ActiveContourOptions;
        const expected = activeContour(image, snake, all).snake.step(1, -1);
        const { snake: result } = activeContour(image.transpose(1, 0), snake.step(1, -1), all);
        expect(result).toBeCloseToArray(expected, { absolute: 1e-9 });
      }),
      { numRuns: 30 },
    );
  });

  test("shifted", () => {
    const place = (down: number, right: number) => {
      const result = zeros(Float64Array, [70, 80]);
      for (let y = 0; y < 70; y++) {
        for (let x = 0; x < 80; x++) result.set(y, x, Math.exp(-((y - down) ** 2) / 20 - (x - right) ** 2 / 34));
      }
      return result;
    };
    const start = ellipse(16, [30, 34], [7, 9]);
    const expected = activeContour(place(30, 33), start, options).snake;
    fc.assert(
      fc.property(fc.integer({ min: -4, max: 7 }), fc.integer({ min: -3, max: 9 }), (down, right) => {
        const result = activeContour(place(30 + down, 33 + right), shifted(start, down, right), options).snake;
        expect(result).toBeCloseToArray(shifted(expected, down, right), { absolute: 1e-8 });
      }),
      { numRuns: 15 },
    );
  });
});

describe("createActiveContour", () => {
  test("steps to what the function gives", () => {
    const solver = createActiveContour(image, snake, { beta: 0.4 });
    solver.step(4);
    solver.step();
    expect(solver.iterations).toBe(5);
    expect(solver.snake).toEqualArray(activeContour(image, snake, { beta: 0.4, maxIterations: 5 }).snake);
  });

  test("takes other settings while it runs, and looks for convergence anew", () => {
    const solver = createActiveContour(image, snake, { convergence: 100 });
    solver.step(11);
    expect(solver.converged).toBe(true);
    const half = solver.snake;
    solver.change({ alpha: 0.2, boundaryCondition: "fixed" });
    expect(solver.converged).toBe(false);
    solver.step(3);
    const options = { alpha: 0.2, boundaryCondition: "fixed", maxIterations: 3 } as const;
    expect(solver.snake).toEqualArray(activeContour(image, half, options).snake);
    const before = solver.snake;
    expect(() => solver.change({ gamma: 0 })).toThrow("createActiveContour.change: gamma must be");
    solver.step(0);
    expect(solver.snake).toEqualArray(before);
  });
});
