import type { TrainingBatch } from "./trainingData.js";
import type { BestEpoch, EpochRecord, TrainingState } from "./trainingState.js";

/** What is known when a training begins or goes on. */
export interface TrainingStart {
  /** Number of epochs in all. */
  epochs: number;
  /** The epoch that begins or goes on, from 0; equal to `epochs` if nothing is left to do. */
  epoch: number;
  /** Batches of that epoch done before: 0 unless a training goes on inside an epoch. */
  step: number;
  /** Updates of the weights done before. */
  updates: number;
  /** Records of the epochs done before; empty unless a training goes on. */
  history: readonly EpochRecord[];
  /** The options that a resumed training must share, as in {@link TrainingState}. */
  configuration: Readonly<Record<string, string>>;
}

/** Where a training stands after a batch. */
export interface TrainingProgress {
  /** From 0. */
  epoch: number;
  epochs: number;
  /** Batches done in this epoch, this one and those left out included. */
  step: number;
  /** Loss of this batch. */
  loss: number;
  /** Training metrics of this batch; without those that are not finite, if these are skipped. */
  metrics: Record<string, number>;
  /** That of the last update; before the first one, that of the first. */
  learningRate: number;
  /** Euclidean norm of all gradients of the last update, before clipping; undefined until there was one since the start. */
  gradientNorm: number | undefined;
  /** Updates of the weights since the training began. */
  updates: number;
  /** Batches left out in this epoch because something was not finite. */
  skipped: number;
  /** Names of the batch's samples. */
  ids: readonly string[];
}

/** A batch whose loss, gradients or metrics were not finite. The weights are those from before it. */
export interface NonFiniteBatch {
  /** From 0. */
  epoch: number;
  /** Number of the batch in its epoch, from 0. */
  step: number;
  /** `loss`, `gradients` or the name of a training metric. */
  quantity: string;
  /** NaN or an infinity; of gradients their norm. */
  value: number;
  batch: TrainingBatch;
  /** What happens next. */
  action: "stop" | "skip";
}

/** Result of `fit`. */
export interface FitResult {
  history: EpochRecord[];
  /** The epoch whose weights the model has, if a metric is monitored. */
  best: BestEpoch | undefined;
  /** Updates of the weights. */
  updates: number;
  /** Whether early stopping ended the training before its last epoch. */
  stoppedEarly: boolean;
}

/** Copies the training's state, to be resumed from. It takes time and memory: call it only for what is to be kept. */
export type TakeState = () => Promise<TrainingState>;

/**
 * What wants to know how a training goes on: a log, a progress bar, a store of checkpoints.
 *
 * All are optional. Each is awaited before the training goes on, callback by callback in the order of `fit`'s option `callbacks`, then the
 * one of `checkpoint`. What one throws ends the training with that error. A `state` may be taken only until the call it was given to
 * has ended.
 *
 * @example
 * ```ts
 * const losses: TrainingCallback = { onEpochEnd: ({ epoch, loss }) => console.log(epoch + 1, loss) };
 * ```
 */
export interface TrainingCallback {
  /** Before the first batch, when a state to resume from is in the model. */
  onTrainingStart?(start: TrainingStart): void | Promise<void>;
  /** After each batch that was not left out. */
  onStep?(progress: TrainingProgress, state: TakeState): void | Promise<void>;
  /** After each epoch with its validation; the state stands before the next epoch. */
  onEpochEnd?(record: EpochRecord, state: TakeState): void | Promise<void>;
  /** A batch was not finite; the state stands before it. With action `stop` the training's error follows. */
  onNonFinite?(event: NonFiniteBatch, state: TakeState): void | Promise<void>;
  /** The training is over; the model has its final weights. */
  onTrainingEnd?(result: FitResult): void | Promise<void>;
  /**
   * In place of `onTrainingEnd`, after an abort or an error, be it before `onTrainingStart`: here files are closed. The state is given if the
   * training was stopped between two batches by its signal, so that nothing is lost. What is thrown here is dropped in favour of `reason`.
   */
  onTrainingFailed?(reason: unknown, state: TakeState | undefined): void | Promise<void>;
}

/** Where checkpoints are kept: a callback that also gives the newest one. */
export interface CheckpointStore extends TrainingCallback {
  /** The state to go on from, or undefined to begin. Called once, before all else. */
  latest(): Promise<TrainingState | undefined>;
}
