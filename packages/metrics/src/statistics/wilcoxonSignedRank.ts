import { ArgumentError, expectBoolean, expectOneOf, expectOptions, RangeArgumentError } from "@ddl/core";
import { normalLower, normalUpper } from "./normal.js";
import { averageRanks } from "./ranks.js";
import { expectPairs } from "./samples.js";

/** Options of {@link wilcoxonSignedRank}. */
export interface WilcoxonOptions {
  /**
   * What happens to differences of 0: `wilcox` (default) drops them, `pratt` ranks them and then drops their ranks, `zsplit` gives half
   * of their ranks to each side.
   */
  zeros?: "wilcox" | "pratt" | "zsplit";
  /** Whether x − y is looked for on both sides of 0 (`two-sided`, default), above (`greater`) or below (`less`). */
  alternative?: "two-sided" | "greater" | "less";
  /** `auto` (default): `exact` for at most 50 differences without zeros and ties, otherwise `approximate`, by the normal distribution. */
  method?: "auto" | "exact" | "approximate";
  /** Correction of the approximation for continuity. Default false. */
  correction?: boolean;
  /** `scipy-1.10`: the exact distribution takes no notice of ties, and zeros turn `exact` into `approximate`, as in that version. */
  reference?: "scipy-1.10";
}

/** Result of {@link wilcoxonSignedRank}. */
export interface WilcoxonResult {
  /** Two-sided the smaller rank sum, otherwise that of the positive differences. */
  statistic: number;
  pValue: number;
  /** Sum of the ranks of x > y. */
  positiveRankSum: number;
  negativeRankSum: number;
  /** Number of differences that were ranked. */
  count: number;
  /** Number of differences that are 0. */
  zeros: number;
  /** Whether differences of one size shared a rank. */
  ties: boolean;
  /** What was used. */
  method: "exact" | "approximate";
}

/**
 * Wilcoxon's signed-rank test of paired samples: are the differences x − y symmetric about 0?
 *
 * `exact` counts the signs of the ranks that there are, shared ones included. Differences that should be equal but are not to the last
 * bit have different ranks: round scores that come from few values.
 *
 * @param x finite numbers
 * @param y as many
 * @throws ShapeError for no pair, or lengths that differ; RangeArgumentError for a NaN, or if all differences are 0
 * @example `wilcoxonSignedRank(diceOfOurs, diceOfTheirs, { zeros: "pratt" }).pValue`
 *
 * Source: Wilcoxon 1945 (`wilcoxon1945`); zeros by Pratt 1959 (`pratt1959`).
 */
export function wilcoxonSignedRank(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  options: WilcoxonOptions = {},
): WilcoxonResult {
  const name = "wilcoxonSignedRank";
  const {
    zeros = "wilcox",
    alternative = "two-sided",
    method = "auto",
    correction = false,
    reference,
  } = expectOptions(name, options, ["zeros", "alternative", "method", "correction", "reference"]);
  expectOneOf(name, "zeros", zeros, ["wilcox", "pratt", "zsplit"]);
  expectOneOf(name, "alternative", alternative, ["two-sided", "greater", "less"]);
  expectOneOf(name, "method", method, ["auto", "exact", "approximate"]);
  expectBoolean(name, "correction", correction);
  if (reference !== undefined) expectOneOf(name, "reference", reference, ["scipy-1.10"]);
  const [a, b] = expectPairs(name, x, y, 1);
  const differences = a.map((value, k) => value - b[k]!);
  const nonZero = differences.filter((d) => d !== 0);
  if (nonZero.length === 0) {
    const expected = "differ from x somewhere";
    throw new RangeArgumentError({ functionName: name, argument: "y", expected, received: Array.from(b) });
  }
  const zeroCount = differences.length - nonZero.length;
  const ranked = zeros === "wilcox" ? nonZero : differences;
  const count = ranked.length;
  const { ranks, ties: allTies } = averageRanks(ranked.map(Math.abs));
  const sumWhere = (test: (d: number) => boolean): number =>
    ranks.reduce((sum, rank, k) => (test(ranked[k]!) ? sum + rank : sum), 0);
  const half = zeros === "zsplit" ? sumWhere((d) => d === 0) / 2 : 0;
  const positiveRankSum = sumWhere((d) => d > 0) + half;
  const negativeRankSum = sumWhere((d) => d < 0) + half;
  const tiesAmongOthers = averageRanks(nonZero.map(Math.abs)).ties;
  const ties = tiesAmongOthers > 0;

  const asScipy = reference !== undefined;
  const few = (asScipy ? count : nonZero.length) <= 50 && zeroCount === 0 && (asScipy || !ties);
  const exact = method === "auto" ? few : method === "exact" && !(asScipy && zeroCount > 0);
  if (exact && nonZero.length > 1000) {
    const expected = "be approximate or auto for more than 1000 differences";
    throw new ArgumentError({ functionName: name, argument: "method", expected, received: method });
  }
  const statistic = alternative === "two-sided" ? Math.min(positiveRankSum, negativeRankSum) : positiveRankSum;
  let below: number;
  let above: number;
  if (exact) {
    const own = asScipy ? ranks.map((_, k) => k + 1) : ranks.filter((_, k) => ranked[k] !== 0);
    const sum = asScipy ? Math.floor(positiveRankSum) : positiveRankSum - half;
    [below, above] = exactTails(own, sum);
  } else {
    const n0 = zeros === "pratt" ? zeroCount : 0;
    const mean = (count * (count + 1) - n0 * (n0 + 1)) / 4;
    const bracket = count * (count + 1) * (2 * count + 1) - n0 * (n0 + 1) * (2 * n0 + 1);
    const deviation = Math.sqrt((bracket - (zeros === "pratt" ? tiesAmongOthers : allTies) / 2) / 24);
    const shift = alternative === "two-sided" ? Math.sign(statistic - mean) : alternative === "greater" ? 1 : -1;
    const z = (statistic - mean - (correction ? shift / 2 : 0)) / deviation;
    [below, above] = [normalLower(z), normalUpper(z)];
  }
  const tail = alternative === "less" ? below : alternative === "greater" ? above : 2 * Math.min(below, above);
  const pValue = Math.min(1, tail);
  return {
    statistic,
    pValue,
    positiveRankSum,
    negativeRankSum,
    count,
    zeros: zeroCount,
    ties,
    method: exact ? "exact" : "approximate",
  };
}

/** P(S ≤ sum) and P(S ≥ sum) of the sum of a random subset of ranks, each in with probability ½. Ranks are whole or half. */
function exactTails(ranks: Float64Array, sum: number): [number, number] {
  const total = 2 * ranks.reduce((all, rank) => all + rank, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    const twice = 2 * rank;
    reached += twice;
    for (let s = reached; s >= 0; s--) {
      probability[s] = (probability[s]! + (s >= twice ? probability[s - twice]! : 0)) / 2;
    }
  }
  const at = 2 * sum;
  return [
    probability.subarray(0, at + 1).reduce((all, p) => all + p, 0),
    probability.subarray(at).reduce((all, p) => all + p, 0),
  ];
}
