import { inflateSync } from "node:zlib";
import { zeros } from "@ddl/core";
import { gaussianFilter } from "@ddl/ndimage";
import { activeContour } from "@ddl/snakes";
import type { NdArray } from "ndarray";
import { expect, test } from "vitest";
import astronautGolden from "./goldens/activeContourAstronaut.json" with { type: "json" };
import textGolden from "./goldens/activeContourText.json" with { type: "json" };

// The cases of scikit-image's test_active_contour_model.py with its figures, on the part of its pictures that the snakes see.

/** The picture's part as fractions of 255. */
function picture({ shape, deflated }: { shape: number[]; deflated: string }): NdArray<Float64Array> {
  const result = zeros(Float64Array, shape);
  const differences = inflateSync(Buffer.from(deflated, "base64"));
  let grey = 0;
  for (let i = 0; i < differences.length; i++) {
    grey = i % shape[1]! === 0 ? differences[i]! : (grey + differences[i]!) & 255;
    result.data[i] = grey / 255;
  }
  return result;
}

function snakeOf(points: number, place: (share: number) => [number, number]): NdArray<Float64Array> {
  const snake = zeros(Float64Array, [points, 2]);
  for (let i = 0; i < points; i++) snake.data.set(place(i / (points - 1)), 2 * i);
  return snake;
}

/** The whole pixels of the first ten points, in the whole picture. */
function begin(snake: NdArray<Float64Array>, { row, column }: { row: number; column: number }): number[][] {
  const first = Array.from({ length: 10 }, (_, i) => i);
  return [first.map((i) => Math.trunc(snake.get(i, 0) + row)), first.map((i) => Math.trunc(snake.get(i, 1) + column))];
}

const text = picture(textGolden);
const astronaut = gaussianFilter(picture(astronautGolden), 3);
const circle = snakeOf(400, (share) => [
  100 + 100 * Math.sin(2 * Math.PI * share),
  220 + 100 * Math.cos(2 * Math.PI * share) - astronautGolden.column,
]);
const line = snakeOf(100, (share) => [136 - 86 * share - textGolden.row, 5 + 419 * share]);
const astronautOptions = { alpha: 0.015, beta: 10, wLine: 0, wEdge: 1, gamma: 0.001 };
const textOptions = { alpha: 0.1, beta: 1, wLine: -5, wEdge: 0, gamma: 0.1 };
const fixedFigures = [
  [136, 135, 134, 133, 132, 131, 129, 128, 127, 125],
  [5, 9, 13, 17, 21, 25, 30, 34, 38, 42],
];

test("periodic_reference", () => {
  expect(begin(activeContour(astronaut, circle, astronautOptions).snake, astronautGolden)).toEqual([
    [98, 99, 100, 101, 102, 103, 104, 105, 106, 108],
    [299, 298, 298, 298, 298, 297, 297, 296, 296, 295],
  ]);
});

test("fixed_reference", () => {
  const { snake } = activeContour(gaussianFilter(text, 1), line, { ...textOptions, boundaryCondition: "fixed" });
  expect(begin(snake, textGolden)).toEqual(fixedFigures);
});

test("free_reference", () => {
  const start = snakeOf(100, (share) => [70 - 30 * share - textGolden.row, 5 + 419 * share]);
  const { snake } = activeContour(gaussianFilter(text, 3), start, { ...textOptions, boundaryCondition: "free" });
  expect(begin(snake, textGolden)).toEqual([
    [76, 76, 75, 74, 73, 72, 71, 70, 69, 69],
    [10, 13, 16, 19, 23, 26, 29, 32, 36, 39],
  ]);
});

test.each([
  ["red", [1, 0, 0], -5],
  ["green", [0, 1, 0], -5],
  ["all three", [1, 1, 1], -5 / 3],
])("RGB: %s", (_, channels, wLine) => {
  const smooth = gaussianFilter(text, 1);
  const image = zeros(Float64Array, [...smooth.shape, 3]);
  for (let i = 0; i < image.data.length; i++) image.data[i] = smooth.data[Math.floor(i / 3)]! * channels[i % 3]!;
  const { snake } = activeContour(image, line, { ...textOptions, wLine, boundaryCondition: "fixed" });
  expect(begin(snake, textGolden)).toEqual(fixedFigures);
});

test("end_points", () => {
  const ends = (boundaryCondition: "periodic" | "free" | "fixed") => {
    const options = { ...astronautOptions, boundaryCondition, maxIterations: 100 };
    const { snake } = activeContour(astronaut, circle, options);
    const gap = Math.abs(snake.get(0, 0) - snake.get(399, 0)) + Math.abs(snake.get(0, 1) - snake.get(399, 1));
    return { gap, first: [snake.get(0, 0), snake.get(0, 1)] };
  };
  expect(ends("periodic").gap).toBeLessThan(2);
  expect(ends("free").gap).toBeGreaterThan(2);
  expect(ends("fixed").first).toEqual([100, 320 - astronautGolden.column]);
});
