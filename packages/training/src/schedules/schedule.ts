import type { ScheduleState } from "../trainingState.js";

/** A learning rate that changes while a training goes on. */
export interface LearningRateSchedule {
  /** Whether {@link LearningRateSchedule.advance} is to be called after each update of the weights or after each epoch. */
  readonly every: "update" | "epoch";
  /** The learning rate now. */
  readonly learningRate: number;
  /** The options as a text: a resumed training must have the same. */
  readonly description: string;
  /**
   * Goes on by one update or epoch.
   * @param score the monitored value, which only `plateau` heeds; undefined or NaN is no improvement
   */
  advance(score?: number): void;
  /** What is to be remembered, as plain JSON. */
  save(): ScheduleState;
  /** Goes on from what {@link LearningRateSchedule.save} gave. */
  restore(state: ScheduleState): void;
}
