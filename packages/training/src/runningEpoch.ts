import type { RunningEpoch, RunningSum } from "./trainingState.js";

/** Nothing summed up yet. */
export function emptyRunning(): RunningEpoch {
  return {
    loss: { sum: 0, count: 0 },
    metrics: {},
    skipped: 0,
    learningRate: null,
    accumulatedSamples: 0,
    accumulatedBatches: 0,
  };
}

/** Adds a batch's loss, and those of its metrics that are finite. @returns these metrics */
export function addFinite(
  running: RunningEpoch,
  { loss, metrics }: { loss: number; metrics: Record<string, number> },
): Record<string, number> {
  addTo(running.loss, loss);
  const finite = Object.entries(metrics).filter(([, value]) => Number.isFinite(value));
  for (const [name, value] of finite) {
    running.metrics[name] ??= { sum: 0, count: 0 };
    addTo(running.metrics[name], value);
  }
  return Object.fromEntries(finite);
}

/** Sum over count. */
export function meanOf({ sum, count }: RunningSum): number {
  return sum / count;
}

function addTo(running: RunningSum, value: number): void {
  running.sum += value;
  running.count++;
}
