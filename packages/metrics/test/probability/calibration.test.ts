import { expectedCalibrationError, reliabilityCurve } from "@ddl/metrics/probability";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../goldens/probability.json" with { type: "json" };

const torchmetrics = { binEdges: "left-closed", openEnd: "separate" } as const;
const metricsReloaded = { binEdges: "right-closed", openEnd: "drop" } as const;

describe.each(["1", "7", "10", "15"] as const)("%s bins, as the rules written in numpy", (name) => {
  const bins = Number(name);
  test.each(golden.cases.map((one, k) => [k, one] as const))("two classes, case %i", (_k, one) => {
    const { labels, scores } = one;
    expect(expectedCalibrationError(labels, scores, { bins, ...torchmetrics })).toBeCloseTo(one.leftClosed[name], 13);
    expect(expectedCalibrationError(labels, scores, { bins, ...metricsReloaded })).toBeCloseTo(
      one.rightClosed[name],
      13,
    );
  });

  test("four classes, in any layout", () => {
    const expected = golden.classes as { leftClosed: Record<string, number>; rightClosed: Record<string, number> };
    const probabilities = layouts(goldenArray(golden.classes.probabilities)).reverse();
    for (const [k, [, labels]] of layouts(goldenArray(golden.classes.labels)).entries()) {
      const p = probabilities[k]![1];
      expect(expectedCalibrationError(labels, p, { bins, ...torchmetrics })).toBeCloseTo(
        expected.leftClosed[name]!,
        13,
      );
      expect(expectedCalibrationError(labels, p, { bins, ...metricsReloaded })).toBeCloseTo(
        expected.rightClosed[name]!,
        13,
      );
    }
  });
});

test("four scores in ten bins", () => {
  const call = (binEdges: "left-closed" | "right-closed") =>
    expectedCalibrationError([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { bins: 10, binEdges });
  expect(call("left-closed")).toBeCloseTo(0.3375, 14);
  expect(call("right-closed")).toBeCloseTo(0.1375, 14);
});

test("k/10 lies on an edge for every k", () => {
  const p = Array.from({ length: 9 }, (_, k) => (k + 1) / 10);
  const labels = p.map((_, k) => k % 2);
  expect([...reliabilityCurve(labels, p, { bins: 10 }).counts]).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  const right = reliabilityCurve(labels, p, { bins: 10, binEdges: "right-closed" });
  expect([...right.counts]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
  expect([...right.accuracy]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, Number.NaN]);
  expect(right.confidence[2]).toBe(0.3);
});

test("the open end joins, stands alone or is dropped", () => {
  const labels = [0, 1, 1, 0];
  const p = [0, 1, 0.75, 0.25];
  const counts = (options: object) => [...reliabilityCurve(labels, p, { bins: 2, ...options }).counts];
  expect(counts({})).toEqual([2, 2]);
  expect(counts({ openEnd: "separate" })).toEqual([2, 1, 1]);
  expect(counts({ openEnd: "drop" })).toEqual([2, 1]);
  expect(counts({ binEdges: "right-closed", openEnd: "separate" })).toEqual([1, 2, 1]);
  expect(counts({ binEdges: "right-closed", openEnd: "drop" })).toEqual([1, 2]);
  expect(expectedCalibrationError([1, 1], [1, 1], { openEnd: "drop" })).toBeNaN();
});

test("the first of two largest probabilities is the prediction", () => {
  const p = { data: Float64Array.of(0.4, 0.4, 0.2, 0.1, 0.45, 0.45), shape: [2, 3] };
  expect([...reliabilityCurve([0, 2], p, { bins: 2 }).accuracy]).toEqual([0.5, Number.NaN]);
});

test("the error lies in [0, 1] and is 0 for sure and right predictions", () => {
  const rows = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1 });
  fc.assert(
    fc.property(
      rows,
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom("left-closed", "right-closed"),
      (all, bins, binEdges) => {
        const labels = all.map(([label]) => label);
        const error = expectedCalibrationError(
          labels,
          all.map(([, p]) => p),
          { bins, binEdges },
        );
        expect(error).toBeGreaterThanOrEqual(0);
        expect(error).toBeLessThanOrEqual(1);
        expect(expectedCalibrationError(labels, labels, { bins, binEdges })).toBe(0);
      },
    ),
  );
});

test.each([
  [
    () => expectedCalibrationError([0, 1], { data: [0.1, 0.9, 0.4], shape: [1, 3] }),
    "expectedCalibrationError: prediction must have shape [2] or, with K ≥ 2 classes, [2, K]; received [1, 3].",
  ],
  [
    () => reliabilityCurve([0, 3], { data: [0.1, 0.9, 0, 0.4, 0.6, 0], shape: [2, 3] }),
    "reliabilityCurve: reference must hold labels 0 … 2; received 3. This is element 1.",
  ],
  [
    () => reliabilityCurve([0, 2], { data: [0.1, 0.9, 0, 0.4, 1.6, 0], shape: [2, 3] }),
    "reliabilityCurve: prediction must hold probabilities 0 … 1; received 1.6. This is element 4.",
  ],
  [
    () => reliabilityCurve([2], [0.5]),
    "reliabilityCurve: reference must hold labels 0 and 1; received 2. This is element 0.",
  ],
  [
    () => reliabilityCurve([1], [0.5], { bins: 0 }),
    "reliabilityCurve: bins must be an integer ≥ 1 and ≤ 1000000; received 0.",
  ],
  [
    () => reliabilityCurve([1], [0.5], { openEnd: "own" as "join" }),
    'reliabilityCurve: openEnd must be one of "join", "separate", "drop"; received "own".',
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
