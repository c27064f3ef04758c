import { zeros } from "@ddl/core";
import { convexChanVese, createConvexChanVese } from "@ddl/levelsets";
import { layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/convexChanVese.json" with { type: "json" };

type Field = NdArray<Float64Array>;
const field = ({ shape, values }: { shape: number[]; values: number[] }): Field =>
  ndarray(Float64Array.from(values), shape) as Field;

describe.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k of the primal-dual method", (one) => {
  const options = {
    ...one.options,
    means: one.options.means as [number, number],
    ...("edges" in one && { edges: field(one.edges!) }),
    tolerance: 1e-6,
    maxIterations: 5000,
  };
  const image = field(one.image);

  test("has the minimum's energy and set, from every start and in every layout", () => {
    const starts = {
      none: zeros(Float64Array, image.shape),
      all: ndarray(new Float64Array(image.size).fill(1), image.shape),
      some: ndarray(
        Float64Array.from({ length: image.size }, (_, i) => ((i * 7919) % 101) / 101),
        image.shape,
      ),
    };
    const results = [
      ...Object.values(starts).map((initial) => convexChanVese(image, { ...options, initial })),
      ...layouts(image).map(([, other]) => convexChanVese(other, options)),
    ];
    for (const { u, mask, energy, means, converged } of results) {
      expect(converged).toBe(true);
      expect(Math.abs(energy / one.energy - 1)).toBeLessThan(1e-4);
      expect(energy).toBeGreaterThan(one.energy - 1e-4 * Math.abs(one.energy));
      for (const k of [0, 1] as const) expect(means[k]).toBeCloseTo(one.options.means[k]!, 9);
      let decided = 0;
      for (let i = 0; i < u.data.length; i++) {
        const reference = one.u.values[i]!;
        if (Math.abs(reference - 0.5) < 0.1) continue;
        decided++;
        expect(mask.data[i]).toBe(reference > 0.5 ? 1 : 0);
      }
      expect(decided).toBeGreaterThan(0.9 * image.size);
    }
  });
});

/** A bright block on dark ground with a pattern. */
function block(shape: [number, number]): Field {
  const image = zeros(Float64Array, shape) as Field;
  for (let y = 0; y < shape[0]; y++) {
    for (let x = 0; x < shape[1]; x++) {
      const inside = y >= 4 && y < 13 && x >= 7 && x < 20;
      image.set(y, x, (inside ? 200 : 60) + 30 * Math.sin(2.1 * y + 1.3 * x));
    }
  }
  return image;
}

test("finds the block and its means by itself, in the image's units", () => {
  const image = block([17, 26]);
  const { mask, means, converged } = convexChanVese(image, { mu: 0.1 });
  expect(converged).toBe(true);
  let wrong = 0;
  for (let y = 0; y < 17; y++) {
    for (let x = 0; x < 26; x++) wrong += mask.get(y, x) === Number(y >= 4 && y < 13 && x >= 7 && x < 20) ? 0 : 1;
  }
  // The corners are rounded.
  expect(wrong).toBeLessThan(5);
  expect(Math.abs(means[0] - 200)).toBeLessThan(3);
  expect(Math.abs(means[1] - 60)).toBeLessThan(3);
});

test("one pixel more inside costs what the model says: an image of two halves with a strong force", () => {
  // Columns 0–2 dark, 3–6 bright; c₁ = 1, c₂ = 0: the cut costs 5 edges of mu, deviations none, the bright pixels −1 each.
  const image = zeros(Float64Array, [5, 7]) as Field;
  for (let y = 0; y < 5; y++) for (let x = 3; x < 7; x++) image.set(y, x, 1);
  const { energy, mask } = convexChanVese(image, { mu: 0.2, means: [1, 0], tolerance: 1e-9, maxIterations: 2000 });
  expect([...mask.data]).toEqual([...image.data]);
  expect(energy).toBeCloseTo(5 * 0.2 - 5 * 4, 6);
});

test("a constant image is all outside, whatever its value", () => {
  for (const value of [0, -3, 1e300]) {
    const image = ndarray(new Float64Array(12).fill(value), [3, 4]);
    const { mask, converged, means } = convexChanVese(image, { maxIterations: 20 });
    expect([...mask.data]).toEqual(new Array(12).fill(0));
    expect([converged, means]).toEqual([true, [value, value]]);
  }
});

test("goes on from its JSON as if it had not stopped, and heeds changed parameters", () => {
  const image = block([14, 22]);
  const whole = createConvexChanVese(image, { mu: 0.1 });
  whole.step(4);
  whole.options.mu = 0.4;
  whole.step(3);
  const first = createConvexChanVese(image, { mu: 0.1 });
  first.step(4);
  const second = createConvexChanVese(image, { mu: 0.4 }, JSON.parse(JSON.stringify(first.state())));
  second.step(3);
  expect(second.u.data).toEqual(whole.u.data);
  expect([second.iterations, second.change]).toEqual([7, whole.change]);
  const unchanged = createConvexChanVese(image, { mu: 0.1 });
  unchanged.step(7);
  expect(unchanged.u.data).not.toEqual(whole.u.data);
  whole.options.lambda1 = 0;
  expect(() => whole.step()).toThrow("step: lambda1 must be a finite number > 0; received 0.");
});

test("u stays in [0, 1] and brightness that is turned over gives the complement", () => {
  const images = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }))
    .chain(([rows, columns]) =>
      fc
        .array(fc.integer({ min: 0, max: 255 }), { minLength: rows * columns, maxLength: rows * columns })
        .map((values) => ndarray(Float64Array.from(values), [rows, columns]) as Field),
    );
  fc.assert(
    fc.property(images, (image) => {
      const { u } = convexChanVese(image, { means: [200, 40], maxIterations: 10, tolerance: 0 });
      for (const value of u.data) expect(value >= 0 && value <= 1).toBe(true);
      const turned = ndarray(
        image.data.map((v) => 255 - v),
        [...image.shape],
      );
      const one = convexChanVese(image, { means: [200, 40], tolerance: 1e-7, maxIterations: 3000 });
      const other = convexChanVese(turned, { means: [215, 55], tolerance: 1e-7, maxIterations: 3000 });
      // Σ r·u of the complement lacks Σ r of all pixels.
      const [low, high] = [Math.min(...image.data), Math.max(...image.data)];
      if (high === low) return;
      const all = image.data.reduce(
        (sum, v) => sum + ((v - 200) / (high - low)) ** 2 - ((v - 40) / (high - low)) ** 2,
        0,
      );
      expect(Math.abs(one.energy - (other.energy + all))).toBeLessThan(1e-3 * (1 + Math.abs(all)));
    }),
    { numRuns: 25 },
  );
});

test.each([
  [{ mu: 0 }, "convexChanVese: mu must be a finite number > 0; received 0."],
  [{ tolerance: -1 }, "convexChanVese: tolerance must be a finite number ≥ 0; received -1."],
  [{ means: [1] as never }, "convexChanVese: means must have 2 entries, [inside, outside]; received [1]."],
  [{ means: [1, Number.NaN] as const }, "convexChanVese: means must be a finite number; received NaN."],
  [{ spacing: [1, 0] }, "convexChanVese: spacing must be a finite number > 0; received 0."],
  [{ initial: zeros(Float64Array, [4, 3]) }, "convexChanVese: initial must have shape [3, 4]; received [4, 3]."],
  [
    { edges: ndarray(new Float64Array(12).fill(2), [3, 4]) },
    "convexChanVese: edges must have values in [0, 1]; received 2.",
  ],
  [{ maxIterations: -1 }, "convexChanVese: maxIterations must be an integer ≥ 0; received -1."],
])("bad input %#", (options, message) => {
  expect(() => convexChanVese(zeros(Float64Array, [3, 4]), options)).toThrow(expect.objectContaining({ message }));
});

test("bad images, and a signal raised on the way", () => {
  const message = "convexChanVese: image must have elements; received [0, 4].";
  expect(() => convexChanVese(zeros(Float64Array, [0, 4]))).toThrow(expect.objectContaining({ message }));
  const controller = new AbortController();
  const onProgress = ({ iteration }: { iteration: number }): void => {
    if (iteration === 1) controller.abort(new Error("enough"));
  };
  expect(() =>
    convexChanVese(block([17, 26]), { mu: 0.3, tolerance: 0, signal: controller.signal, onProgress }),
  ).toThrow("enough");
});
