import { chanVese, createChanVese } from "@ddl/levelsets";
import { createSimdChanVese, simdChanVese } from "@ddl/levelsets/simd";
import type { Runtime } from "@ddl/simd";
import { createRuntime } from "@ddl/simd";
import { layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** A blob on a slope with a pattern, no two lines alike; of each channel another. */
function picture<Values extends Float32Array | Float64Array = Float32Array>(
  shape: number[],
  Storage = Float32Array as unknown as new (
    length: number,
  ) => Values,
): NdArray<Values> {
  const values = new Storage(shape.reduce((a, b) => a * b, 1));
  const [rows, columns, channels] = [shape[0]!, shape[1]!, shape[2] ?? 1];
  for (let i = 0; i < values.length; i++) {
    const c = i % channels;
    const x = Math.floor(i / channels) % columns;
    const y = Math.floor(i / channels / columns);
    const blob = Math.hypot(y / rows - 0.4, x / columns - 0.55) < 0.27 ? 1 + c : 0;
    values[i] = blob + 0.3 * Math.sin(0.9 * x + 1.7 * y + c) + 0.01 * x;
  }
  return ndarray(values, shape) as NdArray<Values>;
}

let runtimes: Runtime[] = [];
beforeAll(async () => {
  runtimes = [await createRuntime({ threads: 1 }), await createRuntime({ threads: 2 })];
  // What a runtime holds for itself it takes with the first job.
  for (const runtime of runtimes) await simdChanVese(picture([2, 2]), { runtime, maxIterations: 1 });
});
afterAll(() => Promise.all(runtimes.map((runtime) => runtime.close())));

describe.each([0, 1])("simdChanVese, runtime %i", (which) => {
  const cases: [number[], object][] = [
    [[37, 29], { mu: 0.2, maxIterations: 40 }],
    [[37, 30], { mu: 0.05, nu: 0.02, lambda1: 1.5, lambda2: 0.8, dt: 0.3, maxIterations: 40 }],
    [[16, 31], { spacing: [2, 0.7], maxIterations: 25 }],
    [[65, 32], { initial: "disk", maxIterations: 25 }],
    [[19, 23, 3], { channelAxis: 2, maxIterations: 25 }],
    [[3, 21, 18], { channelAxis: 0, maxIterations: 25 }],
    [[1, 9], { maxIterations: 12 }],
    [[11, 1], { maxIterations: 12 }],
    [[1, 1], { maxIterations: 3 }],
  ];
  test.each(cases)("is chanVese of a float32 image to the bit: %j %j", async (shape, options) => {
    const image = picture(shape);
    const plain = chanVese(image, { ...options, energies: false });
    const runtime = runtimes[which]!;
    const { held } = runtime.heap;
    const fast = await simdChanVese(image, { ...options, runtime });
    expect(fast.phi.shape).toEqual(plain.phi.shape);
    expect(fast.phi.data).toEqual(plain.phi.data);
    expect(fast.mask.data).toEqual(plain.mask.data);
    expect([fast.iterations, fast.converged]).toEqual([plain.iterations, plain.converged]);
    expect(runtime.heap.held).toBe(held);
  });
});

describe.each([0, 1])("simdChanVese in float64, runtime %i", (which) => {
  const cases: [number[], object][] = [
    [[37, 29], { mu: 0.2, maxIterations: 40 }],
    [[37, 30], { mu: 0.05, nu: 0.02, lambda1: 1.5, lambda2: 0.8, dt: 0.3, maxIterations: 40 }],
    [[16, 31], { spacing: [2, 0.7], maxIterations: 25 }],
    [[65, 32], { initial: "disk", maxIterations: 25 }],
    [[19, 23, 3], { channelAxis: 2, maxIterations: 25 }],
    [[3, 21, 18], { channelAxis: 0, maxIterations: 25 }],
    [[7, 13, 10], { maxIterations: 25 }],
    [[7, 12, 11], { spacing: [3, 0.5, 1.4], nu: -0.03, lambda1: 0.7, maxIterations: 25 }],
    [[5, 9, 6, 2], { channelAxis: -1, spacing: [2, 1.1, 0.9], maxIterations: 25 }],
    [[1, 9], { maxIterations: 12 }],
    [[11, 1], { maxIterations: 12 }],
    [[7, 2], { maxIterations: 12 }],
    [[1, 1], { maxIterations: 3 }],
    [[1, 1, 4], { maxIterations: 3 }],
  ];
  test.each(cases)("is chanVese of a float64 image to the bit: %j %j", async (shape, options) => {
    const image = picture(shape, Float64Array);
    const plain = chanVese(image, { ...options, energies: false });
    const runtime = runtimes[which]!;
    const { held } = runtime.heap;
    const fast = await simdChanVese(image, { ...options, runtime, dtype: "float64" });
    expect(fast.phi.shape).toEqual(plain.phi.shape);
    expect(fast.phi.data).toEqual(plain.phi.data);
    expect(fast.mask.data).toEqual(plain.mask.data);
    expect([fast.iterations, fast.converged]).toEqual([plain.iterations, plain.converged]);
    expect(runtime.heap.held).toBe(held);
  });

  test("of any layout, and of a float32 image as of its values", async () => {
    const image = picture([4, 6, 5]);
    const doubles = ndarray(Float64Array.from(image.data), [4, 6, 5]);
    const { phi } = chanVese(doubles, { maxIterations: 5, energies: false });
    for (const [, other] of [...layouts(image), ...layouts(doubles)]) {
      const fast = await simdChanVese(other, { maxIterations: 5, runtime: runtimes[which]!, dtype: "float64" });
      expect(fast.phi.data).toEqual(phi.data);
    }
  });
});

test("stops where chanVese stops", async () => {
  const image = picture([40, 33]);
  const plain = chanVese(image, { mu: 0.2, tolerance: 0.01, energies: false });
  const fast = await simdChanVese(image, { mu: 0.2, tolerance: 0.01, runtime: runtimes[1]! });
  expect(plain.converged).toBe(true);
  expect([fast.iterations, fast.converged]).toEqual([plain.iterations, true]);
});

test("a constant image moves by curvature alone, as there", async () => {
  const image = ndarray(new Float32Array(15 * 18).fill(7), [15, 18]);
  const fast = await simdChanVese(image, { maxIterations: 10, runtime: runtimes[0]! });
  expect(fast.phi.data).toEqual(chanVese(image, { maxIterations: 10, energies: false }).phi.data);
});

test("images of any layout and type", async () => {
  const image = picture([12, 17]);
  const runtime = runtimes[1]!;
  const { data } = (await simdChanVese(image, { maxIterations: 5, runtime })).phi;
  for (const [, other] of layouts(image)) {
    expect((await simdChanVese(other, { maxIterations: 5, runtime })).phi.data).toEqual(data);
  }
  const doubles = ndarray(Float64Array.from(image.data), [12, 17]);
  expect((await simdChanVese(doubles, { maxIterations: 5, runtime })).phi.data).toEqual(data);
});

test("heeds parameters changed between steps, and checks them", async () => {
  const image = picture([22, 19]);
  const plain = createChanVese(image, { energies: false });
  const fast = await createSimdChanVese(image, { runtime: runtimes[1]! });
  for (const solver of [plain, fast]) {
    solver.step(3);
    Object.assign(solver.options, { mu: 0.6, lambda2: 1.3 });
    solver.step(2);
  }
  expect(fast.phi().data).toEqual(plain.phi.data);
  expect(fast.iterations).toBe(5);
  fast.options.mu = -1;
  expect(() => fast.step()).toThrow("step: mu must be a finite number ≥ 0; received -1.");
  fast.dispose();
  fast.dispose();
  expect(() => fast.phi()).toThrow("phi: the solver must not be disposed of.");
  expect(() => fast.step()).toThrow("step: the solver must not be disposed of.");
});

test("a signal raised on the way ends the run with its reason, and all memory comes back", async () => {
  const runtime = runtimes[0]!;
  const { held } = runtime.heap;
  const controller = new AbortController();
  const seen: number[] = [];
  const run = simdChanVese(picture([30, 31]), {
    runtime,
    tolerance: 0,
    signal: controller.signal,
    onProgress: ({ iteration }) => {
      seen.push(iteration);
      if (iteration === 5) setTimeout(() => controller.abort(new Error("enough")), 0);
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(seen.length).toBeLessThan(40);
  expect(runtime.heap.held).toBe(held);
});

test.each([
  [
    [4, 5, 6],
    {},
    'simdChanVese: image must have two axes beside its channels where dtype is "float32"; received [4, 5, 6].',
  ],
  [[4, 5], { dtype: "int8" }, 'simdChanVese: dtype must be one of "float32", "float64"; received "int8".'],
  [[1, 4, 5, 6], { dtype: "float64" }, "simdChanVese: image must have 2 or 3 dimensions; received [1, 4, 5, 6]."],
  [[4, 5], { energies: false }, 'runtime, maxIterations, onProgress, signal; received "energies".'],
  [[4, 5], { dt: 0 }, "simdChanVese: dt must be a finite number > 0; received 0."],
  [[4, 5], { maxIterations: 1.5 }, "simdChanVese: maxIterations must be an integer ≥ 0; received 1.5."],
  [[0, 5], {}, "simdChanVese: image must have at least one element; received [0, 5]."],
])("bad input %j %j", async (shape, options, message) => {
  await expect(simdChanVese(picture(shape), { ...(options as object), runtime: runtimes[0]! })).rejects.toThrow(
    message,
  );
});
