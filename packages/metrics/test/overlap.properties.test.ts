import type { OverlapScore } from "@ddl/metrics";
import {
  accuracy,
  cohenKappa,
  confusionMatrix,
  diceScore,
  fBeta,
  jaccardIndex,
  matthewsCorrelation,
  precision,
  recall,
  volumetricSimilarity,
} from "@ddl/metrics";
import fc from "fast-check";
import { expect, test } from "vitest";

type Score = OverlapScore<object>;
const shape = [3, 4, 5];
const labels = (classes: number) => fc.array(fc.nat(classes - 1), { minLength: 60, maxLength: 60 });
const pair = (classes: number) => fc.tuple(labels(classes), labels(classes));
const check = (classes: number, property: (a: number[], b: number[]) => void) =>
  fc.assert(fc.property(pair(classes), ([a, b]) => void property(a, b)));
const same = (a: number, b: number) => expect(Object.is(a, b) || Math.abs(a - b) < 1e-12, `${a} and ${b}`).toBe(true);
const matrix = (a: number[], b: number[]) => confusionMatrix(a, b, { classes: 4 });

test("what is symmetric is so to the bit, and precision is recall of the swapped pair", () => {
  check(2, (a, b) => {
    for (const score of [diceScore, jaccardIndex, volumetricSimilarity]) expect(score(a, b)).toBe(score(b, a));
    expect(precision(a, b)).toBe(recall(b, a));
  });
  check(4, (a, b) => {
    for (const score of [accuracy, matthewsCorrelation, cohenKappa])
      expect(score(matrix(a, b))).toBe(score(matrix(b, a)));
    expect(cohenKappa(matrix(a, b), { weighting: "quadratic" })).toBe(
      cohenKappa(matrix(b, a), { weighting: "quadratic" }),
    );
  });
});

test("bounds", () => {
  check(4, (a, b) => {
    for (const score of [diceScore, jaccardIndex, precision, recall, volumetricSimilarity, accuracy] as Score[]) {
      const value = score(matrix(a, b));
      expect(Number.isNaN(value) || (value >= 0 && value <= 1)).toBe(true);
    }
    for (const score of [matthewsCorrelation, cohenKappa]) {
      const value = score(matrix(a, b));
      expect(Number.isNaN(value) || Math.abs(value) <= 1 + 1e-12).toBe(true);
    }
  });
});

test("Dice is 2J / (1 + J), F1, and the harmonic mean of precision and recall", () => {
  check(2, (a, b) => {
    fc.pre(a.some((v, i) => v === 1 && b[i] === 1));
    const jaccard = jaccardIndex(a, b);
    same(diceScore(a, b), (2 * jaccard) / (1 + jaccard));
    expect(diceScore(a, b)).toBe(fBeta(a, b));
    same(diceScore(a, b), 2 / (1 / precision(a, b) + 1 / recall(a, b)));
  });
});

test("F with a large beta tends to recall, with a small one to precision", () => {
  check(2, (a, b) => {
    fc.pre(a.some((v, i) => v === 1 && b[i] === 1));
    expect(fBeta(a, b, { beta: 1e4 })).toBeCloseTo(recall(a, b), 6);
    expect(fBeta(a, b, { beta: 1e-4 })).toBeCloseTo(precision(a, b), 6);
  });
});

test("micro precision, recall and Dice over all classes are the accuracy", () => {
  check(4, (a, b) => {
    for (const score of [precision, recall, diceScore]) {
      // Without any hit both are 0: by the formula, as no sum of masks is empty.
      same(score(matrix(a, b), { average: "micro", background: true }), accuracy(matrix(a, b)));
    }
  });
});

test("MCC and kappa do not depend on the names of the classes; MCC changes its sign with one of two masks", () => {
  const renamed = (a: number[]) => a.map((label) => [2, 0, 3, 1][label]!);
  check(4, (a, b) => {
    same(matthewsCorrelation(matrix(a, b)), matthewsCorrelation(matrix(renamed(a), renamed(b))));
    same(cohenKappa(matrix(a, b)), cohenKappa(matrix(renamed(a), renamed(b))));
  });
  check(2, (a, b) =>
    same(
      matthewsCorrelation(a, b),
      -matthewsCorrelation(
        a,
        b.map((label) => 1 - label),
      ),
    ),
  );
});

test("equal labels score 1 wherever they have a score", () => {
  check(4, (a) => {
    for (const score of [accuracy, matthewsCorrelation, cohenKappa]) {
      const value = score(matrix(a, a), {});
      expect(Number.isNaN(value) || Math.abs(value - 1) < 1e-12).toBe(true);
    }
  });
});

test("flips and a background around change no score of the foreground", () => {
  const flipped = (a: number[]) => ({ data: [...a].reverse(), shape });
  const padded = (a: number[]) => {
    const data = new Uint8Array(4 * 7 * 5);
    a.forEach((v, i) => {
      data[(Math.floor(i / 20) * 7 + (Math.floor(i / 5) % 4) + 2) * 5 + (i % 5)] = v;
    });
    return { data, shape: [4, 7, 5] };
  };
  check(2, (a, b) => {
    for (const score of [diceScore, jaccardIndex, precision, recall, volumetricSimilarity]) {
      expect(score(flipped(a), flipped(b))).toBe(score(a, b));
      expect(score(padded(a), padded(b))).toBe(score(a, b));
    }
    same(matthewsCorrelation(flipped(a), flipped(b)), matthewsCorrelation(a, b));
  });
});
