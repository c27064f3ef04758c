import type { BorderMode } from "@ddl/ndimage";
import { gaussianFilter, gaussianGradientMagnitude } from "@ddl/ndimage";
import { simdGaussianFilter, simdGaussianGradientMagnitude } from "@ddl/ndimage/simd";
import type { Runtime } from "@ddl/simd";
import { createRuntime } from "@ddl/simd";
import { layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Values of no pattern, of both signs, with zeros of both signs among them. */
function picture<Values extends Float32Array | Float64Array = Float64Array>(
  shape: readonly number[],
  Storage = Float64Array as unknown as new (
    length: number,
  ) => Values,
): NdArray<Values> {
  const values = new Storage(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) {
    values[i] = i % 11 === 3 ? 0 : i % 13 === 5 ? -0 : 100 * Math.sin(12.9898 * i + 0.3 * (i % 7) ** 2) - 20;
  }
  return ndarray(values, [...shape]) as NdArray<Values>;
}

let runtimes: Runtime[] = [];
beforeAll(async () => {
  runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];
});
afterAll(() => Promise.all(runtimes.map((runtime) => runtime.close())));

const modes: BorderMode[] = ["nearest", "reflect", "mirror", "wrap", "constant"];
// One pixel, tails of two and four columns, tiles and groups of rows in full and in part, axes shorter than a kernel.
const shapes = [
  [1, 1],
  [1, 9],
  [13, 1],
  [2, 2],
  [5, 6],
  [16, 32],
  [17, 33],
  [35, 67],
  [1, 1, 1],
  [1, 7, 5],
  [6, 1, 3],
  [7, 4, 1],
  [5, 18, 37],
];
const kinds = [
  ["float64", Float64Array],
  ["float32", Float32Array],
] as const;

describe.each([0, 1])("on runtime %i, to the bit", (which) => {
  describe.each(kinds)("of %s", (_, Storage) => {
    test.each(shapes.map((shape) => [shape]))("simdGaussianFilter of %j", async (shape) => {
      const image = picture(shape, Storage as typeof Float64Array);
      const sigmas = [0, 0.1, 0.7, 2.3, shape.map((_, k) => 3.1 - 1.2 * k), shape.map((_, k) => 0.9 * k)];
      for (const mode of modes) {
        for (const sigma of sigmas) {
          const options = { mode, cval: -3.7 };
          const fast = await simdGaussianFilter(image, sigma, { ...options, runtime: runtimes[which]! });
          expect(fast).toEqual(gaussianFilter(image, sigma, options));
        }
        const order = shape.map((_, k) => (k + shape.length) % 4);
        const options = { mode, order, truncate: 2.6 };
        const fast = await simdGaussianFilter(image, 1.4, { ...options, runtime: runtimes[which]! });
        expect(fast).toEqual(gaussianFilter(image, 1.4, options));
      }
    });

    test.each(shapes.map((shape) => [shape]))("simdGaussianGradientMagnitude of %j", async (shape) => {
      const image = picture(shape, Storage as typeof Float64Array);
      for (const mode of modes) {
        for (const sigma of [0.1, 0.6, 2.3, shape.map((_, k) => 3.1 - 1.2 * k)]) {
          const options = { mode, cval: 1.9, truncate: 3.5 };
          const fast = await simdGaussianGradientMagnitude(image, sigma, { ...options, runtime: runtimes[which]! });
          expect(fast).toEqual(gaussianGradientMagnitude(image, sigma, options));
        }
      }
    });
  });

  test("of any layout, type and size of chunk, without a change of the input", async () => {
    const runtime = runtimes[which]!;
    const image = picture([4, 6, 5]);
    const [smooth, lengths] = [gaussianFilter(image, 1.2), gaussianGradientMagnitude(image, 1.2)];
    for (const [, other] of layouts(image)) {
      const before = [...(other.data as Float64Array)];
      expect((await simdGaussianFilter(other, 1.2, { runtime })).data).toEqual(smooth.data);
      expect((await simdGaussianGradientMagnitude(other, 1.2, { runtime })).data).toEqual(lengths.data);
      expect([...(other.data as Float64Array)]).toEqual(before);
    }
    const bytes = ndarray(
      Uint8Array.from({ length: 30 }, (_, i) => (37 * i) % 256),
      [5, 6],
    );
    expect(await simdGaussianFilter(bytes, 1.2, { runtime })).toEqual(gaussianFilter(bytes, 1.2));
    // So many groups of rows, and stripes across planes, that a chunk has several.
    for (const shape of [
      [4099, 1, 3],
      [2, 363, 363],
    ]) {
      const many = picture(shape);
      const { data } = await simdGaussianGradientMagnitude(many, 0.8, { runtime });
      const plain = gaussianGradientMagnitude(many, 0.8).data;
      expect(data.findIndex((value, i) => value !== plain[i])).toBe(-1);
    }
  });

  test("1/√(1 + α·g) of the lengths g", async () => {
    const image = picture([19, 23]);
    const { data } = gaussianGradientMagnitude(image, 1.7);
    for (const inverse of [0, 0.4, 1000]) {
      const fast = await simdGaussianGradientMagnitude(image, 1.7, { inverse, runtime: runtimes[which]! });
      expect(fast.data).toEqual(data.map((g) => 1 / Math.sqrt(1 + inverse * g)));
    }
  });

  test("all memory comes back, but for the threads' scratch", async () => {
    const runtime = runtimes[which]!;
    const image = picture([9, 40, 31]);
    const run = async () => {
      await simdGaussianFilter(image, 2, { runtime });
      await simdGaussianGradientMagnitude(image, 2, { runtime });
      return runtime.heap.held;
    };
    expect(await run()).toBe(await run());
  });
});

test("on the shared runtime, and of nothing", async () => {
  const image = picture([6, 7]);
  expect(await simdGaussianFilter(image, 1)).toEqual(gaussianFilter(image, 1));
  expect((await simdGaussianGradientMagnitude(picture([0, 3]), 1)).shape).toEqual([0, 3]);
});

const image = picture([4, 5]);
const bad = ndarray(Float64Array.of(1, 2, 3, Number.NaN), [2, 2]);
test.each([
  [() => simdGaussianFilter(picture([7]), 1), "simdGaussianFilter: array must have 2 or 3 dimensions; received [7]."],
  [
    () => simdGaussianFilter(bad, 1),
    "simdGaussianFilter: array must contain only finite numbers; received NaN. The first other value is at index [1, 1].",
  ],
  [() => simdGaussianFilter([1, 2] as never, 1), "simdGaussianFilter: array must be an ndarray; received [1, 2]."],
  [
    () => simdGaussianFilter(image, [1, 2, 3]),
    "simdGaussianFilter: sigma must have 2 entries, one an axis; received [1, 2, 3].",
  ],
  [
    () => simdGaussianFilter(image, 1, { order: -1 }),
    "simdGaussianFilter: order must be an integer ≥ 0 and ≤ 20; received -1.",
  ],
  [
    () => simdGaussianFilter(image, 1, { radius: 3 } as object),
    'simdGaussianFilter: options must have only the keys mode, cval, truncate, order, runtime; received "radius".',
  ],
  [
    () => simdGaussianGradientMagnitude(image, [1, 0]),
    "simdGaussianGradientMagnitude: sigma must be a finite number ≥ 1e-9; received 0.",
  ],
  [
    () => simdGaussianGradientMagnitude(image, 1, { inverse: -1 }),
    "simdGaussianGradientMagnitude: inverse must be a finite number ≥ 0; received -1.",
  ],
])("bad input %#", async (run, message) => {
  await expect(run()).rejects.toThrow(message);
});
