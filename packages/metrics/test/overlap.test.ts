import type { ClassOptions, ConfusionMatrix, OverlapScore } from "@ddl/metrics";
import {
  accuracy,
  balancedAccuracy,
  classCounts,
  cohenKappa,
  confusionMatrix,
  diceScore,
  fBeta,
  generalizedDice,
  jaccardIndex,
  matrixFromCounts,
  matthewsCorrelation,
  precision,
  recall,
  sensitivity,
  specificity,
  volumetricSimilarity,
} from "@ddl/metrics";
import { goldenArray, layouts, mask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/overlap.json" with { type: "json" };

type Score = OverlapScore<ClassOptions>;
const oneVersusRest: Record<keyof (typeof golden.cases)[0]["foreground"], Score> = {
  diceScore,
  jaccardIndex,
  precision,
  recall,
  specificity,
  volumetricSimilarity,
  fBeta: ((matrix: ConfusionMatrix, options: ClassOptions) => fBeta(matrix, { beta: 2, ...options })) as Score,
};
const averages = ["macro", "micro", "weighted"] as const;

describe.each(golden.cases.map((one) => ({ ...one })))("$classes classes, as the formulas in numpy", (one) => {
  const reference = goldenArray<Uint8Array>(one.reference);
  const prediction = goldenArray<Uint8Array>(one.prediction);
  const { classes } = one;
  const matrix = confusionMatrix(reference, prediction, { classes });

  test("counts, in every layout", () => {
    const others = layouts(prediction).reverse();
    for (const [k, [, array]] of layouts(reference).entries()) {
      expect([...confusionMatrix(array, others[k]![1], { classes }).counts]).toEqual(one.counts);
    }
    const plain = confusionMatrix(
      [...reference.data],
      { data: prediction.data, shape: [prediction.size] },
      { classes },
    );
    expect([...plain.counts]).toEqual(one.counts);
  });

  test("counts without what is ignored, and weighted", () => {
    const ignored = goldenArray<Uint8Array>(one.ignored);
    expect([...confusionMatrix(ignored, prediction, { classes, ignoreIndex: 255 }).counts]).toEqual(one.countsIgnored);
    for (const [, weights] of layouts(goldenArray<Float64Array>(one.weights))) {
      const { counts } = confusionMatrix(reference, prediction, { classes, weights });
      for (const [k, count] of counts.entries()) expect(count).toBeCloseTo(one.countsWeighted[k]!, 12);
    }
  });

  test.each(averages)("one class against the rest, %s", (average) => {
    for (const [name, score] of Object.entries(oneVersusRest)) {
      const key = name as keyof typeof oneVersusRest;
      expect(score(matrix, { average }), name).toBeCloseTo(one.foreground[key][average], 13);
      expect(score(matrix, { average, background: true }), name).toBeCloseTo(one.all[key][average], 13);
    }
  });

  test("all classes at once", () => {
    expect(accuracy(matrix)).toBeCloseTo(one.accuracy, 14);
    expect(balancedAccuracy(matrix)).toBeCloseTo(one.balancedAccuracy, 14);
    expect(matthewsCorrelation(matrix)).toBeCloseTo(one.matthewsCorrelation, 13);
    for (const weighting of ["none", "linear", "quadratic"] as const) {
      expect(cohenKappa(matrix, { weighting })).toBeCloseTo(one.cohenKappa[weighting], 13);
    }
    for (const weighting of ["square", "simple", "uniform"] as const) {
      const [foreground, all] = one.generalizedDice[weighting];
      expect(generalizedDice(matrix, { weighting })).toBeCloseTo(foreground!, 13);
      expect(generalizedDice(matrix, { weighting, background: true })).toBeCloseTo(all!, 13);
    }
  });
});

test("two masks give what their matrix gives, to the bit", () => {
  const [one] = golden.cases;
  const masks = [goldenArray(one!.reference), goldenArray(one!.prediction)] as const;
  const matrix = matrixFromCounts(one!.counts);
  const scores = {
    ...oneVersusRest,
    fBeta,
    accuracy,
    balancedAccuracy,
    matthewsCorrelation,
    cohenKappa,
    generalizedDice,
  };
  for (const [name, score] of Object.entries(scores as Record<string, OverlapScore<object>>)) {
    expect(score(...masks), name).toBe(score(matrix));
  }
  expect(sensitivity(...masks)).toBe(recall(...masks));
});

describe("5 × 5, 6 shared, 3 only in each", () => {
  const masks = [
    mask(".....", ".###.", ".###.", ".###.", "....."),
    mask(".....", "..###", "..###", "..###", "....."),
  ] as const;
  test("gives the published figures", () => {
    expect(matthewsCorrelation(...masks)).toBeCloseTo(0.479166, 5);
    expect(cohenKappa(...masks)).toBeCloseTo(0.479166, 5);
    expect(balancedAccuracy(...masks)).toBeCloseTo(0.7395833, 7);
    expect(volumetricSimilarity(...masks)).toBe(1);
    expect(specificity(...masks)).toBe(13 / 16);
    expect(accuracy(...masks)).toBe(19 / 25);
  });
});

describe("absent classes", () => {
  // Rows: reference. Class 2 occurs nowhere, class 3 only in the prediction.
  const matrix = matrixFromCounts([5, 1, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  test("are undefined, worst, or left out of the mean", () => {
    expect(diceScore(matrix)).toBeNaN();
    expect(diceScore(matrix, { undefinedClasses: "skip" })).toBe((6 / 9 + 0) / 2);
    expect(diceScore(matrix, { undefinedClasses: "skip", emptyPolicy: { referenceEmpty: "nan" } })).toBe(6 / 9);
    expect(diceScore(matrix, { emptyPolicy: { bothEmpty: "one" } })).toBeCloseTo((6 / 9 + 1 + 0) / 3, 15);
    expect(balancedAccuracy(matrix)).toBeNaN();
    expect(balancedAccuracy(matrix, { undefinedClasses: "skip" })).toBeCloseTo((5 / 7 + 3 / 5) / 2, 15);
    expect(balancedAccuracy(matrix, { zeroDivision: "zero" })).toBeCloseTo((5 / 7 + 3 / 5) / 4, 15);
  });
  test("weigh in generalised Dice as much as the rarest class", () => {
    // Reference 5 of class 1 (weight 1/25, as classes 2 and 3): 2·3/25 over (5 + 4 + 1)/25.
    expect(generalizedDice(matrix)).toBeCloseTo(6 / 10, 15);
    expect(generalizedDice(matrixFromCounts([4, 0, 2, 0, 0, 0, 0, 0, 0]))).toBe(0);
    expect(generalizedDice(matrixFromCounts([4, 0, 0, 0, 0, 0, 0, 0, 0]))).toBeNaN();
  });
  test("keep their place in weighted kappa", () => {
    // Classes 0 and 2 are two apart, not one.
    const kappa = cohenKappa(matrixFromCounts([4, 1, 0, 0, 0, 0, 1, 0, 3]), { weighting: "linear" });
    // Σ W∘C = 1 + 2; Σ W∘E = (5·(1·1 + 3·2) + 4·(5·2 + 1·1)) / 9 = 79/9
    expect(kappa).toBeCloseTo(1 - 27 / 79, 14);
  });
});

describe("where the denominator is 0", () => {
  const none = mask("...", "...");
  const full = mask("###", "###");
  const some = mask("#..", "...");
  test("zeroDivision decides, not emptyPolicy", () => {
    expect(specificity(none, none)).toBe(1);
    expect(specificity(full, some)).toBeNaN();
    expect(specificity(full, some, { zeroDivision: "one" })).toBe(1);
    expect(matthewsCorrelation(none, some)).toBeNaN();
    expect(matthewsCorrelation(none, some, { zeroDivision: "worst" })).toBe(-1);
    expect(cohenKappa(none, some)).toBe(0);
    expect(cohenKappa(none, none, { zeroDivision: 0.25 })).toBe(0.25);
    expect(accuracy(confusionMatrix(some, none, { classes: 2, ignoreIndex: 0 }))).toBe(0);
    expect(accuracy(matrixFromCounts([0, 0, 0, 0]))).toBeNaN();
  });
  test("or throws", () => {
    expect(() => matthewsCorrelation(none, some, { zeroDivision: "error" })).toThrow(
      expect.objectContaining({
        message: 'matthewsCorrelation: the denominator is 0, and zeroDivision says "error".',
        code: "data",
      }),
    );
  });
});

test("MCC of counts whose product exceeds 2^53", () => {
  // In 50 digits of Python's decimal; the product under one root is about 2^101.
  const matrix = matrixFromCounts([99_000_000, 300_000, 200_000, 500_000]);
  expect(matthewsCorrelation(matrix)).toBeCloseTo(0.665_662_341_404_614, 12);
});

test("one class of a matrix against the rest", () => {
  expect(classCounts(matrixFromCounts([1, 2, 3, 4, 5, 6, 7, 8, 9]), 1)).toEqual({
    truePositives: 5,
    falsePositives: 10,
    falseNegatives: 10,
    trueNegatives: 20,
  });
  expect(classCounts(matrixFromCounts([1, 2, 3, 4, 5, 6, 7, 8, 9]), 0)).toEqual({
    truePositives: 1,
    falsePositives: 11,
    falseNegatives: 5,
    trueNegatives: 28,
  });
});

describe("bad input is named", () => {
  const a = mask("#.", "..");
  const matrix = matrixFromCounts([3, 1, 2, 4]);
  test.each([
    [() => fBeta(a, a, { beta: 0 }), "fBeta: beta must be a finite number > 0; received 0."],
    [
      () => cohenKappa(a, a, { weighting: "cubic" as "none" }),
      'cohenKappa: weighting must be one of "none", "linear", "quadratic"; received "cubic".',
    ],
    [
      () => generalizedDice(a, a, { weighting: "none" as "square" }),
      'generalizedDice: weighting must be one of "square", "simple", "uniform"; received "none".',
    ],
    [
      () => diceScore(matrix, { average: "mean" as "macro" }),
      'diceScore: average must be one of "macro", "micro", "weighted"; received "mean".',
    ],
    [
      () => recall(matrix, { undefinedClasses: "drop" as "skip" }),
      'recall: undefinedClasses must be one of "nan", "skip"; received "drop".',
    ],
    [
      () => recall(matrix, { background: 1 as unknown as boolean }),
      "recall: background must be one of true, false; received 1.",
    ],
    [
      () => specificity(a, a, { emptyPolicy: {} } as object),
      'specificity: options must have only the keys average, background, undefinedClasses, zeroDivision; received "emptyPolicy".',
    ],
    [
      () => accuracy(a, a, { zeroDivision: "two" as "one" }),
      'accuracy: zeroDivision must be one of "nan", "one", "zero", "infinity", "worst", "error"; received "two".',
    ],
    [
      () => matrixFromCounts([1, 2, 3]),
      "matrixFromCounts: counts must have classes × classes numbers, at least 4; received [1, 2, 3].",
    ],
    [() => matrixFromCounts([1, 2, -3, 4]), "matrixFromCounts: counts must be a finite number ≥ 0; received -3."],
    [
      () => precision(Float32Array.of(0, 1, 2), Float32Array.of(0, Number.NaN, 1)),
      "precision: prediction must hold no NaN; received NaN. This is element 1.",
    ],
    [() => recall([], []), "recall: reference must have at least one element; received [0]."],
    [
      () => recall({ data: [1, 2, 3], shape: [2, 2] }, [1]),
      "recall: reference must have a shape of 3 elements, as many as data; received [2, 2].",
    ],
    [
      () => recall(null as unknown as number[], [1]),
      "recall: reference must be an ndarray, a typed array or { data, shape }; received null.",
    ],
    [() => recall(a, a, null as unknown as object), "recall: options must be an object; received null."],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
