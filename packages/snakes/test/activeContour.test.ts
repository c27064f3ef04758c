import { activeContour } from "@ddl/snakes";
import { goldenArray, layouts } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import { BiquadraticSpline } from "../src/parametric/biquadraticSpline.js";
import golden from "./goldens/activeContour.json" with { type: "json" };

const images = {
  image: goldenArray<Float64Array>(golden.images.image),
  colour: goldenArray<Float64Array>(golden.images.colour),
  byte: goldenArray<Uint8Array>(golden.images.byte),
};
type SnakeName = keyof typeof golden.snakes;

describe("activeContour equals scikit-image", () => {
  test.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k: $image $snake $options", (one) => {
    const snake = goldenArray<Float64Array>(golden.snakes[one.snake as SnakeName]);
    const expected = goldenArray<Float64Array>(one.result);
    const options = one.options as Parameters<typeof activeContour>[2];
    const image = images[one.image as "image"];
    expect(activeContour(image, snake, options).snake).toBeCloseToArray(expected, { absolute: 1e-9 });
    for (const [, other] of layouts(image)) {
      expect(activeContour(other, snake, options).snake).toBeCloseToArray(expected, { absolute: 1e-9 });
    }
    for (const [, other] of layouts(snake)) {
      expect(activeContour(image, other, options).snake).toBeCloseToArray(expected, { absolute: 1e-9 });
    }
  });

  test.each(golden.splines.map((one, k) => ({ k, ...one })))("in its spline, case $k", (one) => {
    const values = goldenArray<Float64Array>(one.values);
    const [rows, columns] = values.shape as [number, number];
    const spline = new BiquadraticSpline(values.data, rows, columns);
    const places = goldenArray<Float64Array>(one.places);
    const slopes = goldenArray<Float64Array>(one.slopes);
    const slope = new Float64Array(2);
    for (let i = 0; i < places.shape[0]!; i++) {
      spline.gradient(places.get(i, 0), places.get(i, 1), slope);
      expect(slope[0]).toBeCloseTo(slopes.get(i, 0), 12);
      expect(slope[1]).toBeCloseTo(slopes.get(i, 1), 12);
    }
  });
});
