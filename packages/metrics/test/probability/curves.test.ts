import { areaUnderRoc, averagePrecision, brierScore, precisionRecallCurve, rocCurve } from "@ddl/metrics/probability";
import { layouts } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "../goldens/probability.json" with { type: "json" };

const numbers = (values: readonly (number | string)[]): number[] =>
  values.map((v) => (v === "inf" ? Infinity : Number(v)));

function expectClose(found: Float64Array, expected: readonly (number | string)[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of numbers(expected).entries()) expect(found[i]).toBeCloseTo(value, 14);
}

describe.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k, as scikit-learn", (one) => {
  test("ROC", () => {
    const curve = rocCurve(one.labels, one.scores);
    const [fpr, tpr, thresholds] = one.roc as [number[], number[], (number | string)[]];
    expectClose(curve.falsePositiveRate, fpr);
    expectClose(curve.truePositiveRate, tpr);
    expect([...curve.thresholds]).toEqual(numbers(thresholds));
    expect(curve.area).toBeCloseTo(one.area, 14);
    expect(areaUnderRoc(one.labels, one.scores)).toBe(curve.area);
  });

  test("ROC without intermediate points", () => {
    const curve = rocCurve(one.labels, one.scores, { dropCollinear: true });
    const [fpr, tpr, thresholds] = one.rocWithoutIntermediate as [number[], number[], (number | string)[]];
    expectClose(curve.falsePositiveRate, fpr);
    expectClose(curve.truePositiveRate, tpr);
    expect([...curve.thresholds]).toEqual(numbers(thresholds));
    expect(curve.area).toBe(areaUnderRoc(one.labels, one.scores));
  });

  test("precision and recall", () => {
    const curve = precisionRecallCurve(one.labels, one.scores);
    const [precision, recall, thresholds] = one.precisionRecall as [number[], number[], (number | string)[]];
    expectClose(curve.precision, precision);
    expectClose(curve.recall, recall);
    expect([...curve.thresholds]).toEqual(numbers(thresholds));
    expect(curve.area).toBeCloseTo(one.precisionRecallArea, 14);
    expect(averagePrecision(one.labels, one.scores)).toBeCloseTo(one.averagePrecision, 14);
    expect(curve.averagePrecision).toBeCloseTo(one.averagePrecision, 14);
  });

  test("Brier score", () => {
    expect(brierScore(one.labels, one.scores)).toBeCloseTo(one.brier, 14);
    expect(brierScore(one.labels, one.scores, { classes: "both" })).toBeCloseTo(2 * one.brier, 14);
  });
});

describe("four scores", () => {
  const labels = Uint8Array.of(0, 0, 1, 1);

  test("without ties", () => {
    const scores = [0.1, 0.4, 0.35, 0.8];
    expect(areaUnderRoc(labels, scores)).toBe(0.75);
    expect(averagePrecision(labels, scores)).toBeCloseTo(0.5 + 1 / 3, 15);
    expect(precisionRecallCurve(labels, scores).area).toBeCloseTo(19 / 24, 15); // ½ + ½·(½ + ⅔)/2
    expect(brierScore(labels, scores)).toBeCloseTo(0.158125, 15);
  });

  test("with a positive and a negative of one score", () => {
    const scores = Float64Array.of(0.1, 0.4, 0.4, 0.8);
    const roc = rocCurve(labels, scores);
    expect([...roc.falsePositiveRate]).toEqual([0, 0, 0.5, 1]);
    expect([...roc.truePositiveRate]).toEqual([0, 0.5, 1, 1]);
    expect([...roc.thresholds]).toEqual([Infinity, 0.8, 0.4, 0.1]);
    expect(roc.area).toBe(0.875);
    expect(averagePrecision(labels, scores)).toBeCloseTo(5 / 6, 15);
    expect(precisionRecallCurve(labels, scores).area).toBeCloseTo(11 / 12, 15);
    expect(brierScore(labels, scores)).toBeCloseTo(0.1425, 15);
  });

  test("infinite scores and both zeros are scores", () => {
    expect(areaUnderRoc([1, 0, 0], [Infinity, 3, -Infinity])).toBe(1);
    expect(areaUnderRoc([1, 0], [-0, 0])).toBe(0.5);
    expect(areaUnderRoc([1, 0], [0, -0])).toBe(0.5);
  });
});

describe("labels of one class", () => {
  const scores = [0.2, 0.7, 0.2];
  const { noPositives, noNegatives } = golden.oneClass;

  test("are undefined", () => {
    const roc = rocCurve([0, 0, 0], scores);
    expect([...roc.falsePositiveRate]).toEqual(numbers(noPositives.roc[0]!));
    expect([...roc.truePositiveRate]).toEqual(numbers(noPositives.roc[1]!));
    expect(roc.area).toBeNaN();
    expect([...rocCurve([1, 1, 1], scores).falsePositiveRate]).toEqual(numbers(noNegatives.roc[0]!));
    expect(areaUnderRoc([1, 1, 1], scores)).toBeNaN();
    expect(averagePrecision([0, 0, 0], scores)).toBeNaN();
    expect(averagePrecision([1, 1, 1], scores)).toBe(noNegatives.averagePrecision);
  });

  test("are what the option says: 1 for recall as scikit-learn, ½ for a coin", () => {
    const curve = precisionRecallCurve([0, 0, 0], scores, { undefinedValue: 1 });
    expect([...curve.recall]).toEqual(noPositives.recall);
    expect([...curve.precision]).toEqual(noPositives.precision);
    expect(curve.area).toBe(noPositives.area);
    expect(curve.averagePrecision).toBe(noPositives.averagePrecision);
    expect(areaUnderRoc([0, 0, 0], scores, { undefinedValue: 0.5 })).toBe(0.5);
  });
});

const samples = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -20, max: 20 })), { minLength: 2, maxLength: 40 })
  .map((rows) => [rows.map(([label]) => label), rows.map(([, score]) => score / 4)] as const)
  .filter(([labels]) => labels.includes(0) && labels.includes(1));

describe("for any labels and scores", () => {
  test("the area is the share of pairs in order, ties counting half", () => {
    fc.assert(
      fc.property(samples, ([labels, scores]) => {
        let wins = 0;
        let pairs = 0;
        labels.forEach((a, i) => {
          labels.forEach((b, j) => {
            if (a !== 1 || b !== 0) return;
            pairs++;
            wins += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
          });
        });
        expect(areaUnderRoc(labels, scores)).toBeCloseTo(wins / pairs, 14);
      }),
    );
  });

  test("a rising function of the scores changes no area, a falling one and other labels turn it round", () => {
    fc.assert(
      fc.property(samples, ([labels, scores]) => {
        const area = areaUnderRoc(labels, scores);
        const risen = scores.map((s) => Math.exp(s) - 7);
        expect(areaUnderRoc(labels, risen)).toBe(area);
        expect(averagePrecision(labels, risen)).toBe(averagePrecision(labels, scores));
        const others = labels.map((label) => 1 - label);
        expect(areaUnderRoc(others, scores)).toBeCloseTo(1 - area, 14);
        expect(
          areaUnderRoc(
            others,
            scores.map((s) => -s),
          ),
        ).toBeCloseTo(area, 14);
      }),
    );
  });

  test("average precision lies between 0 and 1 and never above the best precision", () => {
    fc.assert(
      fc.property(samples, ([labels, scores]) => {
        const { averagePrecision: value, precision } = precisionRecallCurve(labels, scores);
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThanOrEqual(Math.max(...precision.slice(0, -1)) + 1e-15);
      }),
    );
  });
});

test("any layout gives the same, and inputs stay as they are", () => {
  const labels = ndarray(Uint8Array.of(0, 1, 1, 0, 1, 0), [2, 3]) as NdArray<Uint8Array>;
  const scores = ndarray(Float32Array.of(0.1, 0.7, 0.3, 0.3, 0.9, 0.2), [2, 3]) as NdArray<Float32Array>;
  const others = layouts(scores).reverse();
  for (const [k, [, layout]] of layouts(labels).entries()) {
    expect(areaUnderRoc(layout, others[k]![1])).toBeCloseTo(8.5 / 9, 15);
    expect(brierScore(layout, others[k]![1])).toBeCloseTo((0.01 + 0.09 + 0.49 + 0.09 + 0.01 + 0.04) / 6, 7);
  }
  expect([...scores.data]).toEqual([...Float32Array.of(0.1, 0.7, 0.3, 0.3, 0.9, 0.2)]);
});

test.each([
  [
    () => rocCurve([0, 1, 2], [1, 2, 3]),
    "rocCurve: reference must hold labels 0 and 1; received 2. This is element 2.",
  ],
  [
    () => areaUnderRoc([0, 1], [1, Number.NaN]),
    "areaUnderRoc: prediction must hold no NaN; received NaN. This is element 1.",
  ],
  [
    () => averagePrecision([0, 1], [1, 2, 3]),
    "averagePrecision: prediction must have the shape of reference, [2]; received [3].",
  ],
  [() => precisionRecallCurve([], []), "precisionRecallCurve: reference must have at least one element; received [0]."],
  [
    () => brierScore([0, 1], [0.5, 1.5]),
    "brierScore: prediction must hold probabilities 0 … 1; received 1.5. This is element 1.",
  ],
  [
    () => brierScore([0, 1], [Number.NaN, 1]),
    "brierScore: prediction must hold no NaN; received NaN. This is element 0.",
  ],
  [
    () => brierScore([0, 1], [0, 1], { classes: "all" as "both" }),
    'brierScore: classes must be one of "positive", "both"; received "all".',
  ],
  [
    () => rocCurve([0, 1], [0, 1], { dropCollinear: 1 as never }),
    "rocCurve: dropCollinear must be true or false; received 1.",
  ],
  [
    () => averagePrecision([0, 1], [0, 1], { undefinedValue: "nan" as never }),
    'averagePrecision: undefinedValue must be a finite number; received "nan".',
  ],
  [
    () => rocCurve([0, 1], [0, 1], { undefinedValue: Infinity }),
    "rocCurve: undefinedValue must be a finite number; received Infinity.",
  ],
  [
    () => areaUnderRoc([0, 1], [0, 1], { dropCollinear: true } as never),
    'areaUnderRoc: options must have only the keys undefinedValue; received "dropCollinear".',
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
