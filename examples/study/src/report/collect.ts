import { summarize } from "@ddl/metrics";
import type { Cell } from "../cells.js";
import type { CellResult } from "../compute.js";
import type { MetricName } from "../metrics.js";
import type { Study } from "../study.js";
import { readResult } from "../study.js";

/** A finished cell with its result. */
export interface FinishedCell {
  cell: Cell;
  result: CellResult;
}

/** The scores of one patient with one method: means over the seeds it was trained with. */
export interface PatientScore {
  label: string;
  patient: string;
  institution: string;
  metrics: Record<MetricName, number>;
  /** The cell the patient's picture is taken from: the first seed's. */
  cell: Cell;
}

/** A row of the report's table. */
export interface MethodSummary {
  label: string;
  patients: number;
  metrics: Record<MetricName, ReturnType<typeof summarize>>;
}

/** The finished cells of a study, in its order. */
export async function finishedCells(study: Study): Promise<FinishedCell[]> {
  const results = await Promise.all(study.cells.map(async (cell) => ({ cell, result: await readResult(study, cell) })));
  return results.filter((entry): entry is FinishedCell => entry.result !== undefined);
}

/** One score a method and patient; NaN where a metric is undefined for any seed. */
export function patientScores(finished: readonly FinishedCell[], metrics: readonly MetricName[]): PatientScore[] {
  const groups = new Map<string, { first: PatientScore; sums: Map<MetricName, number>; count: number }>();
  for (const { cell, result } of finished) {
    for (const { patient, institution, metrics: scores } of result.patients) {
      const id = `${cell.label}\n${patient}`;
      let group = groups.get(id);
      if (group === undefined) {
        const empty = {} as Record<MetricName, number>;
        group = { first: { label: cell.label, patient, institution, metrics: empty, cell }, sums: new Map(), count: 0 };
        groups.set(id, group);
      }
      group.count++;
      for (const name of metrics) group.sums.set(name, (group.sums.get(name) ?? 0) + (scores[name] ?? Number.NaN));
    }
  }
  return [...groups.values()].map(({ first, sums, count }) => {
    for (const name of metrics) first.metrics[name] = sums.get(name)! / count;
    return first;
  });
}

/** A summary of each method over its patients, in the order of the study. */
export function summarizeMethods(scores: readonly PatientScore[], metrics: readonly MetricName[]): MethodSummary[] {
  return [...new Set(scores.map(({ label }) => label))].map((label) => {
    const own = scores.filter((score) => score.label === label);
    const summaries = metrics.map((name) => [name, summarize(own.map((score) => score.metrics[name]))] as const);
    return { label, patients: own.length, metrics: Object.fromEntries(summaries) as MethodSummary["metrics"] };
  });
}
