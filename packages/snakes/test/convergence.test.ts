import { zeros } from "@ddl/core";
import type { MorphologicalProgress } from "@ddl/snakes";
import {
  createMorphologicalChanVese,
  createMorphologicalGeodesicActiveContour,
  morphologicalChanVese,
  morphologicalGeodesicActiveContour,
} from "@ddl/snakes";
import { goldenArray, mask } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import chanVese from "./goldens/morphologicalChanVese.json" with { type: "json" };
import contour from "./goldens/morphologicalGeodesicActiveContour.json" with { type: "json" };

const image = goldenArray<Float64Array>(chanVese.image);
const edges = goldenArray<Float64Array>(contour.rounded.image);
const full = (shape: number[]): NdArray<Uint8Array> => {
  const result = zeros(Uint8Array, shape);
  result.data.fill(1);
  return result;
};
/** A set that grows by a pixel an iteration: countable by hand. */
const flat = zeros(Float64Array, [3, 9]);
flat.data.fill(1);
const growing = { balloon: 1, threshold: 0, smoothing: 0 };

describe("converged and stopWhenStable", () => {
  test("after one iteration that changes nothing", () => {
    const progress: MorphologicalProgress[] = [];
    const options = { ...growing, initial: mask(".........", "#........", "........."), stopWhenStable: true };
    const onProgress = (one: MorphologicalProgress) => progress.push(one);
    const result = morphologicalGeodesicActiveContour(flat, 50, { ...options, onProgress });
    // 3 × 2 pixels after the first, a column more in each to the eighth; the ninth changes nothing.
    expect(progress.map(({ changed }) => changed)).toEqual([5, 3, 3, 3, 3, 3, 3, 3, 0]);
    expect(progress.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(progress.every(({ iterations }) => iterations === 50)).toBe(true);
    expect([result.iterations, result.converged]).toEqual([9, true]);
    expect(result.mask).toEqualArray(full([3, 9]));
  });

  test("not before, and without stopWhenStable to the end", () => {
    const initial = mask(".........", "#........", ".........");
    const early = morphologicalGeodesicActiveContour(flat, 8, { ...growing, initial, stopWhenStable: true });
    expect([early.iterations, early.converged]).toEqual([8, false]);
    const all = morphologicalGeodesicActiveContour(flat, 50, { ...growing, initial });
    expect([all.iterations, all.converged]).toEqual([50, true]);
    expect(morphologicalGeodesicActiveContour(flat, 0, { stopWhenStable: true }).converged).toBe(false);
  });

  test("when two sets alternate, as the smoothing operators do", () => {
    const solver = createMorphologicalChanVese(image, { smoothing: 1 });
    while (!solver.converged && solver.iterations < 300) solver.step();
    expect(solver.converged).toBe(true);
    expect(solver.changed).toBeGreaterThan(0);
    const one = solver.mask;
    solver.step();
    expect(solver.mask).not.toEqualArray(one);
    solver.step();
    expect(solver.mask).toEqualArray(one);
  });

  test.each([0, 1, 2, 3])("from the first repetition on, with smoothing %i", (smoothing) => {
    for (const create of [
      () => createMorphologicalChanVese(image, { smoothing }),
      () => createMorphologicalGeodesicActiveContour(edges, { smoothing }),
    ]) {
      const solver = create();
      const state = () => `${solver.phase} ${solver.mask.data.join("")}`;
      const states = [state()];
      for (let k = 1; k <= 40; k++) {
        solver.step();
        states.push(state());
        const repeats = states.slice(-3, -1).includes(states.at(-1)!);
        expect([smoothing, k, solver.converged]).toEqual([smoothing, k, repeats]);
      }
    }
  });

  test("not when the set stays under one operator only: the other is still to come", () => {
    const state = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 35, maxLength: 35 });
    let stayed = 0;
    fc.assert(
      fc.property(state, (dots) => {
        const initial = ndarray(
          Uint8Array.from(dots, (dot) => (dot > 0 ? 1 : 0)),
          [5, 7],
        );
        const solver = createMorphologicalChanVese(zeros(Float64Array, [5, 7]), { initial });
        const sets = [solver.mask.data.join("")];
        for (let k = 1; k <= 6; k++) {
          solver.step();
          sets.push(solver.mask.data.join(""));
          if (sets[k] === sets[k - 1] && sets[k] !== sets[k - 2]) stayed++;
          // One operator an iteration: the same comes next as two iterations before.
          expect([k, solver.converged]).toEqual([k, k >= 2 && sets[k] === sets[k - 2]]);
        }
      }),
      { numRuns: 300 },
    );
    expect(stayed).toBeGreaterThan(0);
  });

  test.each([1, 2, 3])("ends the functions where the solvers report it, with smoothing %i", (smoothing) => {
    const options = { smoothing, stopWhenStable: true };
    for (const [solver, result] of [
      [createMorphologicalChanVese(image, { smoothing }), morphologicalChanVese(image, 300, options)],
      [
        createMorphologicalGeodesicActiveContour(edges, { smoothing }),
        morphologicalGeodesicActiveContour(edges, 300, options),
      ],
    ] as const) {
      while (!solver.converged && solver.iterations < 300) solver.step();
      expect([result.iterations, result.phase, result.converged]).toEqual([solver.iterations, solver.phase, true]);
      expect(result.mask).toEqualArray(solver.mask);
      expect(result.iterations).toBeLessThan(300);
    }
  });
});
