import { expectNumber, expectOptions } from "@ddl/core";
import type { BootstrapOptions } from "./bootstrap.js";
import { bootstrapDifference } from "./bootstrap.js";
import { holm } from "./holm.js";
import type { MethodScores } from "./scoreTable.js";
import { completeCases, expectTable } from "./scoreTable.js";
import type { WilcoxonOptions } from "./wilcoxonSignedRank.js";
import { wilcoxonSignedRank } from "./wilcoxonSignedRank.js";

/** Options of {@link compareMethods}. */
export interface CompareMethodsOptions {
  /** Probability of any false difference, in (0, 1). Default 0.05. */
  alpha?: number;
  /** Options of each test. */
  wilcoxon?: WilcoxonOptions;
  /** Options of each interval; its level is 1 − alpha unless given, for each pair by itself. */
  bootstrap?: BootstrapOptions;
}

/** One pair of {@link compareMethods}. */
export interface MethodPair {
  first: string;
  second: string;
  /** Cases with a score of both. */
  cases: number;
  /** Cases left out because a score of the pair was NaN. */
  dropped: number;
  /** Statistic of the first minus that of the second, with its interval, which is not corrected for the number of pairs. */
  difference: number;
  low: number;
  high: number;
  /** Wilcoxon's p-value; 1 where no case differs. */
  pValue: number;
  /** The same after Holm's adjustment over all pairs. */
  adjustedPValue: number;
  /** adjustedPValue ≤ alpha */
  significant: boolean;
}

/**
 * Compares every pair of methods on the cases that both have a score for: Wilcoxon's signed-rank test, Holm's adjustment over all
 * pairs, and a bootstrap interval of the difference.
 *
 * @param table scores by method, of the same cases in the same order; NaN where undefined
 * @returns one entry a pair, in the order of the table
 * @throws ArgumentError, ShapeError for fewer than two methods, or two cases of a pair; RangeArgumentError for an infinity
 * @example
 * ```ts
 * const { values } = await evaluate(cases, options);
 * compareMethods({ unet: values.tumor.dice, snake: others.tumor.dice }).filter(({ significant }) => significant);
 * ```
 *
 * Source: Demšar 2006 (`demsar2006`), section 3.1.3, with Holm's adjustment for several methods.
 */
export function compareMethods(table: MethodScores, options: CompareMethodsOptions = {}): MethodPair[] {
  const name = "compareMethods";
  const {
    alpha = 0.05,
    wilcoxon = {},
    bootstrap = {},
  } = expectOptions(name, options, ["alpha", "wilcoxon", "bootstrap"]);
  expectNumber(name, "alpha", alpha, { above: 0, below: 1 });
  const methods = expectTable(name, table, 2);
  const pairs = methods.flatMap((first, i) => methods.slice(i + 1).map((second) => [first, second] as const));
  const results = pairs.map((pair) => {
    const { columns, dropped } = completeCases(name, pair, 2);
    const [x, y] = columns as [Float64Array, Float64Array];
    const same = x.every((value, k) => value === y[k]);
    const { estimate, low, high } = bootstrapDifference(x, y, { level: 1 - alpha, ...bootstrap });
    return {
      first: pair[0][0],
      second: pair[1][0],
      cases: x.length,
      dropped,
      difference: estimate,
      low,
      high,
      pValue: same ? 1 : wilcoxonSignedRank(x, y, wilcoxon).pValue,
    };
  });
  const adjusted = holm(results.map(({ pValue }) => pValue));
  return results.map((result, k) => ({
    ...result,
    adjustedPValue: adjusted[k]!,
    significant: adjusted[k]! <= alpha,
  }));
}
