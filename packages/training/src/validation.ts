import { ArgumentError, DdlError, StateError } from "@ddl/core";
import type { EpochRecord } from "./trainingState.js";

/**
 * What a validation gave, if it is numbers by name. Those that are not finite are left out, if they may be.
 * @throws ArgumentError for anything else, DdlError (code `training`) for a number that is not finite
 */
export function checkedMetrics(
  metrics: unknown,
  { epoch, onNonFinite }: { epoch: number; onNonFinite: "stop" | "skip" },
): Record<string, number> {
  const entries = Object.entries((metrics ?? {}) as Record<string, unknown>);
  if (typeof metrics !== "object" || metrics === null || entries.some(([, value]) => typeof value !== "number")) {
    const expected = "give numbers by name";
    throw new ArgumentError({ functionName: "fit", argument: "validate", expected, received: metrics });
  }
  const bad = entries.find(([, value]) => !Number.isFinite(value));
  if (bad !== undefined && onNonFinite === "stop") {
    const message = `fit: the metric ${bad[0]} must be finite; received ${bad[1]} from validate in epoch ${epoch + 1}.`;
    throw new DdlError("training", message);
  }
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value))) as Record<string, number>;
}

/** The monitored value of an epoch; undefined if it was not finite and left out. @throws StateError if the validation did not give it */
export function monitored(
  { loss, metrics }: EpochRecord,
  { metric, onNonFinite }: { metric: string; onNonFinite: "stop" | "skip" },
): number | undefined {
  const score = metrics[metric] ?? (metric === "loss" ? loss : undefined);
  if (score !== undefined || onNonFinite === "skip") return score;
  const names = Object.keys(metrics).join(", ") || "nothing";
  throw new StateError(`fit: monitor.metric is "${metric}", but validate gave only ${names}.`);
}

/** Whether a monitored value is the best so far. */
export function isBetter(score: number | undefined, best: number | undefined, mode: "max" | "min"): boolean {
  if (score === undefined) return false;
  if (best === undefined) return true;
  return mode === "max" ? score > best : score < best;
}
