import { ArgumentError, expectOneOf, expectOptions, ShapeError } from "@ddl/core";
import type { EmptyValue } from "../empty/emptyPolicy.js";
import { emptyNumber, expectEmptyValue } from "../empty/emptyPolicy.js";

/** An axis of a table of scores. */
export type ScoreAxis = "case" | "class";

/** Options of {@link reduceScores}. */
export interface ReduceScoresOptions {
  /**
   * The axes in the order in which they are reduced: `["class", "case"]` (default) first makes one score of each case's classes, then one
   * of all cases; `["class"]` gives one a case, `["case"]` one a class; `"flat"` takes all scores at once. With undefined scores the
   * orders differ.
   */
  order?: readonly ScoreAxis[] | "flat";
  /** Default `mean`. */
  statistic?: "mean" | "sum";
  /** `skip` (default) leaves undefined scores (NaN) out and counts them; `nan` lets one make the whole undefined. */
  undefinedScores?: "skip" | "nan";
  /** What the last step gives where no score is defined. Default `"nan"`. */
  allUndefined?: EmptyValue;
}

/** What {@link reduceScores} gives. */
export interface ReducedScores {
  /** One number, or one a case or a class if only the other axis was reduced. */
  values: number[];
  /** For each step, in order: what it reduced, and how many undefined scores it met. */
  steps: { over: ScoreAxis | "flat"; undefinedScores: number }[];
}

/**
 * Reduces a table of scores over classes and cases in a stated order, and says how many undefined ones each step met.
 *
 * @param scores one row a case, one column a class; NaN where a score is undefined
 * @throws ShapeError unless all rows have one length, at least 1; ArgumentError for an unknown option
 * @example
 * ```ts
 * reduceScores([[0.9, Number.NaN], [0.8, 0.6]], { order: ["class", "case"] });
 * // { values: [0.8], steps: [{ over: "class", undefinedScores: 1 }, { over: "case", undefinedScores: 0 }] }
 * ```
 */
export function reduceScores(scores: readonly (readonly number[])[], options: ReduceScoresOptions = {}): ReducedScores {
  const name = "reduceScores";
  const {
    order = ["class", "case"],
    statistic = "mean",
    undefinedScores = "skip",
    allUndefined = "nan",
  } = expectOptions(name, options, ["order", "statistic", "undefinedScores", "allUndefined"]);
  expectOneOf(name, "statistic", statistic, ["mean", "sum"]);
  expectOneOf(name, "undefinedScores", undefinedScores, ["skip", "nan"]);
  expectEmptyValue(name, "allUndefined", allUndefined);
  const axes = order === "flat" ? (["flat"] as const) : order;
  const named = Array.isArray(axes) && axes.every((axis) => ["class", "case", "flat"].includes(axis));
  if (
    !named ||
    axes.length === 0 ||
    new Set(axes).size < axes.length ||
    (order !== "flat" && axes.includes("flat" as never))
  ) {
    const expected = 'be "flat" or list "class", "case" or both in order';
    throw new ArgumentError({ functionName: name, argument: "order", expected, received: order });
  }
  const width = scores?.[0]?.length;
  if (!Array.isArray(scores) || !width || scores.some((row) => row.length !== width)) {
    const expected = "be rows of one length, at least one row and one column";
    throw new ShapeError({ functionName: name, argument: "scores", expected, received: scores });
  }
  let table: readonly (readonly number[])[] = scores;
  const steps = axes.map((over, step) => {
    const lists = over === "flat" ? [table.flat()] : over === "class" ? table : transpose(table);
    const missing = lists.flat().filter(Number.isNaN).length;
    const values = lists.map((list) => {
      const kept = undefinedScores === "skip" ? list.filter((score) => !Number.isNaN(score)) : list;
      if (kept.length === 0) {
        // An undefined mean stays undefined for the next step to skip.
        const last = step === axes.length - 1;
        return last ? emptyNumber(`${name}: no score is defined, and allUndefined`, allUndefined, 0) : Number.NaN;
      }
      const sum = kept.reduce((a, b) => a + b);
      return statistic === "sum" ? sum : sum / kept.length;
    });
    table = over === "case" ? [values] : values.map((value) => [value]);
    return { over, undefinedScores: missing };
  });
  return { values: table.flat(), steps };
}

function transpose(table: readonly (readonly number[])[]): number[][] {
  return table[0]!.map((_, k) => table.map((row) => row[k]!));
}
