import { Random, zeros } from "@ddl/core";
import {
  createGeodesicActiveContour,
  createShapeDetection,
  createThresholdLevelSet,
  geodesicActiveContour,
} from "@ddl/levelsets";
import { expect, test } from "vitest";

const shape = [43, 57];
const edges = zeros(Float64Array, shape);
const random = Random.fromSeed(3);
for (let i = 0; i < edges.data.length; i++) edges.data[i] = 0.5 + 0.5 * random.uniform();
const initial = zeros(Float64Array, shape);
for (let y = 0; y < 43; y++) for (let x = 0; x < 57; x++) initial.set(y, x, 11 - Math.hypot(y - 20, x - 27));

test.each([undefined, 8])("goes on from its JSON as if it had not stopped, narrowBand %s", (narrowBand) => {
  const options = narrowBand === undefined ? {} : { narrowBand };
  const whole = createGeodesicActiveContour(edges, initial, options);
  whole.step(17);
  const first = createGeodesicActiveContour(edges, initial, options);
  first.step(9);
  const state = JSON.parse(JSON.stringify(first.state()));
  const second = createGeodesicActiveContour(edges, initial, options, state);
  second.step(8);
  expect(second.phi).toEqualArray(whole.phi);
  expect(second.iterations).toBe(17);
  expect(second.change).toBe(whole.change);
});

test("moves the pixels at the front as the dense form does until the band is laid anew", () => {
  const band = createGeodesicActiveContour(edges, initial, { narrowBand: 10, dt: 0.1 });
  const dense = createGeodesicActiveContour(edges, band.phi, { dt: 0.1 });
  for (let k = 1; k <= 8; k++) {
    band.step();
    dense.step();
    // The rim's error comes two layers nearer in a step, by the diagonal neighbours; it is small when it arrives.
    const tolerance = k <= 4 ? 1e-12 : 1e-6;
    expect(Math.abs(band.change - dense.change)).toBeLessThan(tolerance);
    for (let i = 0; i < dense.phi.data.length; i++) {
      if (Math.abs(dense.phi.data[i]!) < 1)
        expect(Math.abs(band.phi.data[i]! - dense.phi.data[i]!)).toBeLessThan(tolerance);
    }
  }
});

test("ends near the dense form after many bands", () => {
  const options = { dt: 0.1, propagation: 0.6, maxIterations: 90 };
  const dense = geodesicActiveContour(edges, initial, options).mask.data;
  const band = geodesicActiveContour(edges, initial, { ...options, narrowBand: 8 }).mask.data;
  const start = initial.data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0);
  const area = dense.reduce((sum, value) => sum + value, 0);
  const differing = dense.reduce((sum, value, i) => sum + (value === band[i] ? 0 : 1), 0);
  expect(Math.abs(area - start)).toBeGreaterThan(60);
  // Less than a tenth of a pixel along the contour.
  expect(differing / (2 * Math.sqrt(Math.PI * area))).toBeLessThan(0.1);
});

test("heeds options changed between steps, and checks them", () => {
  const solver = createThresholdLevelSet(edges, initial, { lower: 0.4, upper: 2, curvature: 0 });
  const area = () => solver.mask().data.reduce((sum, value) => sum + value, 0);
  const start = area();
  solver.step(20);
  const grown = area();
  expect(grown).toBeGreaterThan(start);
  solver.options.lower = 1.5;
  solver.step(20);
  expect(area()).toBeLessThan(grown);
  solver.options.upper = 1;
  expect(() => solver.step()).toThrow(
    expect.objectContaining({ message: "step: upper must be a finite number > 1.5; received 1." }),
  );
});

test("has converged when no front is left, and refuses a state of another size", () => {
  const solver = createShapeDetection(edges, zeros(Float64Array, shape), { narrowBand: 6 });
  expect(solver.converged).toBe(false);
  solver.step();
  expect(solver.converged).toBe(true);
  const state = { phi: [1, 2, 3, 4, 5, 6], shape: [2, 3], iterations: 1, change: 1, band: null };
  expect(() => createShapeDetection(edges, initial, {}, state)).toThrow(
    expect.objectContaining({ message: "createShapeDetection: state must have shape [43, 57]; received [2, 3]." }),
  );
});
