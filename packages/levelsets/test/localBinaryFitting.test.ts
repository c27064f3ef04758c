import { zeros } from "@ddl/core";
import { chanVese, createLocalBinaryFitting, localBinaryFitting } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { expect, test } from "vitest";
import golden from "./goldens/localBinaryFitting.json" with { type: "json" };

type Field = NdArray<Float64Array>;

test.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k is that of the equations in numpy", (one) => {
  for (const [, image] of layouts(goldenArray<Float64Array>(one.image))) {
    const options = { ...one.options, initial: goldenArray<Float64Array>(one.initial), tolerance: 0 };
    const { phi, iterations } = localBinaryFitting(image, options);
    expect(phi).toBeCloseToArray(goldenArray<Float64Array>(one.phi), { relative: 1e-9, absolute: 1e-9 });
    expect(iterations).toBe(one.options.maxIterations);
  }
});

/** A disk, 40 brighter than what is around it, under a shading of 160 from left to right. */
function shaded(): { image: Field; disk: (y: number, x: number) => number } {
  const image = zeros(Float64Array, [48, 61]) as Field;
  const disk = (y: number, x: number): number => Number(Math.hypot(y - 23, x - 31) < 14);
  for (let y = 0; y < 48; y++) for (let x = 0; x < 61; x++) image.set(y, x, 40 * disk(y, x) + (160 / 60) * x);
  return { image, disk };
}

const wrongPixels = (mask: NdArray<Uint8Array>, disk: (y: number, x: number) => number): number => {
  let wrong = 0;
  for (let y = 0; y < 48; y++) for (let x = 0; x < 61; x++) wrong += mask.get(y, x) === disk(y, x) ? 0 : 1;
  return wrong;
};

test("finds a disk under a shading that chanVese takes for the object, and the shading", () => {
  const { image, disk } = shaded();
  const initial = zeros(Float64Array, [48, 61]) as Field;
  for (let y = 0; y < 48; y++) for (let x = 0; x < 61; x++) initial.set(y, x, Math.hypot(y - 23, x - 31) < 8 ? 2 : -2);
  const { mask, fit } = localBinaryFitting(image, { initial, nu: 500, maxIterations: 400 });
  expect(wrongPixels(mask, disk)).toBeLessThan(10);
  expect(
    wrongPixels(chanVese(image, { initial, energies: false, tolerance: 1e-6, maxIterations: 3000 }).mask, disk),
  ).toBeGreaterThan(200);
  // Away from the edge the fit is the image itself, but for the slope within a neighbourhood.
  expect(Math.abs(fit.get(23, 31) - image.get(23, 31))).toBeLessThan(4);
  expect(Math.abs(fit.get(5, 31) - image.get(5, 31))).toBeLessThan(4);
});

test("begins with a box by default", () => {
  const solver = createLocalBinaryFitting(zeros(Float64Array, [5, 8]));
  const rows = [...solver.mask().data].join("").match(/.{8}/g);
  expect(rows).toEqual(["00000000", "00111100", "00111100", "00111100", "00000000"]);
});

test("a constant image gives no NaN", () => {
  const { phi } = localBinaryFitting(ndarray(new Float64Array(7 * 9).fill(3), [7, 9]), { maxIterations: 20 });
  for (const value of phi.data) expect(Number.isFinite(value)).toBe(true);
});

test("goes on from its JSON as if it had not stopped, and heeds changed parameters", () => {
  const { image } = shaded();
  const whole = createLocalBinaryFitting(image);
  whole.step(3);
  whole.options.nu = 300;
  whole.step(2);
  const first = createLocalBinaryFitting(image);
  first.step(3);
  const second = createLocalBinaryFitting(image, { nu: 300 }, JSON.parse(JSON.stringify(first.state())));
  second.step(2);
  expect(second.phi.data).toEqual(whole.phi.data);
  expect([second.iterations, second.change]).toEqual([5, whole.change]);
  const unchanged = createLocalBinaryFitting(image);
  unchanged.step(5);
  expect(unchanged.phi.data).not.toEqual(whole.phi.data);
  whole.options.dt = 1;
  expect(() => whole.step()).toThrow("step: mu must be below 0.25, where dt 1 is stable; received 1.");
});

test.each([
  [{ sigma: 0 }, "localBinaryFitting: sigma must be a finite number > 0 and ≤ 1000; received 0."],
  [{ lambda2: 0 }, "localBinaryFitting: lambda2 must be a finite number > 0; received 0."],
  [{ nu: -1 }, "localBinaryFitting: nu must be a finite number ≥ 0; received -1."],
  [{ epsilon: 0 }, "localBinaryFitting: epsilon must be a finite number > 0; received 0."],
  [{ initial: zeros(Float64Array, [4, 3]) }, "localBinaryFitting: initial must have shape [3, 4]; received [4, 3]."],
  [{ initial: "disk" as "box" }, 'localBinaryFitting: initial must be "box" or an ndarray; received "disk".'],
  [{ maxIterations: 1.5 }, "localBinaryFitting: maxIterations must be an integer ≥ 0; received 1.5."],
])("bad input %#", (options, message) => {
  expect(() => localBinaryFitting(zeros(Float64Array, [3, 4]), options)).toThrow(expect.objectContaining({ message }));
});

test("a signal raised on the way ends the run with its reason", () => {
  const controller = new AbortController();
  const onProgress = ({ iteration }: { iteration: number }): void => {
    if (iteration === 2) controller.abort(new Error("enough"));
  };
  expect(() => localBinaryFitting(shaded().image, { signal: controller.signal, onProgress })).toThrow("enough");
});
