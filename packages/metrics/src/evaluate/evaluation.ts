import type { Summary } from "./summarize.js";
import { summarize } from "./summarize.js";

/** The step that comes first in a mean over classes and cases, then the other. */
export type ReductionOrder = readonly ["class", "case"] | readonly ["case", "class"];

/** What went wrong with a case whose error was recorded. Its values are undefined. */
export interface EvaluationFailure {
  id: string;
  /** Class and metric at work; null where the case itself could not be read. */
  class: string | null;
  metric: string | null;
  message: string;
}

/** A summary over the second step of the reduction, of means over the first. */
export interface OverallSummary extends Summary {
  reduction: ReductionOrder;
  /** How many undefined values each step left out of its means. */
  dropped: { class: number; case: number };
}

/** The scores of one case: class → metric → value. */
export interface CaseScores {
  id: string;
  scores: Record<string, Record<string, number>>;
}

/** What an evaluation is made from; everything else of it follows. */
export interface EvaluationParts {
  ids: readonly string[];
  classes: readonly string[];
  metrics: readonly string[];
  /** class → metric → one value a case, in the order of `ids`. */
  values: Record<string, Record<string, Float64Array>>;
  reduction: ReductionOrder;
  undefinedScores: "skip" | "nan";
  failures: readonly EvaluationFailure[];
}

/** The scores of many cases with their summaries. */
export interface Evaluation extends EvaluationParts {
  /** The same values case by case, made when asked for. */
  readonly cases: CaseScores[];
  perClass: Record<string, Record<string, Summary>>;
  overall: Record<string, OverallSummary>;
  /** What `JSON.stringify` writes: `NaN` and infinities as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`. */
  toJSON(): unknown;
}

/** Builds an object from names. */
export function byName<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

/** The evaluation of values: summaries per class and overall. */
export function makeEvaluation(parts: EvaluationParts): Evaluation {
  const { ids, classes, metrics, values, reduction, undefinedScores, failures } = parts;
  const summary = (list: Float64Array): Summary => {
    const all = summarize(list);
    if (undefinedScores === "skip" || all.undefined === 0) return all;
    const nan = Number.NaN;
    return { ...all, mean: nan, standardDeviation: nan, median: nan, q1: nan, q3: nan, min: nan, max: nan };
  };
  const overall = (metric: string): OverallSummary => {
    const columns = classes.map((name) => values[name]![metric]!);
    const [first, second] = reduction;
    const groups = first === "case" ? columns : ids.map((_, k) => Float64Array.from(columns, (column) => column[k]!));
    const summaries = groups.map(summary);
    const result = summary(Float64Array.from(summaries, ({ mean }) => mean));
    const skips = undefinedScores === "skip";
    const inFirst = skips ? summaries.reduce((sum, one) => sum + one.undefined, 0) : 0;
    const counts = { [first]: inFirst, [second]: skips ? result.undefined : 0 };
    return { ...result, reduction, dropped: counts as OverallSummary["dropped"] };
  };
  const evaluation: Evaluation = {
    ...parts,
    get cases() {
      return ids.map((id, k) => ({
        id,
        scores: byName(classes, (name) => byName(metrics, (metric) => values[name]![metric]![k]!)),
      }));
    },
    perClass: byName(classes, (name) => byName(metrics, (metric) => summary(values[name]![metric]!))),
    overall: byName(metrics, overall),
    toJSON() {
      const { cases, perClass } = evaluation;
      const whole = {
        classes,
        metrics,
        reduction,
        undefinedScores,
        cases,
        perClass,
        overall: evaluation.overall,
        failures,
      };
      return JSON.parse(
        JSON.stringify(whole, (_, value) =>
          typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
        ),
      );
    },
  };
  return evaluation;
}
