import type { StoredTensor } from "@ddl/backbones/weights";

/** What is remembered of an epoch. */
export interface EpochRecord {
  /** From 0. */
  epoch: number;
  /** Mean loss over the steps. */
  loss: number;
  /** What `validate` returned; empty without it. */
  metrics: Record<string, number>;
}

/** The best epoch so far, by the monitored metric. */
export interface BestEpoch {
  epoch: number;
  score: number;
}

/** All that a training needs to go on as if it had never stopped. */
export interface TrainingState {
  /** Number of finished epochs. */
  epochs: number;
  history: EpochRecord[];
  best: BestEpoch | undefined;
  /** Number of updates of the optimiser. */
  steps: number;
  /** Weights of the model after the last finished epoch, by name. */
  weights: Map<string, StoredTensor>;
  /** Moments of the optimiser. */
  moments: Map<string, StoredTensor>;
  /** Weights of the best epoch; empty without a monitored metric. */
  bestWeights: Map<string, StoredTensor>;
}
