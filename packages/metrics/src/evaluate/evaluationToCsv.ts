import { expectOneOf, expectOptions } from "@ddl/core";
import type { Evaluation } from "./evaluation.js";

/** Options of {@link evaluationToCsv}. */
export interface EvaluationToCsvOptions {
  /** `cases` (default): a line for each case and class, a column for each metric; `summary`: a line for each class and metric. */
  table?: "cases" | "summary";
}

/**
 * An evaluation as CSV (RFC 4180, lines ended by CR LF), numbers with every digit, undefined ones as `NaN`, infinite as `Infinity`.
 *
 * In the table `summary` the lines of the class `overall` are the means over the classes and cases, in the order of the column
 * `reduction`; the columns `undefined` and `infinite` count values of the summarised list.
 *
 * @throws ArgumentError for another table
 * @example `await writeFile("scores.csv", evaluationToCsv(evaluation))`
 */
export function evaluationToCsv(evaluation: Evaluation, options: EvaluationToCsvOptions = {}): string {
  const { table = "cases" } = expectOptions("evaluationToCsv", options, ["table"]);
  expectOneOf("evaluationToCsv", "table", table, ["cases", "summary"]);
  const { ids, classes, metrics, values, perClass, overall } = evaluation;
  if (table === "cases") {
    const rows = ids.flatMap((id, k) =>
      classes.map((name) => [id, name, ...metrics.map((metric) => values[name]![metric]![k]!)]),
    );
    return csv([["case", "class", ...metrics], ...rows]);
  }
  const rows = classes.flatMap((name) =>
    metrics.map((metric) => [name, metric, "", perClass[name]![metric]!] as const),
  );
  const all = metrics.map(
    (metric) => ["overall", metric, overall[metric]!.reduction.join(" then "), overall[metric]!] as const,
  );
  const head = [
    "count",
    "undefined",
    "infinite",
    "mean",
    "standardDeviation",
    "median",
    "q1",
    "q3",
    "min",
    "max",
  ] as const;
  return csv([
    ["class", "metric", "reduction", ...head],
    ...[...rows, ...all].map(([name, metric, order, one]) => [name, metric, order, ...head.map((key) => one[key])]),
  ]);
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  const field = (value: string | number): string => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}
