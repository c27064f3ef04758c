import { toContiguous, zeros } from "@ddl/core";
import type { ChanVeseOptions } from "@ddl/levelsets";
import { chanVese, createChanVese } from "@ddl/levelsets";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/chanVeseBeyond.json" with { type: "json" };

function expectClose(actual: readonly number[], expected: readonly number[], relative: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [k, value] of actual.entries()) {
    expect(Math.abs(value - expected[k]!)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(expected[k]!)));
  }
}

function checkerboard(shape: readonly number[]): NdArray<Float64Array> {
  const result = zeros(Float64Array, shape);
  for (let i = 0; i < result.data.length; i++) {
    let rest = i;
    result.data[i] = 1;
    for (const n of [...shape].reverse()) {
      result.data[i]! *= Math.sin((rest % n) * (Math.PI / 5));
      rest = Math.floor(rest / n);
    }
  }
  return result;
}

describe("chanVese equals plain loops over the pixels", () => {
  test.each(golden.loops)("$title", (one) => {
    const image = goldenArray<Float64Array>(one.image);
    const options = { ...one.options, maxIterations: one.iterations, tolerance: 0 } as ChanVeseOptions;
    for (const [, array] of layouts(image)) {
      for (const energies of ["curvature", "length"] as const) {
        const result = chanVese(array, { ...options, energies });
        expect(result.phi).toBeCloseToArray(goldenArray(one.phi), { relative: 1e-9, absolute: 1e-12 });
        expectClose(result.energies, one[energies], 1e-9);
      }
    }
    const { tolerance: _, maxIterations: __, ...kept } = options;
    const solver = createChanVese(image, { ...kept, energies: false });
    solver.step(one.iterations);
    expect(solver.change).toBeCloseTo(one.change, 10);
    expect(solver.energies).toEqual([]);
    expect(image).toEqualArray(goldenArray(one.image));
  });

  test("with channels on any axis", () => {
    const one = golden.loops.find(({ title }) => title === "volume, three channels")!;
    const image = goldenArray<Float64Array>(one.image);
    const moved = image.transpose(0, 3, 1, 2);
    const options = { ...one.options, maxIterations: one.iterations, channelAxis: 1 } as ChanVeseOptions;
    expect(chanVese(moved, options).phi).toBeCloseToArray(goldenArray(one.phi), { relative: 1e-9, absolute: 1e-12 });
  });

  test("nearly, with a float32 volume or scheme ipol", () => {
    for (const one of golden.loops.filter(({ title }) => /volume|Getreuer/.test(title))) {
      const image = toContiguous(goldenArray(one.image), Float32Array);
      // The signs of the float64 checkerboard's lines near zero decide the first means.
      const initial = checkerboard(goldenArray(one.phi).shape);
      const options = { ...one.options, initial, maxIterations: one.iterations, tolerance: 0 } as ChanVeseOptions;
      const { phi } = chanVese(image, options);
      expect(phi.data).toBeInstanceOf(Float32Array);
      expect(toContiguous(phi, Float64Array)).toBeCloseToArray(goldenArray(one.phi), { absolute: 2e-3 });
    }
  });
});

test.each(golden.float32.cases)("chanVese of a float32 image equals scikit-image's: $options", (one) => {
  for (const [, array] of layouts(goldenArray<Float32Array>(golden.float32.image))) {
    const result = chanVese(array, one.options as ChanVeseOptions);
    expect(result.phi.data).toBeInstanceOf(Float32Array);
    expect(result.iterations).toBe(one.energies.length);
    expect(result.mask).toEqualArray(goldenArray(one.mask));
    expect(result.phi).toBeCloseToArray(goldenArray<Float32Array>(one.phi), { relative: 1e-5, absolute: 1e-6 });
    // Summed in float32 there, and the curvature of flat places is rounding noise.
    expectClose(result.energies, one.energies, 1e-4);
  }
});
