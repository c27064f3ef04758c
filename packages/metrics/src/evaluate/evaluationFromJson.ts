import { DataError } from "@ddl/core";
import type { CaseScores, Evaluation, EvaluationParts } from "./evaluation.js";
import { byName, makeEvaluation } from "./evaluation.js";

/**
 * An evaluation from what `JSON.stringify` made of it, to the bit: summaries are computed from the values again.
 *
 * @param json the text, or what `JSON.parse` makes of it
 * @throws DataError if it is no evaluation
 * @example `const evaluation = evaluationFromJson(await readFile("evaluation.json", "utf8"))`
 */
export function evaluationFromJson(json: unknown): Evaluation {
  try {
    const saved = (typeof json === "string" ? JSON.parse(json) : json) as EvaluationParts & { cases: CaseScores[] };
    const { classes, metrics, reduction, undefinedScores, failures, cases } = saved;
    const numberOf = (value: unknown): number => {
      if (typeof value !== "number" && !/^(NaN|-?Infinity)$/.test(String(value)))
        throw new Error(`a score is ${value}`);
      return Number(value);
    };
    const column = (name: string, metric: string): Float64Array =>
      Float64Array.from(cases, ({ scores }) => numberOf(scores[name]![metric]));
    const values = byName(classes, (name) => byName(metrics, (metric) => column(name, metric)));
    const ids = cases.map(({ id }) => id);
    return makeEvaluation({ ids, classes, metrics, values, reduction, undefinedScores, failures });
  } catch (cause) {
    throw new DataError("evaluationFromJson", "json", `is no evaluation: ${(cause as Error).message}.`, { cause });
  }
}
