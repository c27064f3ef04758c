import { zeros } from "@ddl/core";
import {
  createMorphologicalGeodesicActiveContour,
  inverseGaussianGradient,
  morphologicalGeodesicActiveContour,
} from "@ddl/snakes";
import { goldenArray, layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/morphologicalGeodesicActiveContour.json" with { type: "json" };
import { maskBits } from "./maskBits.js";

const name = "morphologicalGeodesicActiveContour";
const arrays = {
  image: goldenArray<Float64Array>(golden.rounded.image),
  volume: goldenArray<Float64Array>(golden.rounded.volume),
};

describe(`${name} equals scikit-image`, () => {
  test.each(golden.cases)("$image $options", ({ image, options, masks }) => {
    const settings = options as { threshold: "auto"; phase: 0 };
    const edges = arrays[image as "image"];
    const solver = createMorphologicalGeodesicActiveContour(edges, settings);
    for (const [k, expected] of masks.entries()) {
      solver.step();
      expect([k, maskBits(solver.mask)]).toEqual([k, expected]);
    }
    for (const [, other] of layouts(edges)) {
      expect(maskBits(morphologicalGeodesicActiveContour(other, 5, settings).mask)).toBe(masks[4]);
    }
  });

  test("in the inverse Gaussian gradient", () => {
    const image = inverseGaussianGradient(goldenArray<Float64Array>(golden.image), { alpha: 20, sigma: 1.3 });
    expect(image.shape).toEqual([21, 39]);
    golden.edges.image.data.forEach((value, i) => {
      expect(Math.abs(image.data[i]! - value)).toBeLessThan(2e-15);
    });
    const volume = inverseGaussianGradient(goldenArray<Float64Array>(golden.volume), { alpha: 30, sigma: 1.1 });
    golden.edges.volume.data.forEach((value, i) => {
      expect(Math.abs(volume.data[i]! - value)).toBeLessThan(2e-15);
    });
  });
});

describe(name, () => {
  const ramp = ndarray(
    Float64Array.from({ length: 35 }, (_, i) => i % 7),
    [5, 7],
  );
  const columns = (inside: (x: number) => boolean) =>
    ndarray(
      Uint8Array.from({ length: 35 }, (_, i) => (inside(i % 7) ? 1 : 0)),
      [5, 7],
    );

  test("moves towards smaller values, whichever side the set is on", () => {
    const run = (initial: NdArray<Uint8Array>) =>
      morphologicalGeodesicActiveContour(ramp, 1, { initial, smoothing: 0 }).mask;
    expect(run(columns((x) => x >= 4))).toEqualArray(columns((x) => x >= 3));
    expect(run(columns((x) => x < 4))).toEqualArray(columns((x) => x < 3));
  });

  test("never leaves the region of interest", () => {
    const regionOfInterest = columns((x) => x > 1 && x < 6);
    const flat = zeros(Float64Array, [5, 7]);
    flat.data.fill(1);
    const initial = columns((x) => x === 3);
    const options = { initial, regionOfInterest, smoothing: 0, balloon: 1, threshold: 0 };
    expect(morphologicalGeodesicActiveContour(flat, 5, options).mask).toEqualArray(regionOfInterest);
  });

  test("weighs slopes by the spacing", () => {
    // Down the rows the image rises by 2, along the columns it falls by 1: at a corner the rows win, but not at thrice their distance.
    const data = Float64Array.from({ length: 35 }, (_, i) => 2 * Math.floor(i / 7) - (i % 7));
    const image = ndarray(data, [5, 7]);
    const initial = ndarray(
      Uint8Array.from({ length: 35 }, (_, i) => (Math.floor(i / 7) >= 2 && i % 7 >= 3 ? 1 : 0)),
      [5, 7],
    );
    const at = (spacing: number[]) =>
      morphologicalGeodesicActiveContour(image, 1, { initial, smoothing: 0, spacing }).mask.get(2, 3);
    expect(at([1, 1])).toBe(1);
    expect(at([3, 1])).toBe(0);
  });

  test("stops when the set repeats", () => {
    const options = { stopWhenStable: true, initial: "disk" } as const;
    const result = morphologicalGeodesicActiveContour(arrays.image, 500, options);
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(500);
    const more = morphologicalGeodesicActiveContour(arrays.image, 2, { initial: result.mask, phase: result.phase });
    expect(more.mask).toEqualArray(result.mask);
  });

  test("heeds the signal", () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    const options = { signal: controller.signal, onProgress };
    expect(() => morphologicalGeodesicActiveContour(arrays.image, 9, options)).toThrow("enough");
  });

  test.each([
    [
      () => morphologicalGeodesicActiveContour(zeros(Float64Array, [5]), 1),
      `${name}: gradientImage must have 2 or 3 dimensions; received [5].`,
    ],
    [() => morphologicalGeodesicActiveContour(ramp, -1), `${name}: iterations must be an integer ≥ 0; received -1.`],
    [
      () => morphologicalGeodesicActiveContour(ramp, 1, { initial: zeros(Uint8Array, [7, 5]) }),
      `${name}: initial must have shape [5, 7]; received [7, 5].`,
    ],
    [
      () => inverseGaussianGradient(zeros(Float64Array, [0, 4])),
      "inverseGaussianGradient: image must have at least one element; received [0, 4].",
    ],
    [
      () => inverseGaussianGradient(ramp, { alpha: -1 }),
      "inverseGaussianGradient: alpha must be a finite number ≥ 0; received -1.",
    ],
  ])("names bad input %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
