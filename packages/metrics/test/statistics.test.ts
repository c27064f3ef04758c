import type { MethodScores, WilcoxonOptions } from "@ddl/metrics/statistics";
import {
  bootstrapDifference,
  bootstrapInterval,
  compareMethods,
  criticalDifference,
  friedman,
  holm,
  wilcoxonSignedRank,
} from "@ddl/metrics/statistics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { intervalOf } from "../src/statistics/bootstrap.js";
import { chiSquareUpper } from "../src/statistics/chiSquareUpper.js";
import { normalLower, normalQuantile, normalUpper } from "../src/statistics/normal.js";
import { studentizedRangeQuantile } from "../src/statistics/studentizedRange.js";
import golden from "./goldens/statistics.json" with { type: "json" };

const zerosOf = (d: readonly number[]) => d.map(() => 0);
const relative = (found: number, wanted: number, tolerance: number, what = ""): void => {
  const error = Math.abs(found - wanted) / Math.max(Math.abs(wanted), 1e-305);
  expect(error, `${what}: ${found} for ${wanted}`).toBeLessThanOrEqual(tolerance);
};

describe("distributions are scipy's", () => {
  test("normal, both tails and quantile", () => {
    for (const [z, upper, lower] of golden.normal as [number, number, number][]) {
      // At z = −37 rounding z/√2 alone moves the tail by z²·ε = 3e-13.
      relative(normalUpper(z), upper, 1e-12, `upper ${z}`);
      relative(normalLower(z), lower, 1e-12, `lower ${z}`);
    }
    for (const [p, z] of golden.quantile as [number, number][]) expect(normalQuantile(p)).toBeCloseTo(z, 11);
  });
  test("chi-square", () => {
    for (const [x, k, p] of golden.chiSquare as [number, number, number][])
      relative(chiSquareUpper(x, k), p, 1e-12, `${x}, ${k}`);
  });
  test("studentized range", () => {
    for (const [alpha, k, q] of golden.range as [number, number, number][]) {
      expect(studentizedRangeQuantile(alpha, k) / Math.SQRT2, `${alpha}, ${k}`).toBeCloseTo(q, 5);
    }
  });
});

describe("wilcoxonSignedRank", () => {
  test.each(golden.wilcoxon as [keyof typeof golden.differences, string, string, string, boolean, number, number][])(
    "is scipy 1.10's: %s, %s, %s, %s, correction %s",
    (name, zeros, alternative, method, correction, statistic, p) => {
      const d = golden.differences[name];
      const result = wilcoxonSignedRank(d, zerosOf(d), {
        zeros: zeros as "pratt",
        alternative: alternative as "less",
        method: method === "approx" ? "approximate" : (method as "auto"),
        correction,
        reference: "scipy-1.10",
      });
      expect(result.statistic).toBe(statistic);
      relative(result.pValue, p, 1e-12);
    },
  );

  test("counts ties where scipy 1.10 does not, and approximates them by default", () => {
    const d = golden.differences.ties;
    const pValue = (options: WilcoxonOptions) => wilcoxonSignedRank(d, zerosOf(d), options).pValue;
    expect(pValue({ method: "exact", alternative: "less" })).toBe(golden.exactTies.less);
    expect(pValue({ method: "exact", alternative: "greater" })).toBe(golden.exactTies.greater);
    expect(pValue({ reference: "scipy-1.10" })).toBeCloseTo(0.1484, 4);
    expect(pValue({})).toBeCloseTo(0.1052, 4);
    expect(wilcoxonSignedRank(d, zerosOf(d))).toMatchObject({ ties: true, method: "approximate", zeros: 0, count: 8 });
  });

  test("zeros leave the exact distribution of the others", () => {
    const d = [0, 1, -2, 3, 0]; // R+ = 1 + 3, R- = 2 of the ranks 1, 2, 3: P(sum >= 4) = 3/8
    const options = { method: "exact", alternative: "greater" } as const;
    expect(wilcoxonSignedRank(d, zerosOf(d), options)).toMatchObject({
      pValue: 3 / 8,
      statistic: 4,
      count: 3,
      zeros: 2,
    });
    // With zeros ranked the others have 3, 4, 5: P(sum >= 8) = 3/8, too.
    expect(wilcoxonSignedRank(d, zerosOf(d), { ...options, zeros: "pratt" })).toMatchObject({
      pValue: 3 / 8,
      statistic: 8,
      count: 5,
    });
    expect(wilcoxonSignedRank(d, zerosOf(d), { ...options, zeros: "zsplit" })).toMatchObject({
      pValue: 3 / 8,
      statistic: 9.5,
    });
  });

  test("swapping the samples swaps the sides", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })), {
          minLength: 2,
          maxLength: 20,
        }),
        (pairs) => {
          fc.pre(pairs.some(([a, b]) => a !== b));
          const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
          const one = wilcoxonSignedRank(x, y, { alternative: "less", zeros: "zsplit" });
          const other = wilcoxonSignedRank(y, x, { alternative: "greater", zeros: "zsplit" });
          expect(other.pValue).toBeCloseTo(one.pValue, 12);
          expect(one.positiveRankSum + one.negativeRankSum).toBe((pairs.length * (pairs.length + 1)) / 2);
        },
      ),
    );
  });
});

test("holm's adjustment, by hand", () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.5, 0.001, 0.2, 0.01])).toEqual([0.5, 0.004, 0.4, 0.03]);
  expect(holm([0.7, 0.6])).toEqual([1, 1]);
});

const named = (columns: readonly (readonly number[])[]): MethodScores =>
  Object.fromEntries(columns.map((column, k) => [`m${k}`, column]));

describe("friedman", () => {
  test.each(golden.friedman.map((one, k) => [k, one] as const))(
    "table %d has scipy's statistic, p-value and ranks",
    (_k, one) => {
      const result = friedman(named(one.columns));
      relative(result.statistic, one.statistic, 1e-12);
      relative(result.pValue, one.p, 1e-12);
      Object.values(result.averageRanks).forEach((rank, k) => {
        expect(rank).toBeCloseTo(one.ranks[k]!, 13);
      });
      const reversed = friedman(named(one.columns), { higherIsBetter: false });
      relative(reversed.statistic, one.statistic, 1e-12);
      expect(reversed.averageRanks["m0"]).toBeCloseTo(one.columns.length + 1 - one.ranks[0]!, 13);
    },
  );

  test("leaves a case with a NaN out and says so", () => {
    const [a, b, c] = golden.friedman[2]!.columns as [number[], number[], number[]];
    const whole = friedman({ a, b, c });
    expect(friedman({ a: [...a, 9], b: [...b, Number.NaN], c: [...c, 1] })).toEqual({ ...whole, dropped: 1 });
    expect(whole).toMatchObject({ cases: 5, dropped: 0, degreesOfFreedom: 2 });
  });
});

describe("criticalDifference", () => {
  test("is 1.630157 for 5 methods and 14 cases", () => {
    const columns = Array.from({ length: 5 }, (_, j) => Array.from({ length: 14 }, (_c, i) => (i * 7 + j * 3) % 11));
    // The page's figure stands on a table of three digits.
    expect(criticalDifference(named(columns)).criticalDifference).toBeCloseTo(1.630157, 3);
  });

  test("ranks methods and joins those that it does not separate", () => {
    // Ranks, case by case: best 1, middle 2, worst 3, in 9 of 10 cases; CD = 2.344·√(3·4/(6·10)) = 1.048.
    const best = [...Array(9).fill(0.9), 0.5];
    const middle = [...Array(9).fill(0.7), 0.9];
    const worst = [...Array(9).fill(0.2), 0.7];
    const result = criticalDifference({ worst, best, middle });
    expect(result.methods).toEqual([
      { name: "best", averageRank: 1.2 },
      { name: "middle", averageRank: 1.9 },
      { name: "worst", averageRank: 2.9 },
    ]);
    expect(result.criticalDifference).toBeCloseTo(1.0482, 3);
    expect(result.groups).toEqual([
      ["best", "middle"],
      ["middle", "worst"],
    ]);
    expect(criticalDifference({ worst, best, middle }, { alpha: 0.5 }).groups).toEqual([]);
    expect(criticalDifference({ worst, best, middle }, { alpha: 1e-6 }).groups).toEqual([["best", "middle", "worst"]]);
    expect(criticalDifference({ worst, best, middle }, { higherIsBetter: false }).methods[0]!.name).toBe("worst");
  });
});

describe("bootstrap", () => {
  test.each(golden.bootstrap.filter((one) => one.distribution !== null))(
    "of the $statistic is scipy's for scipy's resamples",
    (one) => {
      const [low, high] = intervalOf(
        Float64Array.from(one.distribution!),
        { method: "bca", level: 0.95 },
        one.estimate,
        Float64Array.from(one.jackknife!),
      );
      expect(low).toBeCloseTo(one.few[0]!, 12);
      expect(high).toBeCloseTo(one.few[1]!, 12);
    },
  );

  test.each(golden.bootstrap)("$method of the $statistic at $level is scipy's, to what chance allows", (one) => {
    const options = { statistic: one.statistic as "mean", method: one.method as "bca", level: one.level, seed: 3 };
    const result = bootstrapInterval(golden.sample, options);
    const close = 0.08 * one.error; // a few times the error of a percentile of 9,999
    expect(result.estimate).toBeCloseTo(one.estimate, 14);
    expect(Math.abs(result.standardError - one.error)).toBeLessThan(0.05 * one.error);
    // A median jumps from one value to the next.
    const jump = one.statistic === "median" ? 0.25 : close;
    expect(Math.abs(result.low - one.many[0]!)).toBeLessThan(jump);
    expect(Math.abs(result.high - one.many[1]!)).toBeLessThan(jump);
    const paired = bootstrapDifference(golden.sample, golden.other, options);
    expect(Math.abs(paired.low - one.paired[0]!)).toBeLessThan(one.statistic === "median" ? 0.25 : 0.02);
    expect(Math.abs(paired.high - one.paired[1]!)).toBeLessThan(one.statistic === "median" ? 0.25 : 0.02);
  });

  test("is the same for the same seed, and for a function that does the same", () => {
    const once = bootstrapInterval(golden.sample, { resamples: 200, seed: 5 });
    expect(bootstrapInterval(golden.sample, { resamples: 200, seed: 5 })).toEqual(once);
    expect(bootstrapInterval(golden.sample, { resamples: 200, seed: 6 }).low).not.toBe(once.low);
    const own = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(bootstrapInterval(golden.sample, { resamples: 200, seed: 5, statistic: own })).toEqual(once);
  });

  test("of values that do not vary: the value by percentiles, undefined by bca", () => {
    expect(bootstrapInterval([2, 2, 2], { method: "percentile", resamples: 50 })).toEqual({
      estimate: 2,
      low: 2,
      high: 2,
      standardError: 0,
    });
    expect(bootstrapInterval([2, 2, 2], { resamples: 50 })).toMatchObject({ low: Number.NaN, high: Number.NaN });
  });
});

describe("compareMethods", () => {
  const x = golden.sample;
  const y = golden.other;
  const z = x.map((value, k) => value + (k % 2 === 0 ? 3 : 2.5) + k / 100);

  test("tests all pairs on the cases that both have, and adjusts over all pairs", () => {
    const gaps = z.map((value, k) => (k < 3 ? Number.NaN : value));
    const pairs = compareMethods({ x, y, gaps }, { bootstrap: { seed: 2, resamples: 2000 } });
    expect(pairs.map(({ first, second, cases, dropped }) => [first, second, cases, dropped])).toEqual([
      ["x", "y", 23, 0],
      ["x", "gaps", 20, 3],
      ["y", "gaps", 20, 3],
    ]);
    expect(pairs.map(({ adjustedPValue }) => adjustedPValue)).toEqual(holm(pairs.map(({ pValue }) => pValue)));
    expect(pairs[0]!.pValue).toBe(wilcoxonSignedRank(x, y).pValue);
    // All of 20 differences have one sign: 2 of 2^20 sign patterns are as extreme.
    expect(pairs[1]!.pValue).toBeCloseTo(2 / 2 ** 20, 12);
    expect(pairs[1]).toMatchObject({ significant: true });
    expect(pairs[1]!.high).toBeLessThan(-2.5);
    expect(pairs[1]!.low).toBeGreaterThan(-3.3);
  });

  test("methods that are alike everywhere are not different", () => {
    const [pair] = compareMethods({ x, same: x }, { bootstrap: { method: "percentile", resamples: 20 } });
    expect(pair).toMatchObject({ pValue: 1, adjustedPValue: 1, significant: false, difference: 0, low: 0, high: 0 });
  });
});

describe("bad input is named", () => {
  const ok = [1, 2, 3];
  test.each<[string, () => unknown]>([
    ["wilcoxonSignedRank: y must have 3 values, as many as x; received 2.", () => wilcoxonSignedRank(ok, [1, 2])],
    ["wilcoxonSignedRank: x must have at least 1 value; received 0.", () => wilcoxonSignedRank([], [])],
    ["wilcoxonSignedRank: y must differ from x somewhere; received [1, 2, 3].", () => wilcoxonSignedRank(ok, ok)],
    [
      "wilcoxonSignedRank: y must hold only finite numbers; received NaN. This is element 2.",
      () => wilcoxonSignedRank(ok, [1, 2, Number.NaN]),
    ],
    ["wilcoxonSignedRank: x must be an array of numbers; received 3.", () => wilcoxonSignedRank(3 as never, ok)],
    [
      'wilcoxonSignedRank: zeros must be one of "wilcox", "pratt", "zsplit"; received "drop".',
      () => wilcoxonSignedRank(ok, [0, 0, 0], { zeros: "drop" as "pratt" }),
    ],
    [
      'wilcoxonSignedRank: options must have only the keys zeros, alternative, method, correction, reference; received "mode".',
      () => wilcoxonSignedRank(ok, [0, 0, 0], { mode: "exact" } as never),
    ],
    [
      'wilcoxonSignedRank: method must be approximate or auto for more than 1000 differences; received "exact".',
      () => wilcoxonSignedRank(new Float64Array(1001).fill(1), new Float64Array(1001), { method: "exact" }),
    ],
    ["holm: pValues must be a finite number ≥ 0 and ≤ 1; received 1.5.", () => holm([0.2, 1.5])],
    ["holm: pValues must have at least 1 value; received 0.", () => holm([])],
    [
      "friedman: table must have at least 3 methods, each with its scores; received { a, b }.",
      () => friedman({ a: ok, b: ok }),
    ],
    ["friedman: table.b must have 3 scores, as many as a; received 2.", () => friedman({ a: ok, b: [1, 2], c: ok })],
    [
      "friedman: table must have a case in which two methods differ; received { a, b, c }.",
      () => friedman({ a: ok, b: ok, c: ok }),
    ],
    [
      "friedman: table must have at least 2 cases with a score of each of a, b, c; received 1.",
      () => friedman({ a: [1, Number.NaN], b: [2, 1], c: [3, 1] }),
    ],
    [
      "criticalDifference: alpha must be a finite number > 0 and < 1; received 1.",
      () => criticalDifference({ a: ok, b: ok }, { alpha: 1 }),
    ],
    [
      "compareMethods: table.b must hold finite numbers, or NaN where undefined; received Infinity. Where a distance is infinite, an emptyPolicy can give the worst one.",
      () => compareMethods({ a: ok, b: [1, Number.POSITIVE_INFINITY, 2] }),
    ],
    [
      "compareMethods: table.a must be an array of numbers; received 4.",
      () => compareMethods({ a: 4, b: ok } as never),
    ],
    ["bootstrapInterval: values must have at least 2 values; received 1.", () => bootstrapInterval([1])],
    [
      'bootstrapInterval: statistic must be "mean", "median" or a function; received "mode".',
      () => bootstrapInterval(ok, { statistic: "mode" as "mean" }),
    ],
    [
      "bootstrapInterval: statistic must return a number; received undefined.",
      () => bootstrapInterval(ok, { statistic: (() => undefined) as never }),
    ],
    [
      "bootstrapDifference: level must be a finite number > 0 and < 1; received 95.",
      () => bootstrapDifference(ok, ok, { level: 95 }),
    ],
    [
      "bootstrapDifference: resamples must be an integer ≥ 1; received 0.",
      () => bootstrapDifference(ok, ok, { resamples: 0 }),
    ],
  ])("%s", (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
