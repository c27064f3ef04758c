import { compareMethods, criticalDifference, type MethodPair } from "@ddl/metrics/statistics";
import type { MetricName } from "../metrics.js";
import { metricFacts } from "../metrics.js";
import type { PatientScore } from "./collect.js";

/** Which methods can be told apart by one metric, over the patients that all of them were tested on. */
export interface Comparison {
  metric: MetricName;
  patients: number;
  /** Patients left out because the metric is undefined for a method. */
  dropped: number;
  /** From the best to the worst. */
  ranks: { name: string; averageRank: number }[];
  criticalDifference: number;
  pairs: MethodPair[];
}

/** Fewest patients for which a test can say anything: of five, no two-sided p-value is below 0.06. */
const fewestPatients = 6;

/** Wilcoxon tests of all pairs with Holm's adjustment, and mean ranks; undefined where there is too little to compare. */
export function compareScores(scores: readonly PatientScore[], metric: MetricName): Comparison | undefined {
  const labels = [...new Set(scores.map(({ label }) => label))];
  const byPatient = new Map<string, Map<string, number>>();
  for (const { label, patient, metrics } of scores) {
    const row = byPatient.get(patient) ?? new Map<string, number>();
    byPatient.set(patient, row.set(label, metrics[metric]));
  }
  const rows = [...byPatient.values()].filter((row) => row.size === labels.length);
  const defined = rows.filter((row) => [...row.values()].every(Number.isFinite));
  if (labels.length < 2 || defined.length < fewestPatients) return undefined;
  const table = Object.fromEntries(labels.map((label) => [label, defined.map((row) => row.get(label)!)]));
  const { methods, criticalDifference: difference } = criticalDifference(table, {
    higherIsBetter: metricFacts[metric].better === "higher",
  });
  return {
    metric,
    patients: defined.length,
    dropped: rows.length - defined.length,
    ranks: methods,
    criticalDifference: difference,
    pairs: compareMethods(table),
  };
}
