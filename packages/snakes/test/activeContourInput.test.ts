import { zeros } from "@ddl/core";
import type { ActiveContourOptions } from "@ddl/snakes";
import { activeContour, createActiveContour } from "@ddl/snakes";
import { goldenArray } from "@ddl/testing";
import ndarray from "ndarray";
import { expect, test } from "vitest";
import golden from "./goldens/activeContour.json" with { type: "json" };

const image = goldenArray<Float64Array>(golden.images.image);
const snake = goldenArray<Float64Array>(golden.snakes.circle);

test("stays where it is on a constant image without forces of its own", () => {
  const flat = zeros(Float64Array, [3, 4]);
  flat.data.fill(7);
  const result = activeContour(flat, snake, { alpha: 0, beta: 0 });
  expect(result).toMatchObject({ iterations: 11, converged: true });
  expect(result.snake).toBeCloseToArray(snake, { absolute: 1e-12 });
  expect(activeContour(flat, snake, { maxIterations: 0 })).toMatchObject({ iterations: 0, converged: false });
});

test("leaves its input alone", () => {
  const [pixels, points] = [image.data.slice(), snake.data.slice()];
  activeContour(image, snake, { maxIterations: 3 });
  expect(image.data).toEqual(pixels);
  expect(snake.data).toEqual(points);
});

test("reports progress and heeds the signal", () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const run = () =>
    activeContour(image, snake, {
      signal: controller.signal,
      onProgress: ({ iteration, maxIterations, moved }) => {
        expect(maxIterations).toBe(2500);
        expect(moved).toBeGreaterThan(0);
        seen.push(iteration);
        if (iteration === 3) controller.abort(new Error("enough"));
      },
    });
  expect(run).toThrow("enough");
  expect(seen).toEqual([1, 2, 3]);
});

const name = "activeContour";
const small = "have at least 3 pixels along rows and columns, and a channel";
const using = (options: ActiveContourOptions) => () => activeContour(image, snake, options);

test.each([
  [() => activeContour(zeros(Float64Array, [5]), snake), `${name}: image must have 2 or 3 dimensions; received [5].`],
  [() => activeContour(zeros(Float64Array, [1, 1]), snake), `${name}: image must ${small}; received [1, 1].`],
  [() => activeContour(zeros(Float64Array, [0, 7]), snake), `${name}: image must ${small}; received [0, 7].`],
  [() => activeContour(zeros(Float64Array, [5, 7, 0]), snake), `${name}: image must ${small}; received [5, 7, 0].`],
  [
    () => activeContour(ndarray([1, 2, 3, 4, 5, Number.NaN, 7, 8, 9], [3, 3]), snake),
    `${name}: image must contain only finite numbers; received NaN. The first other value is at index [1, 2].`,
  ],
  [
    () => activeContour(image, zeros(Float64Array, [7, 3])),
    `${name}: snake must have shape [any, 2] (points, [row, column]); received [7, 3].`,
  ],
  [
    () => activeContour(image, zeros(Float64Array, [2, 2])),
    `${name}: snake must have at least 3 points with boundaryCondition "periodic"; received [2, 2].`,
  ],
  [
    () => activeContour(image, zeros(Float64Array, [3, 2]), { boundaryCondition: "fixed-free" }),
    `${name}: snake must have at least 4 points with boundaryCondition "fixed-free"; received [3, 2].`,
  ],
  [
    () => activeContour(image, ndarray([1, 2, 3, 4, Number.POSITIVE_INFINITY, 6], [3, 2])),
    `${name}: snake must contain only finite numbers; received Infinity. The first other value is at index [2, 0].`,
  ],
  [using({ alpha: -1 }), `${name}: alpha must be a finite number ≥ 0; received -1.`],
  [using({ beta: -1 }), `${name}: beta must be a finite number ≥ 0; received -1.`],
  [using({ gamma: 0 }), `${name}: gamma must be a finite number > 0; received 0.`],
  [using({ wLine: Number.NaN }), `${name}: wLine must be a finite number; received NaN.`],
  [using({ wEdge: Number.NaN }), `${name}: wEdge must be a finite number; received NaN.`],
  [using({ maxPixelMove: 0 }), `${name}: maxPixelMove must be a finite number > 0; received 0.`],
  [using({ convergence: -1 }), `${name}: convergence must be a finite number ≥ 0; received -1.`],
  [using({ maxIterations: -15 }), `${name}: maxIterations must be an integer ≥ 0; received -15.`],
  [
    using({ boundaryCondition: "wrong" as "free" }),
    `${name}: boundaryCondition must be one of "periodic", "free", "fixed", "free-fixed", "fixed-free", "fixed-fixed", "free-free"; received "wrong".`,
  ],
  [using({ spacing: [1, 0] }), `${name}: spacing must be a finite number > 0; received 0.`],
  [
    using({ balloon: 1, boundaryCondition: "free" }),
    `${name}: balloon must be 0 unless boundaryCondition is "periodic"; received 1.`,
  ],
  [
    using({ forceField: zeros(Float64Array, [29, 22, 2]) }),
    `${name}: forceField must have shape [22, 29, 2] (rows, columns, row and column force); received [29, 22, 2].`,
  ],
  [
    using({ coordinates: "xy" } as object),
    `${name}: options must have only the keys alpha, beta, wLine, wEdge, gamma, maxPixelMove, convergence, boundaryCondition, forceField, balloon, spacing, maxIterations, onProgress, signal; received "coordinates".`,
  ],
  [
    () => createActiveContour(image, snake).change({ gamma: -2 }),
    "createActiveContour.change: gamma must be a finite number > 0; received -2.",
  ],
  [
    () => createActiveContour(image, snake).step(0.5),
    "createActiveContour.step: count must be an integer ≥ 0; received 0.5.",
  ],
])("names bad input %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
