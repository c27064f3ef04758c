import type { StoredTensor } from "@ddl/backbones/weights";

/** What is remembered of an epoch. */
export interface EpochRecord {
  /** From 0. */
  epoch: number;
  /** Mean loss over the batches. */
  loss: number;
  /** What `validate` returned; empty without it. */
  metrics: Record<string, number>;
  /** Means of `metrics` over the epoch's batches; empty without them. */
  trainingMetrics: Record<string, number>;
  /** That of the epoch's last update. */
  learningRate: number;
  /** Batches left out because their loss, a gradient or a metric was not finite; 0 unless `onNonFinite` is `skip`. */
  skipped: number;
}

/** The best epoch so far, by the monitored metric. */
export interface BestEpoch {
  epoch: number;
  score: number;
}

/** Where a training stands: the next batch is number `step` of epoch `epoch`, both from 0. */
export interface TrainingPosition {
  epoch: number;
  step: number;
}

/** A sum whose mean is wanted. */
export interface RunningSum {
  sum: number;
  count: number;
}

/** What has been summed up in an unfinished epoch. */
export interface RunningEpoch {
  loss: RunningSum;
  metrics: Record<string, RunningSum>;
  skipped: number;
  /** That of the last update; null before the epoch's first. */
  learningRate: number | null;
  /** Samples whose gradients wait for the next update, when gradients are accumulated. */
  accumulatedSamples: number;
  accumulatedBatches: number;
}

/** What an optimiser remembers beside its tensors. */
export interface OptimizerState {
  /** Updates so far of each weight, by name. */
  updates: Record<string, number>;
  /** Moments and velocities, by `<kind>/<weight>`. */
  tensors: Map<string, StoredTensor>;
}

/** What a schedule remembers, as plain JSON. */
export type ScheduleState = Record<string, number | null>;

/** The tensors of a {@link TrainingState}, by group and name. */
export interface TrainingTensors {
  /** All weights of the model, running statistics among them. */
  weights: Map<string, StoredTensor>;
  /** Moments and velocities of the optimiser. */
  optimizer: Map<string, StoredTensor>;
  /** Exponential moving average of the weights; empty without one. */
  average: Map<string, StoredTensor>;
  /** Accumulated gradients that wait for the next update; mostly empty. */
  gradients: Map<string, StoredTensor>;
  /** All weights in the best epoch; empty without a monitored metric. */
  best: Map<string, StoredTensor>;
}

/**
 * All that a training needs to go on as if it had never stopped.
 *
 * All but `tensors` is plain JSON.
 */
export interface TrainingState {
  position: TrainingPosition;
  /** The options that a resumed training must share, for comparison: a text for each option's name. */
  configuration: Record<string, string>;
  /** One entry a finished epoch. */
  history: EpochRecord[];
  best: BestEpoch | null;
  /** Updates of the weights so far. */
  updates: number;
  /** Updates so far of each weight, by name. */
  optimizerUpdates: Record<string, number>;
  schedule: ScheduleState;
  running: RunningEpoch;
  tensors: TrainingTensors;
}
