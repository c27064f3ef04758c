import { expectBoolean, expectNumber, expectOptions } from "@ddl/core";
import { rankSums } from "./friedman.js";
import type { MethodScores } from "./scoreTable.js";
import { completeCases, expectTable } from "./scoreTable.js";
import { studentizedRangeQuantile } from "./studentizedRange.js";

/** Options of {@link criticalDifference}. */
export interface CriticalDifferenceOptions {
  /** Probability of any false difference, in (0, 1). Default 0.05. */
  alpha?: number;
  /** Rank 1 is the highest score (default), or else the lowest: for distances. */
  higherIsBetter?: boolean;
}

/** Result of {@link criticalDifference}. */
export interface CriticalDifferenceResult {
  /** From the best to the worst. */
  methods: { name: string; averageRank: number }[];
  /** Mean ranks that differ by at least this are told apart. */
  criticalDifference: number;
  /** The largest groups of two and more methods of which no two are told apart: the bars of the diagram. */
  groups: string[][];
  /** Cases that were ranked. */
  cases: number;
  /** Cases that were left out because a score was NaN. */
  dropped: number;
}

/**
 * Mean ranks of methods over cases with the critical difference of Nemenyi's test, as drawn in critical-difference diagrams:
 * q_α·√(k(k + 1)/(6N)), q_α being the upper α point of the studentized range divided by √2, computed for any α and number of methods.
 *
 * @param table scores by method, of the same cases in the same order; a case with a NaN is left out and counted
 * @throws ArgumentError, ShapeError for fewer than two methods or cases; RangeArgumentError for an infinity or alpha outside (0, 1)
 * @example `criticalDifference({ unet: [0.9, 0.8, 0.7], snake: [0.8, 0.7, 0.6] }).groups`
 *
 * Source: Demšar 2006 (`demsar2006`), section 3.2.2.
 */
export function criticalDifference(
  table: MethodScores,
  options: CriticalDifferenceOptions = {},
): CriticalDifferenceResult {
  const name = "criticalDifference";
  const { alpha = 0.05, higherIsBetter = true } = expectOptions(name, options, ["alpha", "higherIsBetter"]);
  expectNumber(name, "alpha", alpha, { above: 0, below: 1 });
  expectBoolean(name, "higherIsBetter", higherIsBetter);
  const complete = completeCases(name, expectTable(name, table, 2), 2);
  const { names, columns, dropped } = complete;
  const [k, n] = [names.length, columns[0]!.length];
  const { sums } = rankSums(complete, higherIsBetter);
  const methods = names
    .map((method, j) => ({ name: method, averageRank: sums[j]! / n }))
    .sort((a, b) => a.averageRank - b.averageRank);
  const difference = (studentizedRangeQuantile(alpha, k) / Math.SQRT2) * Math.sqrt((k * (k + 1)) / (6 * n));
  const groups: string[][] = [];
  let reached = 0;
  for (let from = 0; from < k; from++) {
    let to = from + 1;
    while (to < k && methods[to]!.averageRank - methods[from]!.averageRank < difference) to++;
    if (to - from > 1 && to > reached) groups.push(methods.slice(from, to).map((method) => method.name));
    reached = Math.max(reached, to);
  }
  return { methods, criticalDifference: difference, groups, cases: n, dropped };
}
