import { zeros } from "@ddl/core";
import {
  classCounts,
  confusionMatrix,
  diceScore,
  hausdorffDistance,
  jaccardIndex,
  precision,
  recall,
  summarize,
} from "@ddl/metrics";
import { goldenArray, layouts, mask } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/metrics.json" with { type: "json" };

describe.each(golden.cases.map((one, k) => ({ k, ...one })))(
  "case $k, spacing $spacing, as the formulas in numpy",
  (one) => {
    const references = layouts(goldenArray<Uint8Array>(one.reference));
    const predictions = layouts(goldenArray<Uint8Array>(one.prediction)).reverse();
    const spacing = one.spacing === null ? {} : { spacing: one.spacing };
    test.each(references.map(([name], k) => [name, k] as const))("in %s", (_name, k) => {
      const reference = references[k]![1];
      const prediction = predictions[k]![1];
      expect(classCounts(confusionMatrix(reference, prediction), 1)).toEqual(one.counts);
      expect(diceScore(reference, prediction)).toBe(one.dice);
      expect(jaccardIndex(reference, prediction)).toBe(one.jaccard);
      expect(precision(reference, prediction)).toBe(one.precision);
      expect(recall(reference, prediction)).toBe(one.recall);
      expect(hausdorffDistance(reference, prediction, spacing)).toBeCloseTo(one.hausdorff, 12);
      expect(hausdorffDistance(reference, prediction, { percentile: 95, ...spacing })).toBeCloseTo(one.hd95, 12);
      const pooled = hausdorffDistance(reference, prediction, { percentile: 95, convention: "pooled", ...spacing });
      expect(pooled).toBeCloseTo(one.hd95Pooled, 12);
    });
  },
);

describe("hand-countable masks", () => {
  const reference = mask(".....", ".###.", ".###.", ".###.", ".....");
  const prediction = mask(".....", "..###", "..###", "..###", ".....");

  test("6 shared, 3 only in each", () => {
    expect(classCounts(confusionMatrix(reference, prediction), 1)).toEqual({
      truePositives: 6,
      falsePositives: 3,
      falseNegatives: 3,
      trueNegatives: 13,
    });
    expect(diceScore(reference, prediction)).toBe(2 / 3);
    expect(jaccardIndex(reference, prediction)).toBe(0.5);
    expect(hausdorffDistance(reference, prediction)).toBe(1);
    expect(hausdorffDistance(reference, prediction, { spacing: [2, 1] })).toBe(1);
    expect(hausdorffDistance(reference, prediction, { spacing: [1, 2] })).toBe(2);
  });

  test("precision and recall are not each other", () => {
    const few = mask("#....", ".....");
    const many = mask("####.", ".....");
    expect([precision(many, few), recall(many, few)]).toEqual([1, 0.25]);
    expect([precision(few, many), recall(few, many)]).toEqual([0.25, 1]);
  });

  test("a mask that fills the image has its border at the image's edge", () => {
    expect(hausdorffDistance(mask("#####", "#####", "#####"), mask("....#", ".....", "....."))).toBe(Math.hypot(4, 2));
  });
});

describe("empty masks", () => {
  const some = mask("#..", "...");
  const none = mask("...", "...");

  test("are undefined if both are, the worst value if one is", () => {
    expect(diceScore(none, none)).toBeNaN();
    expect(diceScore(some, none)).toBe(0);
    expect(recall(none, some)).toBe(0);
    expect(hausdorffDistance(none, none)).toBeNaN();
    expect(hausdorffDistance(none, some, { spacing: [3, 2] })).toBe(5);
  });

  test("are what the policy says", () => {
    const emptyPolicy = { bothEmpty: "one", oneEmpty: "nan" } as const;
    expect(diceScore(none, none, { emptyPolicy })).toBe(1);
    expect(jaccardIndex(some, none, { emptyPolicy })).toBeNaN();
    expect(hausdorffDistance(some, none, { emptyPolicy: { oneEmpty: "infinity" } })).toBe(Number.POSITIVE_INFINITY);
    expect(precision(none, none, { emptyPolicy: { bothEmpty: "zero" } })).toBe(0);
    expect(() => diceScore(none, none, { emptyPolicy: { bothEmpty: "error" } })).toThrow(
      expect.objectContaining({
        message: 'diceScore: both masks are empty, and emptyPolicy says "error".',
        code: "data",
      }),
    );
  });
});

const pairs = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)), { minLength: 3 * 4 * 5, maxLength: 3 * 4 * 5 })
  .map((values) =>
    [0, 1].map(
      (side) =>
        ndarray(
          Uint8Array.from(values, (v) => v[side]!),
          [3, 4, 5],
        ) as NdArray<Uint8Array>,
    ),
  );

describe("for any two masks", () => {
  test("symmetric metrics are symmetric to the bit", () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(diceScore(a!, b!)).toBe(diceScore(b!, a!));
        expect(jaccardIndex(a!, b!)).toBe(jaccardIndex(b!, a!));
        expect(precision(a!, b!)).toBe(recall(b!, a!));
        for (const convention of ["directed-max", "pooled"] as const) {
          const options = { percentile: 90, convention, spacing: [2.5, 0.7, 1.1] };
          expect(hausdorffDistance(a!, b!, options)).toBe(hausdorffDistance(b!, a!, options));
        }
      }),
    );
  });

  test("padding with background changes nothing, doubling the spacing doubles the distance", () => {
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        const padded = [a!, b!].map((array) => {
          const larger = zeros(Uint8Array, [6, 9, 8]);
          for (let z = 0; z < 3; z++)
            for (let y = 0; y < 4; y++) for (let x = 0; x < 5; x++) larger.set(z + 2, y + 1, x + 3, array.get(z, y, x));
          return larger;
        });
        fc.pre(a!.data.includes(1) && b!.data.includes(1));
        expect(diceScore(padded[0]!, padded[1]!)).toBe(diceScore(a!, b!));
        const once = hausdorffDistance(a!, b!, { percentile: 95, spacing: [3, 1, 2] });
        expect(hausdorffDistance(padded[0]!, padded[1]!, { percentile: 95, spacing: [3, 1, 2] })).toBe(once);
        expect(hausdorffDistance(a!, b!, { percentile: 95, spacing: [6, 2, 4] })).toBeCloseTo(2 * once, 12);
      }),
    );
  });
});

describe("summarize", () => {
  test("gives numpy's mean, median and quartiles", () => {
    const summary = summarize(golden.summary.values);
    expect(summary.mean).toBeCloseTo(golden.summary.mean, 15);
    expect(summary.median).toBe(golden.summary.median);
    expect(summary.q1).toBeCloseTo(golden.summary.q1, 15);
    expect(summary.q3).toBeCloseTo(golden.summary.q3, 15);
    expect([summary.min, summary.max, summary.count, summary.undefined]).toEqual([0.05, 0.91, 7, 0]);
  });

  test("counts what is undefined and keeps infinities", () => {
    expect(summarize([0.5, Number.NaN, 0.25])).toMatchObject({ count: 2, undefined: 1, mean: 0.375, median: 0.375 });
    const infinite = summarize([1, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(infinite).toMatchObject({ mean: Number.POSITIVE_INFINITY, q3: Number.POSITIVE_INFINITY, q1: 1.75 });
    expect(summarize([]).mean).toBeNaN();
    expect(summarize([Number.NaN])).toMatchObject({ count: 0, undefined: 1, median: Number.NaN });
  });
});

describe("bad input is named", () => {
  const a = mask("#.", "..");
  test.each([
    [
      () => diceScore(a, mask("#..", "...")),
      "diceScore: prediction must have the shape of reference, [2, 2]; received [2, 3].",
    ],
    [
      () => diceScore(a, a, { emptyPolicy: { bothEmpty: "two" as "one" } }),
      'diceScore: emptyPolicy.bothEmpty must be one of "nan", "one", "zero", "infinity", "worst", "error"; received "two".',
    ],
    [
      () => hausdorffDistance(a, a, { percentile: 0 }),
      "hausdorffDistance: percentile must be a finite number > 0 and ≤ 100; received 0.",
    ],
    [
      () => hausdorffDistance(a, a, { spacing: [1, 1, 1] }),
      "hausdorffDistance: spacing must have 2 entries, one an axis; received [1, 1, 1].",
    ],
    [
      () => hausdorffDistance(a, a, { convention: "surface" as "pooled" }),
      'hausdorffDistance: convention must be one of "directed-max", "pooled", "surfel"; received "surface".',
    ],
    [
      () => confusionMatrix(7 as never, a),
      "confusionMatrix: reference must be an ndarray, a typed array or { data, shape }; received 7.",
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
