import { Random, zeros } from "@ddl/core";
import { createDrlse } from "@ddl/levelsets";
import type { NdArray } from "ndarray";
import { expect, test } from "vitest";

const shape = [73, 91];
const disk = (size: readonly number[], radius: number): NdArray<Float64Array> => {
  const result = zeros(Float64Array, size);
  for (let y = 0; y < size[0]!; y++)
    for (let x = 0; x < size[1]!; x++) result.set(y, x, Math.hypot(y - 34, x - 41) < radius ? 2 : -2);
  return result;
};
const edges = zeros(Float64Array, shape);
const random = Random.fromSeed(3);
for (let y = 0; y < 73; y++)
  for (let x = 0; x < 91; x++) {
    const wall = 0.02 + ((Math.hypot(1.2 * (y - 36), x - 43) - 26) / 6) ** 2;
    edges.set(y, x, Math.min(1, wall) * (0.9 + 0.1 * random.uniform()));
  }
const initial = disk(shape, 11);

/** Largest difference where the dense φ is within 1.5 of the front. */
const differenceAtFront = (band: Float64Array, dense: Float64Array) =>
  dense.reduce((most, value, i) => (Math.abs(value) > 1.5 ? most : Math.max(most, Math.abs(value - band[i]!))), 0);

test.each([undefined, 8])("goes on from its JSON as if it had not stopped, narrowBand %s", (narrowBand) => {
  const options = narrowBand === undefined ? {} : { narrowBand };
  const whole = createDrlse(edges, initial, options);
  whole.step(31);
  const fresh = createDrlse(edges, initial, options);
  const first = createDrlse(edges, initial, options, JSON.parse(JSON.stringify(fresh.state())));
  first.step(17);
  const second = createDrlse(edges, initial, options, JSON.parse(JSON.stringify(first.state())));
  expect(second.iterations).toBe(17);
  second.step(14);
  expect(second.phi).toEqualArray(whole.phi);
  expect(second.iterations).toBe(31);
  expect(second.change).toBe(whole.change);
  expect(second.mask()).toEqualArray(whole.mask());
});

test("moves in the band as the dense form does until the rim matters, and then nearly so", () => {
  const dense = createDrlse(edges, initial);
  const band = createDrlse(edges, initial, { narrowBand: 12 });
  const area = () => dense.mask().data.reduce((sum, value) => sum + value, 0);
  const start = area();
  for (let k = 1; k <= 160; k++) {
    dense.step();
    band.step();
    const difference = differenceAtFront(band.phi.data, dense.phi.data);
    if (k <= 12) expect(difference).toBeLessThan(1e-12);
    if (k <= 12) expect(band.change).toBeCloseTo(dense.change, 12);
    expect(difference).toBeLessThan(0.1);
  }
  // The front crossed many bands, to the wall of the edges.
  expect(area()).toBeGreaterThan(3 * start);
  expect(band.mask()).toEqualArray(dense.mask());
});

test("moves in the band of a volume as the dense form does", () => {
  const size = [17, 19, 23];
  const g = zeros(Float64Array, size);
  const ball = zeros(Float64Array, size);
  for (let z = 0; z < 17; z++)
    for (let y = 0; y < 19; y++)
      for (let x = 0; x < 23; x++) {
        g.set(z, y, x, 0.5 + 0.5 * random.uniform());
        ball.set(z, y, x, Math.hypot(1.4 * (z - 8), y - 9, x - 11) < 5 ? 2 : -2);
      }
  const options = { alpha: 0.6, spacing: [1.4, 1, 1] };
  const dense = createDrlse(g, ball, options);
  const band = createDrlse(g, ball, { ...options, narrowBand: 7 });
  for (const solver of [dense, band]) solver.step(6);
  expect(differenceAtFront(band.phi.data, dense.phi.data)).toBeLessThan(1e-9);
  expect(dense.mask().data).not.toEqual(createDrlse(g, ball, options).mask().data);
});

test("touches only pixels near the front, as many in a large image as in a small one", () => {
  const counts = [shape, [190, 230]].map((size) => {
    const flat = zeros(Float64Array, size);
    flat.data.fill(0.8);
    const start = disk(size, 11);
    const solver = createDrlse(flat, start, { narrowBand: 6 });
    solver.step(9);
    for (let y = 0; y < size[0]!; y++)
      for (let x = 0; x < size[1]!; x++)
        if (Math.abs(Math.hypot(y - 34, x - 41) - 11) > 16) expect(solver.phi.get(y, x)).toBe(start.get(y, x));
    return solver.state().band!.pixels.length;
  });
  expect(counts[0]).toBe(counts[1]);
  expect(counts[0]).toBeLessThan(0.25 * edges.data.length);
});

test("reaches the image's border in a band as in the dense form", () => {
  const flat = zeros(Float64Array, [31, 37]);
  flat.data.fill(1);
  const start = zeros(Float64Array, [31, 37]);
  for (let y = 0; y < 31; y++) for (let x = 0; x < 37; x++) start.set(y, x, x + 2 * y < 18 ? 2 : -2);
  const dense = createDrlse(flat, start, { alpha: 0.8 });
  const band = createDrlse(flat, start, { alpha: 0.8, narrowBand: 12 });
  for (const solver of [dense, band]) solver.step(12);
  expect(differenceAtFront(band.phi.data, dense.phi.data)).toBeLessThan(1e-9);
});

test("heeds options changed between steps, and checks them", () => {
  const solver = createDrlse(edges, initial);
  const area = () => solver.mask().data.reduce((sum, value) => sum + value, 0);
  const start = area();
  solver.step(20);
  const grown = area();
  expect(grown).toBeGreaterThan(start);
  solver.options.alpha = -3;
  solver.step(20);
  expect(area()).toBeLessThan(grown);
  expect(solver.converged).toBe(false);
  solver.options.tolerance = 10;
  expect(solver.converged).toBe(true);
  solver.options.mu = 0.2;
  solver.options.dt = 5;
  expect(() => solver.step()).toThrow(
    expect.objectContaining({ message: "step: mu must be below 0.05, where dt 5 is stable; received 0.2." }),
  );
  solver.options.mu = undefined;
  solver.step();
  expect([solver.iterations, solver.dt]).toEqual([41, 5]);
});

test("refuses a state of another size, and an unknown option", () => {
  const state = { phi: [1, 2, 3, 4, 5, 6], shape: [2, 3], iterations: 1, change: 1, band: null };
  expect(() => createDrlse(edges, initial, {}, state)).toThrow(
    expect.objectContaining({ message: "createDrlse: state must have shape [73, 91]; received [2, 3]." }),
  );
  expect(() => createDrlse(edges, initial, { maxIterations: 3 } as object)).toThrow(
    expect.objectContaining({
      message:
        "createDrlse: options must have only the keys mu, lambda, alpha, epsilon, dt, potential, tolerance, spacing, narrowBand; " +
        'received "maxIterations".',
    }),
  );
});
