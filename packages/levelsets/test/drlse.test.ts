import { zeros } from "@ddl/core";
import { drlse } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/drlse.json" with { type: "json" };

const negated = (array: NdArray<Float64Array>) => {
  const result = zeros(Float64Array, array.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = -array.data[i]!;
  return result;
};
const message = (text: string) => expect.objectContaining({ message: text });
const cases = golden.cases.map((one, k) => ({
  k,
  edges: goldenArray<Float64Array>(one.g),
  initial: negated(goldenArray<Float64Array>(one.initial)),
  options: { ...one.options, alpha: -one.alphaOfLi, potential: one.options.potential as "double well" },
  phi: negated(goldenArray<Float64Array>(one.phi)),
}));
const close = { relative: 1e-12, absolute: 1e-12 };

describe("drlse", () => {
  test.each(cases)("equals numpy in case $k, $options, in any layout", ({ edges, initial, options, phi }) => {
    for (const [, array] of layouts(edges)) {
      const result = drlse(array, initial, options);
      expect(result.phi).toBeCloseToArray(phi, close);
      expect(result.iterations).toBe(options.maxIterations);
      expect(result.converged).toBe(false);
    }
    for (const [, array] of layouts(initial)) {
      expect(drlse(edges, array, options).phi).toBeCloseToArray(phi, close);
    }
  });

  test.each(cases)("equals numpy in case $k in a band that covers the image", ({ edges, initial, options, phi }) => {
    expect(drlse(edges, initial, { ...options, narrowBand: 60 }).phi).toBeCloseToArray(phi, close);
  });

  test("treats the axes alike, and leaves its input as it was", () => {
    const length = fc.integer({ min: 3, max: 7 });
    const value = fc.double({ min: -3, max: 3, noNaN: true });
    const problem = fc.array(length, { minLength: 2, maxLength: 3 }).chain((shape) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const values = fc.array(value, { minLength: size, maxLength: size });
      const spacing = fc.array(fc.double({ min: 0.8, max: 1.6, noNaN: true }), {
        minLength: shape.length,
        maxLength: shape.length,
      });
      return fc.tuple(fc.constant(shape), values, values, spacing);
    });
    fc.assert(
      fc.property(problem, fc.boolean(), ([shape, ofEdges, ofInitial, spacing], single) => {
        const array = (values: number[]) => {
          const result = zeros(Float64Array, shape);
          result.data.set(values);
          return result;
        };
        const [edges, initial] = [array(ofEdges), array(ofInitial)];
        const reversed = shape.map((_, axis) => shape.length - 1 - axis);
        const options = { maxIterations: 2, potential: single ? "single well" : "double well", lambda: 0.5 } as const;
        const { phi } = drlse(edges, initial, { ...options, spacing });
        const turned = drlse(edges.transpose(...reversed), initial.transpose(...reversed), {
          ...options,
          spacing: [...spacing].reverse(),
        });
        // Sums in another order round otherwise, by 1e-16; ∇φ / (|∇φ| + 1e-10) makes up to 1e-6 of it where φ is all but flat.
        expect(turned.phi.transpose(...reversed)).toBeCloseToArray(phi, { relative: 1e-5, absolute: 1e-5 });
        expect([...edges.data, ...initial.data]).toEqual([...ofEdges, ...ofInitial]);
      }),
      { numRuns: 60 },
    );
  });

  test("stops when φ at the front changes by no more than the tolerance", () => {
    // Columns −2 −2 −2 2 2 2 2: slope 2 beside the front, where d_p − 1 = −1/2; φ_t = 0.2 (4 − 1/2) there, 0.2 (−1/2) one further.
    const edges = zeros(Float64Array, [4, 7]);
    const initial = zeros(Float64Array, [4, 7]);
    for (let i = 0; i < 28; i++) initial.data[i] = i % 7 < 3 ? -2 : 2;
    const expected = zeros(Float64Array, [4, 7]);
    for (let i = 0; i < 28; i++) expected.data[i] = [-2, -2.1, -1.3, 1.3, 2.1, 2, 2][i % 7]!;
    const changes: number[] = [];
    const { phi, mask, iterations, converged } = drlse(edges, initial, {
      tolerance: 0.701,
      onProgress: ({ iteration, maxIterations, change, dt }) => changes.push(iteration, maxIterations, change, dt),
    });
    expect(phi).toBeCloseToArray(expected, close);
    expect([...mask.data]).toEqual(Array.from({ length: 28 }, (_, i) => (i % 7 < 3 ? 0 : 1)));
    expect([iterations, converged]).toEqual([1, true]);
    expect(changes).toEqual([1, 200, expect.closeTo(0.7, 12), 1]);
    expect(drlse(edges, initial, { tolerance: 0.699, maxIterations: 1 }).converged).toBe(false);
  });

  test("does all iterations for tolerance 0, though nothing changes", () => {
    const flat = zeros(Float64Array, [4, 5]);
    expect(drlse(flat, flat, { maxIterations: 7 })).toMatchObject({ iterations: 1, converged: true });
    expect(drlse(flat, flat, { maxIterations: 7, tolerance: 0 })).toMatchObject({ iterations: 7, converged: false });
  });

  test("names what it cannot take", () => {
    const edges = zeros(Float64Array, [4, 5]);
    const thin = zeros(Float64Array, [2, 5]);
    expect(() => drlse(thin, thin)).toThrow(
      message("drlse: edges must have at least 3 pixels along each axis; received [2, 5]."),
    );
    expect(() => drlse(edges, zeros(Float64Array, [5, 4]))).toThrow(
      message("drlse: initial must have shape [4, 5]; received [5, 4]."),
    );
    for (const [options, text] of [
      [{ mu: 0.25 }, "mu must be below 0.25, where dt 1 is stable; received 0.25."],
      [{ mu: -1 }, "mu must be a finite number ≥ 0; received -1."],
      [{ lambda: -1 }, "lambda must be a finite number ≥ 0; received -1."],
      [{ alpha: Number.NaN }, "alpha must be a finite number; received NaN."],
      [{ epsilon: 0 }, "epsilon must be a finite number > 0; received 0."],
      [{ dt: 0 }, "dt must be a finite number > 0; received 0."],
      [{ tolerance: -1 }, "tolerance must be a finite number ≥ 0; received -1."],
      [{ maxIterations: 1.5 }, "maxIterations must be an integer ≥ 0; received 1.5."],
      [{ narrowBand: 3 }, "narrowBand must be an integer ≥ 4; received 3."],
      [
        { potential: "triple" as "double well" },
        'potential must be one of "double well", "single well"; received "triple".',
      ],
    ] as const) {
      expect(() => drlse(edges, edges, options)).toThrow(message(`drlse: ${text}`));
    }
    const known =
      "mu, lambda, alpha, epsilon, dt, potential, tolerance, spacing, narrowBand, maxIterations, onProgress, signal";
    expect(() => drlse(edges, edges, { iterations: 3 } as object)).toThrow(
      message(`drlse: options must have only the keys ${known}; received "iterations".`),
    );
  });

  test("stops in the middle when its signal is raised", () => {
    const controller = new AbortController();
    const edges = zeros(Float64Array, [4, 5]);
    const seen: number[] = [];
    const onProgress = ({ iteration }: { iteration: number }) => {
      seen.push(iteration);
      if (iteration === 2) controller.abort(new Error("enough"));
    };
    expect(() => drlse(edges, edges, { tolerance: 0, signal: controller.signal, onProgress })).toThrow("enough");
    expect(seen).toEqual([1, 2]);
  });
});
