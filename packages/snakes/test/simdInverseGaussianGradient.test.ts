import type { Runtime } from "@ddl/simd";
import { createRuntime } from "@ddl/simd";
import { inverseGaussianGradient } from "@ddl/snakes";
import { simdInverseGaussianGradient } from "@ddl/snakes/simd";
import { layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** A blob in noise, no two lines alike. */
function picture(shape: readonly number[]): NdArray<Float64Array> {
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    const blob = Math.floor(i / shape.at(-1)!) > 4 && i % shape.at(-1)! > 6 ? 1 : 0;
    return blob + 0.2 * Math.sin(12.9898 * i + 0.3 * (i % 7) ** 2);
  });
  return ndarray(values, [...shape]) as NdArray<Float64Array>;
}

let runtimes: Runtime[] = [];
beforeAll(async () => {
  runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];
});
afterAll(() => Promise.all(runtimes.map((runtime) => runtime.close())));

describe.each([0, 1])("simdInverseGaussianGradient, runtime %i", (which) => {
  const cases: [number[], object][] = [
    [[61, 83], {}],
    [[17, 34], { alpha: 1000, sigma: 2 }],
    [[1, 9], { sigma: 0.7 }],
    [[8, 1], { alpha: 0 }],
    [[9, 13, 11], { alpha: 20, sigma: 1.3 }],
  ];
  test.each(cases)("is inverseGaussianGradient to the bit: %j %j", async (shape, options) => {
    const image = picture(shape);
    const fast = await simdInverseGaussianGradient(image, { ...options, runtime: runtimes[which]! });
    expect(fast).toEqual(inverseGaussianGradient(image, options));
  });

  test("of any layout and type", async () => {
    const runtime = runtimes[which]!;
    const image = picture([4, 6, 5]);
    const plain = inverseGaussianGradient(image, { sigma: 1.2 });
    for (const [, other] of layouts(image)) {
      expect((await simdInverseGaussianGradient(other, { sigma: 1.2, runtime })).data).toEqual(plain.data);
    }
    const floats = ndarray(Float32Array.from(image.data), image.shape);
    const fast = await simdInverseGaussianGradient(floats, { sigma: 1.2, runtime });
    expect(fast).toEqual(inverseGaussianGradient(floats, { sigma: 1.2 }));
  });
});

test("on the shared runtime", async () => {
  const image = picture([10, 12]);
  expect(await simdInverseGaussianGradient(image)).toEqual(inverseGaussianGradient(image));
});

test.each([
  [[4], {}, "image must have 2 or 3 dimensions; received [4]."],
  [[0, 4], {}, "image must have at least one element; received [0, 4]."],
  [[3, 4], { alpha: -0.5 }, "alpha must be a finite number ≥ 0; received -0.5."],
  [[3, 4], { sigma: 1e6 }, "sigma must be a finite number ≥ 1e-9 and ≤ 250000; received 1000000."],
  [[3, 4], { truncate: 3 }, 'options must have only the keys alpha, sigma, runtime; received "truncate".'],
])("bad input %j %j", async (shape, options, message) => {
  await expect(simdInverseGaussianGradient(picture(shape), options as object)).rejects.toThrow(
    `simdInverseGaussianGradient: ${message}`,
  );
});

test("the first number that is not finite is named", async () => {
  const image = ndarray(Float64Array.of(1, 2, 3, Number.NaN), [2, 2]);
  const message =
    "simdInverseGaussianGradient: image must contain only finite numbers; received NaN. The first other value is at index [1, 1].";
  await expect(simdInverseGaussianGradient(image)).rejects.toThrow(message);
});
