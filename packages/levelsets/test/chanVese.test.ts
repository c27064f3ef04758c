import { zeros } from "@ddl/core";
import { chanVese, checkerboardLevelSet, diskLevelSet } from "@ddl/levelsets";
import { goldenArray, layouts, mask, maskText } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/chanVese.json" with { type: "json" };

const image = goldenArray<Float64Array>(golden.image);

describe("chanVese equals scikit-image", () => {
  test.each(golden.cases.map((one, k) => ({ k, ...one })))(
    "case $k: $initial $options, in every memory layout",
    (one) => {
      const initial = one.initial === null ? goldenArray(golden.array) : (one.initial as "disk");
      for (const [, array] of layouts(image)) {
        const result = chanVese(array, { ...one.options, initial });
        expect(result.mask).toEqualArray(goldenArray(one.mask));
        expect(result.phi).toBeCloseToArray(goldenArray(one.phi), { relative: 1e-9, absolute: 1e-12 });
        expect(result.iterations).toBe(one.energies.length);
        for (const [k, energy] of result.energies.entries()) {
          expect(Math.abs(energy - one.energies[k]!)).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(one.energies[k]!)),
          );
        }
      }
      expect(image).toEqualArray(goldenArray(golden.image));
    },
  );

  test("in its initial level sets, signs of the lines near zero included", () => {
    const row = checkerboardLevelSet([56, 61]).pick(55, null);
    for (const [x, value] of golden.initial.checkerboard.entries()) {
      expect(Math.sign(row.get(x))).toBe(Math.sign(value));
      expect(row.get(x)).toBeCloseTo(value, 15);
    }
    expect(diskLevelSet([6, 9])).toBeCloseToArray(goldenArray(golden.initial.disk), { absolute: 1e-15 });
    expect(diskLevelSet([6, 9], { small: true })).toBeCloseToArray(goldenArray(golden.initial["small disk"]), {
      absolute: 1e-15,
    });
  });
});

describe("chanVese", () => {
  test("finds a bright shape, and the same as a dark one with the sides exchanged", () => {
    const shape = mask("..........", ".####.....", ".####..##.", ".#####.##.", "..........");
    const { mask: found, converged } = chanVese(shape, { mu: 0, tolerance: 0.01, energies: false });
    expect(converged).toBe(true);
    const texts = [maskText(found), maskText(complement(found))];
    expect(texts).toContainEqual(maskText(shape));
  });

  test("gives the same in two calls, with and without energies", () => {
    const once = chanVese(image, { maxIterations: 12 });
    const twice = chanVese(image, { maxIterations: 12, energies: false });
    expect(twice.phi).toEqualArray(once.phi);
    expect(once.energies).toHaveLength(12);
    expect(twice.energies).toEqual([]);
  });

  test("says whether it converged", () => {
    expect(chanVese(image, { maxIterations: 2 })).toMatchObject({ iterations: 2, converged: false });
    expect(chanVese(image, { tolerance: 10 })).toMatchObject({ iterations: 1, converged: true });
    const none = chanVese(image, { maxIterations: 0 });
    expect(none).toMatchObject({ iterations: 0, converged: false, energies: [] });
    expect(none.phi).toEqualArray(checkerboardLevelSet(image.shape as [number, number]));
  });

  test("evolves a constant image by curvature alone, without NaN", () => {
    const flat = zeros(Uint8Array, [7, 9]);
    flat.data.fill(7);
    const { phi } = chanVese(flat, { maxIterations: 5 });
    expect(phi.data.every(Number.isFinite)).toBe(true);
  });

  test("reports progress and heeds the signal", () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = () =>
      chanVese(image, {
        signal: controller.signal,
        onProgress: ({ iteration, maxIterations, change }) => {
          expect(maxIterations).toBe(500);
          expect(change).toBeGreaterThan(0);
          seen.push(iteration);
          if (iteration === 3) controller.abort(new Error("enough"));
        },
      });
    expect(run).toThrow("enough");
    expect(seen).toEqual([1, 2, 3]);
  });

  test.each([
    [() => chanVese(zeros(Float64Array, [3])), "chanVese: image must have 2 or 3 dimensions; received [3]."],
    [() => chanVese(image, { dt: -0.5 }), "chanVese: dt must be a finite number > 0; received -0.5."],
    [() => chanVese(image, { mu: Number.NaN }), "chanVese: mu must be a finite number ≥ 0; received NaN."],
    [() => chanVese(image, { maxIterations: 1.5 }), "chanVese: maxIterations must be an integer ≥ 0; received 1.5."],
    [
      () => chanVese(image, { initial: "square" as "disk" }),
      'chanVese: initial must be "checkerboard", "disk", "small disk" or an ndarray; received "square".',
    ],
    [
      () => chanVese(image, { initial: zeros(Float64Array, [22, 17]) }),
      "chanVese: initial must have shape [17, 22]; received [22, 17].",
    ],
    [
      () => chanVese(image, { tol: 1 } as object),
      'chanVese: options must have only the keys mu, nu, lambda1, lambda2, tolerance, dt, energies, scheme, spacing, channelAxis, initial, maxIterations, onProgress, signal; received "tol".',
    ],
    [
      () => chanVese(ndarray(Float64Array.of(1, 2, Number.POSITIVE_INFINITY, 4), [2, 2])),
      "chanVese: image must contain only finite numbers; received Infinity. The first other value is at index [1, 0].",
    ],
    [() => diskLevelSet([2, 9]), "diskLevelSet: shape must have at least 3 rows and 3 columns; received [2, 9]."],
  ])("names bad input %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});

function complement(array: NdArray<Uint8Array>): NdArray<Uint8Array> {
  const result = zeros(Uint8Array, array.shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = 1 - array.data[i]!;
  return result;
}
