import { matchInstances } from "@ddl/metrics/instances";
import { goldenArray, layouts } from "@ddl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../goldens/instances.json" with { type: "json" };

describe.each(golden.plain.map((one, k) => ({ k, ...one })))("image $k, as MONAI's rules in scipy", (one) => {
  test.each(one.results)("above $threshold, in any layout", ({ threshold, pairs, counts }) => {
    const predictions = layouts(goldenArray(one.prediction)).reverse();
    for (const [k, [, reference]] of layouts(goldenArray(one.reference)).entries()) {
      const found = matchInstances(reference, predictions[k]![1], { threshold });
      expect(found.matches.map((m) => [m.reference, m.prediction])).toEqual(pairs.map(([r, p]) => [r, p]));
      for (const [i, pair] of pairs.entries()) expect(found.matches[i]!.iou).toBeCloseTo(pair[2]!, 14);
      const numbers = [found.matches, found.unmatchedPredictions, found.unmatchedReferences].map((list) => list.length);
      expect(numbers).toEqual(counts);
    }
  });
});

describe("hand-countable instances", () => {
  test("are listed once each", () => {
    const reference = Uint16Array.of(1, 1, 1, 0, 4, 4, 0, 9, 9);
    const prediction = Uint8Array.of(7, 7, 0, 0, 7, 3, 0, 2, 2);
    expect(matchInstances(reference, prediction)).toEqual({
      matches: [{ reference: 9, prediction: 2, iou: 1 }], // 1 and 7 share 2 of 4: 0.5 is not more than 0.5
      unmatchedReferences: [1, 4],
      unmatchedPredictions: [3, 7],
    });
    expect(matchInstances(reference, prediction, { threshold: 0.4 }).matches).toEqual([
      { reference: 1, prediction: 7, iou: 0.5 },
      { reference: 4, prediction: 3, iou: 0.5 },
      { reference: 9, prediction: 2, iou: 1 },
    ]);
  });

  test("the best sum wins under 0.5, not the best pair", () => {
    // IoU: (1, 5) 4/8, (1, 6) 2/6, (2, 5) 2/6: the two smaller ones make more together.
    const reference = [1, 1, 1, 1, 1, 1, 2, 2, 0, 0, 0];
    const prediction = [5, 5, 5, 5, 6, 6, 5, 5, 0, 0, 0];
    expect(matchInstances(reference, prediction, { threshold: 0.2 }).matches).toEqual([
      { reference: 1, prediction: 6, iou: 1 / 3 },
      { reference: 2, prediction: 5, iou: 1 / 3 },
    ]);
  });

  test("no instance is no match", () => {
    expect(matchInstances([0, 0], [0, 0])).toEqual({ matches: [], unmatchedReferences: [], unmatchedPredictions: [] });
    expect(matchInstances([0, 0], [3, 0], { threshold: 0 }).unmatchedPredictions).toEqual([3]);
  });
});

const labelPairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 })), {
  minLength: 1,
  maxLength: 25,
});

/** The best sum over all one-to-one assignments, by trying them all. */
function bestSum(table: number[][], row = 0, used = 0): number {
  if (row === table.length) return 0;
  let best = bestSum(table, row + 1, used);
  table[row]!.forEach((iou, j) => {
    if ((used & (1 << j)) === 0) best = Math.max(best, iou + bestSum(table, row + 1, used | (1 << j)));
  });
  return best;
}

describe("for any labels", () => {
  test("above 0.5 a match is one to one and the only one", () => {
    fc.assert(
      fc.property(labelPairs, fc.constantFrom(0.5, 0.6, 0.8), (rows, threshold) => {
        const [r, p] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const { matches, unmatchedPredictions, unmatchedReferences } = matchInstances(r, p, { threshold });
        const references = [...matches.map((m) => m.reference), ...unmatchedReferences].sort();
        const predictions = [...matches.map((m) => m.prediction), ...unmatchedPredictions].sort();
        expect(references).toEqual([...new Set(r.filter((a) => a > 0))].sort());
        expect(predictions).toEqual([...new Set(p.filter((b) => b > 0))].sort());
        const swapped = matchInstances(p, r, { threshold })
          .matches.map((m) => m.iou)
          .sort();
        expect(matches.map((m) => m.iou).sort()).toEqual(swapped);
      }),
    );
  });

  test("with threshold 0 no assignment has a larger sum", () => {
    fc.assert(
      fc.property(labelPairs, (rows) => {
        const [r, p] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const count = (both: (a: number, b: number) => boolean) => rows.filter(([a, b]) => both(a, b)).length;
        const table = [1, 2, 3, 4].map((i) =>
          [1, 2, 3].map((j) => count((a, b) => a === i && b === j) / (count((a, b) => a === i || b === j) || 1)),
        );
        const { matches } = matchInstances(r, p, { threshold: 0 });
        expect(matches.reduce((sum, m) => sum + m.iou, 0)).toBeCloseTo(bestSum(table), 12);
        expect(new Set(matches.map((m) => m.prediction)).size).toBe(matches.length);
      }),
    );
  });
});

test.each([
  [
    () => matchInstances([1, 0.5], [1, 1]),
    "matchInstances: every label of reference must be an integer ≥ 0; received 0.5.",
  ],
  [
    () => matchInstances([1, 1], [1, -2]),
    "matchInstances: every label of prediction must be an integer ≥ 0; received -2.",
  ],
  [
    () => matchInstances([1, 1], [1, Number.NaN]),
    "matchInstances: prediction must hold no NaN; received NaN. This is element 1.",
  ],
  [
    () => matchInstances([1, 1], [1]),
    "matchInstances: prediction must have the shape of reference, [2]; received [1].",
  ],
  [
    () => matchInstances([1], [1], { threshold: 1 }),
    "matchInstances: threshold must be a finite number ≥ 0 and < 1; received 1.",
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
