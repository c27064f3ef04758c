import { zeros } from "@ddl/core";
import { activeContour, gradientVectorFlow } from "@ddl/snakes";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/gradientVectorFlow.json" with { type: "json" };

const maps = {
  image: goldenArray<Float64Array>(golden.maps.image),
  volume: goldenArray<Float64Array>(golden.maps.volume),
};

test.each(golden.cases.map((one, k) => ({ k, ...one })))("follows Xu and Prince pixel by pixel, case $k", (one) => {
  const expected = goldenArray<Float64Array>(one.field);
  for (const [, map] of layouts(maps[one.map as "image"])) {
    expect(gradientVectorFlow(map, one.options)).toBeCloseToArray(expected, { absolute: 1e-13 });
  }
});

describe("gradientVectorFlow", () => {
  test("spreads a step by hand: slopes 0, ½, ½, 0 on a row, one iteration", () => {
    const map = ndarray(Float64Array.of(3, 3, 7, 7), [1, 4]);
    const field = gradientVectorFlow(map, { mu: 0.2, iterations: 1 });
    // 0 + 0.2·(½ + ½ − 0) at the ends, where the mirror is; ½ + 0.2·(0 + ½ − 1) inside; nothing along the axis of one pixel.
    const expected = ndarray(Float64Array.of(0, 0.2, 0, 0.4, 0, 0.4, 0, 0.2), [1, 4, 2]);
    expect(field).toBeCloseToArray(expected, { absolute: 1e-15 });
    const unit = gradientVectorFlow(map, { mu: 0.2, iterations: 1, normalize: true });
    expect(unit).toBeCloseToArray(ndarray(Float64Array.of(0, 1, 0, 1, 0, 1, 0, 1), [1, 4, 2]), { absolute: 1e-9 });
  });

  test("is 0 for a constant map, and for one pixel", () => {
    const flat = zeros(Float64Array, [3, 4]);
    flat.data.fill(7);
    expect(gradientVectorFlow(flat, { normalize: true })).toEqualArray(zeros(Float64Array, [3, 4, 2]));
    expect(gradientVectorFlow(zeros(Uint8Array, [1, 1]))).toEqualArray(zeros(Float64Array, [1, 1, 2]));
  });

  test("does not see brightness, contrast or the unit of spacing", () => {
    const field = gradientVectorFlow(maps.volume, { iterations: 5, mu: 0.1, spacing: [1, 1.5, 2] });
    const other = ndarray(
      maps.volume.data.map((value) => 40 * value - 3),
      maps.volume.shape,
    );
    const same = gradientVectorFlow(other, { iterations: 5, mu: 0.1, spacing: [3, 4.5, 6] });
    expect(same).toBeCloseToArray(field, { absolute: 1e-13 });
  });

  test("turns with its map: transposed and mirrored", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 12 }), (values, iterations) => {
        const map = ndarray(Float64Array.from(values), [4, 5]);
        const field = gradientVectorFlow(map, { iterations });
        const transposed = gradientVectorFlow(map.transpose(1, 0), { iterations });
        expect(transposed).toBeCloseToArray(field.transpose(1, 0, 2).step(1, 1, -1), { absolute: 1e-12 });
        const mirrored = gradientVectorFlow(map.step(-1, 1), { iterations });
        for (let y = 0; y < 4; y++) {
          for (let x = 0; x < 5; x++) {
            expect(mirrored.get(3 - y, x, 0)).toBeCloseTo(-field.get(y, x, 0), 12);
            expect(mirrored.get(3 - y, x, 1)).toBeCloseTo(field.get(y, x, 1), 12);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("draws a snake to a circle that the image's own slopes do not reach", () => {
    const [rows, columns, radius] = [48, 56, 9];
    const map = zeros(Float64Array, [rows, columns]);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) map.set(y, x, Math.exp(-((Math.hypot(y - 22, x - 30) - radius) ** 2) / 2));
    }
    const start = zeros(Float64Array, [40, 2]);
    for (let i = 0; i < 40; i++) {
      start.set(i, 0, 22 + 19 * Math.sin((i * Math.PI) / 20));
      start.set(i, 1, 30 + 19 * Math.cos((i * Math.PI) / 20));
    }
    const distance = (snake: NdArray<Float64Array>): number => {
      let most = 0;
      for (let i = 0; i < 40; i++) {
        most = Math.max(most, Math.abs(Math.hypot(snake.get(i, 0) - 22, snake.get(i, 1) - 30) - radius));
      }
      return most;
    };
    const options = { alpha: 0.001, beta: 0.001, gamma: 1, convergence: 0.01 };
    const forceField = gradientVectorFlow(map, { iterations: 200, normalize: true });
    expect(distance(activeContour(map, start, { ...options, forceField }).snake)).toBeLessThan(0.6);
    expect(distance(activeContour(map, start, { ...options, wEdge: 0, wLine: 1 }).snake)).toBeGreaterThan(5);
  });

  test("reports progress and heeds the signal", () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = () =>
      gradientVectorFlow(maps.image, {
        iterations: 9,
        signal: controller.signal,
        onProgress: ({ iteration, iterations }) => {
          expect(iterations).toBe(9);
          seen.push(iteration);
          if (iteration === 3) controller.abort(new Error("enough"));
        },
      });
    expect(run).toThrow("enough");
    expect(seen).toEqual([1, 2, 3]);
  });

  const name = "gradientVectorFlow";
  test.each([
    [() => gradientVectorFlow(zeros(Float64Array, [5])), `${name}: edgeMap must have 2 or 3 dimensions; received [5].`],
    [() => gradientVectorFlow(zeros(Float64Array, [5, 0])), `${name}: edgeMap must not be empty; received [5, 0].`],
    [
      () => gradientVectorFlow(ndarray(Float64Array.of(1, 2, Number.NaN, 4), [2, 2])),
      `${name}: edgeMap must contain only finite numbers; received NaN. The first other value is at index [1, 0].`,
    ],
    [
      () => gradientVectorFlow(maps.image, { mu: 0.3 }),
      `${name}: mu must be a finite number > 0 and ≤ 0.25; received 0.3.`,
    ],
    [
      () => gradientVectorFlow(maps.volume, { mu: 0 }),
      `${name}: mu must be a finite number > 0 and ≤ ${1 / 6}; received 0.`,
    ],
    [
      () => gradientVectorFlow(maps.image, { iterations: 1.5 }),
      `${name}: iterations must be an integer ≥ 0; received 1.5.`,
    ],
    [
      () => gradientVectorFlow(maps.image, { normalize: 1 as unknown as boolean }),
      `${name}: normalize must be true or false; received 1.`,
    ],
    [
      () => gradientVectorFlow(maps.image, { spacing: [1, 1, 1] }),
      `${name}: spacing must have 2 entries, one an axis; received [1, 1, 1].`,
    ],
    [
      () => gradientVectorFlow(maps.image, { steps: 3 } as object),
      `${name}: options must have only the keys mu, iterations, spacing, normalize, onProgress, signal; received "steps".`,
    ],
  ])("names bad input %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
