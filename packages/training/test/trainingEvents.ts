import type { EpochRecord, TrainingProgress, TrainingStart } from "@ddl/training";

/** What `fit` tells its callbacks, for tests of them. */
export function startAt(parts: Partial<TrainingStart>): TrainingStart {
  return { epochs: 3, epoch: 0, step: 0, updates: 0, history: [], configuration: {}, ...parts };
}

export function progressAt(parts: Partial<TrainingProgress>): TrainingProgress {
  const numbers = { epoch: 0, epochs: 3, step: 1, loss: 1, metrics: {}, learningRate: 0.001, updates: 1, skipped: 0 };
  return { ...numbers, gradientNorm: undefined, ids: ["a"], ...parts };
}

export function recordOf(parts: Partial<EpochRecord>): EpochRecord {
  return { epoch: 0, loss: 1, metrics: {}, trainingMetrics: {}, learningRate: 0.001, skipped: 0, ...parts };
}
