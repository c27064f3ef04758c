import { zeros } from "@ddl/core";
import {
  createMorphologicalChanVese,
  createMorphologicalGeodesicActiveContour,
  morphologicalChanVese,
  morphologicalGeodesicActiveContour,
} from "@ddl/snakes";
import { goldenArray, maskText } from "@ddl/testing";
import type { NdArray } from "ndarray";
import { describe, expect, test } from "vitest";
import chanVese from "./goldens/morphologicalChanVese.json" with { type: "json" };
import contour from "./goldens/morphologicalGeodesicActiveContour.json" with { type: "json" };
import { plainChanVese, plainContour } from "./plainSnakes.js";

const image = goldenArray<Float64Array>(chanVese.image);
const edges = goldenArray<Float64Array>(contour.rounded.image);
const full = (shape: number[]): NdArray<Uint8Array> => {
  const result = zeros(Uint8Array, shape);
  result.data.fill(1);
  return result;
};
/** A row that grows or shrinks by a pixel an iteration: countable by hand. */
const flat = zeros(Float64Array, [3, 9]);
flat.data.fill(1);
const growing = { balloon: 1, threshold: 0, smoothing: 0 };

describe.each([
  ["createMorphologicalChanVese", () => createMorphologicalChanVese(image), () => chanVeseRun(5)] as const,
  [
    "createMorphologicalGeodesicActiveContour",
    () => createMorphologicalGeodesicActiveContour(edges),
    () => contourRun(5),
  ] as const,
])("%s", (_name, create, run) => {
  test("stands at its initial set before a step", () => {
    const solver = create();
    expect([solver.iterations, solver.phase, solver.changed, solver.converged]).toEqual([0, 0, 0, false]);
    solver.step(0);
    expect(solver.iterations).toBe(0);
  });

  test("does one iteration a step, or so many, as the function", () => {
    const solver = create();
    solver.step();
    expect([solver.iterations, solver.phase]).toEqual([1, 1]);
    solver.step(4);
    expect([solver.iterations, solver.phase]).toEqual([5, 1]);
    expect(solver.mask).toEqualArray(run().mask);
  });

  test("gives a new mask each time: writing to one changes nothing", () => {
    const solver = create();
    solver.mask.data.fill(1);
    solver.step(5);
    solver.mask.data.fill(0);
    expect(solver.mask).toEqualArray(run().mask);
  });

  test("takes its image as it was at the start", () => {
    const before = image.data.slice();
    const solver = create();
    solver.step(2);
    image.data.reverse();
    edges.data.reverse();
    solver.step(3);
    image.data.reverse();
    edges.data.reverse();
    expect(solver.mask).toEqualArray(run().mask);
    expect(image.data).toEqual(before);
  });
});

function chanVeseRun(iterations: number) {
  return morphologicalChanVese(image, iterations);
}

function contourRun(iterations: number) {
  return morphologicalGeodesicActiveContour(edges, iterations);
}

describe("change", () => {
  test("of morphologicalChanVese holds from the next iteration on, and keeps the settings it does not name", () => {
    const solver = createMorphologicalChanVese(image, { initial: "disk", lambda2: 0.8 });
    const settings = { initial: solver.mask.data, phase: 0 as const, smoothing: 1, lambda1: 1, lambda2: 0.8 };
    const plain = plainChanVese([image.data], image.shape, settings);
    const compare = () => {
      solver.step();
      expect(solver.mask.data).toEqual(plain.next().value);
    };
    compare();
    for (const change of [{ smoothing: 3 }, { lambda1: 2.5 }, { smoothing: 0, lambda2: 3 }]) {
      solver.change(change);
      Object.assign(settings, change);
      compare();
      compare();
    }
    expect(solver.iterations).toBe(7);
  });

  test("of morphologicalGeodesicActiveContour takes balloon and threshold anew", () => {
    const solver = createMorphologicalGeodesicActiveContour(edges, { balloon: 1, threshold: 0.3 });
    const start = { initial: solver.mask.data, phase: 0 as const, spacing: [1, 1] };
    const settings: typeof start & { smoothing: number; balloon: number; threshold: "auto" | number } = {
      ...start,
      smoothing: 1,
      balloon: 1,
      threshold: 0.3,
    };
    const plain = plainContour(edges.data, edges.shape, settings);
    const sets = new Set<string>();
    for (const change of [
      {},
      { balloon: -1 },
      { threshold: "auto" as const },
      { balloon: 0, smoothing: 2 },
      { balloon: 3 },
    ]) {
      solver.change(change);
      Object.assign(settings, change);
      for (let k = 0; k < 2; k++) {
        solver.step();
        expect(solver.mask.data).toEqual(plain.next().value);
        sets.add(maskText(solver.mask).join("\n"));
      }
    }
    expect(sets.size).toBeGreaterThan(5);
  });

  test("ends what had converged", () => {
    const solver = createMorphologicalGeodesicActiveContour(flat, { ...growing, initial: full([3, 9]) });
    solver.step();
    expect(solver.converged).toBe(true);
    solver.change({ balloon: -1 });
    expect(solver.converged).toBe(false);
    solver.step();
    expect([solver.converged, solver.changed]).toEqual([false, 20]); // All but the middle row's inner seven pixels.
    expect(maskText(solver.mask)).toEqual([".........", ".#######.", "........."]);
  });

  test("checks what it is given, and then leaves the settings as they were", () => {
    const first = createMorphologicalChanVese(image);
    const second = createMorphologicalGeodesicActiveContour(edges);
    for (const [call, message] of [
      [
        () => first.change({ smoothing: 0.5 }),
        "createMorphologicalChanVese.change: smoothing must be an integer ≥ 0; received 0.5.",
      ],
      [
        () => first.change({ lambda1: 0 }),
        "createMorphologicalChanVese.change: lambda1 must be a finite number > 0; received 0.",
      ],
      [
        () => second.change({ balloon: Number.POSITIVE_INFINITY }),
        "createMorphologicalGeodesicActiveContour.change: balloon must be a finite number; received Infinity.",
      ],
      [
        () => second.change({ threshold: Number.NaN }),
        "createMorphologicalGeodesicActiveContour.change: threshold must be a finite number; received NaN.",
      ],
      [
        () => second.change({ spacing: [1, 2] } as object),
        'createMorphologicalGeodesicActiveContour.change: options must have only the keys smoothing, threshold, balloon; received "spacing".',
      ],
    ] as const) {
      expect(call).toThrow(expect.objectContaining({ message }));
    }
    first.step(5);
    second.step(5);
    expect(first.mask).toEqualArray(chanVeseRun(5).mask);
    expect(second.mask).toEqualArray(contourRun(5).mask);
  });
});

describe("going on from mask and phase", () => {
  test.each([1, 2, 3])("after %i iterations gives what one run gives", (first) => {
    for (const smoothing of [1, 2, 3]) {
      const whole = createMorphologicalGeodesicActiveContour(edges, { smoothing, balloon: -1, threshold: 0.4 });
      whole.step(6);
      const begun = createMorphologicalGeodesicActiveContour(edges, { smoothing, balloon: -1, threshold: 0.4 });
      begun.step(first);
      const { phase } = begun;
      const rest = { initial: begun.mask, phase, smoothing, balloon: -1, threshold: 0.4 };
      const resumed = createMorphologicalGeodesicActiveContour(edges, rest);
      resumed.step(6 - first);
      expect(resumed.mask).toEqualArray(whole.mask);
      expect(resumed.phase).toBe(whole.phase);
    }
  });

  test("needs the phase: without it another set follows", () => {
    const begun = morphologicalChanVese(image, 1);
    const next = morphologicalChanVese(image, 2);
    const right = morphologicalChanVese(image, 1, { initial: begun.mask, phase: begun.phase });
    const wrong = morphologicalChanVese(image, 1, { initial: begun.mask });
    expect(right.mask).toEqualArray(next.mask);
    expect(wrong.mask).not.toEqualArray(next.mask);
  });
});
