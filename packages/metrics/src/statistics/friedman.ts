import { expectBoolean, expectOptions, RangeArgumentError } from "@ddl/core";
import { chiSquareUpper } from "./chiSquareUpper.js";
import { averageRanks } from "./ranks.js";
import type { CompleteCases, MethodScores } from "./scoreTable.js";
import { completeCases, expectTable } from "./scoreTable.js";

/** Options of {@link friedman}. */
export interface FriedmanOptions {
  /** Rank 1 is the highest score (default), or else the lowest: for distances. */
  higherIsBetter?: boolean;
}

/** Result of {@link friedman}. */
export interface FriedmanResult {
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
  /** Mean rank of each method, 1 being the best. */
  averageRanks: Record<string, number>;
  /** Cases that were ranked. */
  cases: number;
  /** Cases that were left out because a score was NaN. */
  dropped: number;
}

/**
 * Friedman's test: do at least three methods have the same ranks on the same cases? By the chi-square distribution, with the correction
 * for ties.
 *
 * @param table scores by method, of the same cases in the same order; a case with a NaN is left out and counted
 * @throws ArgumentError, ShapeError for fewer than three methods or two cases; RangeArgumentError for an infinity, or if every case is tied
 * @example `friedman({ unet: [0.9, 0.8, 0.7], snake: [0.8, 0.7, 0.6], levelset: [0.7, 0.8, 0.5] }).pValue`
 *
 * Source: Friedman 1937 (`friedman1937`).
 */
export function friedman(table: MethodScores, options: FriedmanOptions = {}): FriedmanResult {
  const { higherIsBetter = true } = expectOptions("friedman", options, ["higherIsBetter"]);
  expectBoolean("friedman", "higherIsBetter", higherIsBetter);
  const complete = completeCases("friedman", expectTable("friedman", table, 3), 2);
  const { sums, ties } = rankSums(complete, higherIsBetter);
  const { names, columns, dropped } = complete;
  const [k, n] = [names.length, columns[0]!.length];
  const correction = 1 - ties / (n * k * (k * k - 1));
  if (correction === 0) {
    const expected = "have a case in which two methods differ";
    throw new RangeArgumentError({ functionName: "friedman", argument: "table", expected, received: table });
  }
  const squares = sums.reduce((sum, one) => sum + one * one, 0);
  const statistic = ((12 / (n * k * (k + 1))) * squares - 3 * n * (k + 1)) / correction;
  return {
    statistic,
    degreesOfFreedom: k - 1,
    pValue: chiSquareUpper(statistic, k - 1),
    averageRanks: Object.fromEntries(names.map((name, j) => [name, sums[j]! / n])),
    cases: n,
    dropped,
  };
}

/** Sum of each method's ranks over the cases, 1 being the best, and Σ(t³ − t) over all ties. */
export function rankSums({ columns }: CompleteCases, higherIsBetter: boolean): { sums: number[]; ties: number } {
  const sums = columns.map(() => 0);
  let ties = 0;
  for (let i = 0; i < columns[0]!.length; i++) {
    const row = averageRanks(columns.map((column) => (higherIsBetter ? -column[i]! : column[i]!)));
    ties += row.ties;
    for (let j = 0; j < sums.length; j++) sums[j]! += row.ranks[j]!;
  }
  return { sums, ties };
}
