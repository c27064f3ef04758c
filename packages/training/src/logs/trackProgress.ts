import { ArgumentError, expectNumber, expectOptions } from "@ddl/core";
import type { TrainingCallback } from "../callbacks.js";

/** Where a training stands, for display. */
export interface ProgressReport {
  state: "training" | "finished" | "failed";
  /** The epoch under way, from 1. */
  epoch: number;
  epochs: number;
  /** Batches done in this epoch. */
  step: number;
  /** Whether this epoch is over, with its validation: true in one report an epoch. */
  epochEnds: boolean;
  /** Batches of an epoch; undefined in the first one, unless it was given. */
  steps: number | undefined;
  /** Done part of the whole training, in [0, 1]; undefined if nothing tells yet. */
  done: number | undefined;
  /** Seconds left, if the rest goes on as the part since the start; undefined if nothing tells yet. */
  secondsLeft: number | undefined;
  /** Mean loss over the batches of this epoch; undefined before the first. */
  loss: number | undefined;
  /** That of the last update; undefined before the first batch. */
  learningRate: number | undefined;
  /** Training metrics of the last batch; at the end of an epoch their means. */
  metrics: Readonly<Record<string, number>>;
  /** What the last epoch's validation gave; empty before. */
  validation: Readonly<Record<string, number>>;
  /** Batches left out in this epoch because something was not finite. */
  skipped: number;
}

/** Options of {@link trackProgress}. */
export interface TrackProgressOptions {
  /** Batches of an epoch, ≥ 1, for an estimate in the first one too. Default: as many as the first epoch had. */
  stepsPerEpoch?: number;
}

/**
 * A callback that tells a function where the training stands: at its start, after each batch and each epoch, and at its end. For user
 * interfaces of any kind; `browserProgress` and `terminalProgress` are made of it.
 *
 * @param show is called with a new object each time; what it throws ends the training
 * @throws ArgumentError, RangeArgumentError
 * @example
 * ```ts
 * const progress = trackProgress(({ done = 0, loss }) => setState({ percent: 100 * done, loss }));
 * await fit(model, data, { epochs, loss, callbacks: [progress] });
 * ```
 */
export function trackProgress(
  show: (report: ProgressReport) => void,
  options: TrackProgressOptions = {},
): TrainingCallback {
  if (typeof show !== "function") {
    const expected = "be a function";
    throw new ArgumentError({ functionName: "trackProgress", argument: "show", expected, received: show });
  }
  return progressTracker("trackProgress", show, options);
}

/**
 * {@link trackProgress} for the functions that are made of it.
 * @param functionName who is given the options, for messages
 */
export function progressTracker(
  functionName: string,
  show: (report: ProgressReport) => void,
  options: TrackProgressOptions,
): TrainingCallback {
  const { stepsPerEpoch } = expectOptions(functionName, options, ["stepsPerEpoch"]);
  if (stepsPerEpoch !== undefined) {
    expectNumber(functionName, "stepsPerEpoch", stepsPerEpoch, { integer: true, min: 1 });
  }
  let steps = stepsPerEpoch;
  // Set by the start, before all else.
  let report = undefined as unknown as ProgressReport;
  let startedAt = 0;
  let startedFrom = { epoch: 0, step: 0 };
  let losses = { sum: 0, count: 0 };

  const doneAt = (epoch: number, step: number): number | undefined => {
    if (step === 0) return epoch / report.epochs;
    return steps === undefined ? undefined : (epoch + Math.min(1, step / steps)) / report.epochs;
  };
  const tell = (news: Partial<ProgressReport>, done: number | undefined): void => {
    const before = doneAt(startedFrom.epoch, startedFrom.step) ?? startedFrom.epoch / report.epochs;
    const seconds = (performance.now() - startedAt) / 1000;
    const secondsLeft = done === undefined || done <= before ? undefined : (seconds / (done - before)) * (1 - done);
    report = { ...report, ...news, steps, done, secondsLeft };
    show(report);
  };
  return {
    onTrainingStart({ epoch, epochs, step, history }) {
      startedAt = performance.now();
      startedFrom = { epoch, step };
      losses = { sum: 0, count: 0 };
      steps = stepsPerEpoch;
      report = {
        ...{ state: "training", epoch: Math.min(epoch + 1, epochs), epochs, step, steps, epochEnds: false },
        ...{ done: undefined, secondsLeft: undefined, loss: undefined, learningRate: undefined, skipped: 0 },
        ...{ metrics: {}, validation: history.at(-1)?.metrics ?? {} },
      };
      tell({}, doneAt(epoch, step));
    },
    onStep({ epoch, step, loss, metrics, learningRate, skipped }) {
      losses = step === 1 ? { sum: loss, count: 1 } : { sum: losses.sum + loss, count: losses.count + 1 };
      const news = {
        epochEnds: false,
        epoch: epoch + 1,
        step,
        loss: losses.sum / losses.count,
        metrics,
        learningRate,
        skipped,
      };
      tell(news, doneAt(epoch, step));
    },
    onEpochEnd({ epoch, loss, metrics, trainingMetrics, learningRate, skipped }) {
      steps ??= report.step;
      losses = { sum: 0, count: 0 };
      const news = {
        epochEnds: true,
        epoch: epoch + 1,
        loss,
        metrics: trainingMetrics,
        validation: metrics,
        learningRate,
        skipped,
      };
      tell(news, doneAt(epoch + 1, 0));
    },
    onTrainingEnd() {
      tell({ state: "finished", epochEnds: false }, 1);
    },
    onTrainingFailed() {
      if (report !== undefined) tell({ state: "failed", epochEnds: false }, report.done);
    },
  };
}

/** A report as text: `epoch 3/20, step 12/40, loss 0.1234, learning rate 0.001, validation dice 0.8123, 1:05 left`. */
export function progressText(report: ProgressReport): string {
  const { state, epoch, epochs, step, steps, loss, learningRate, metrics, validation, skipped, secondsLeft } = report;
  const parts = [`epoch ${epoch}/${epochs}`, `step ${step}${steps === undefined ? "" : `/${steps}`}`];
  if (loss !== undefined) parts.push(`loss ${rounded(loss)}`);
  if (learningRate !== undefined) parts.push(`learning rate ${rounded(learningRate)}`);
  for (const [name, value] of Object.entries(metrics)) parts.push(`${name} ${rounded(value)}`);
  for (const [name, value] of Object.entries(validation)) parts.push(`validation ${name} ${rounded(value)}`);
  if (skipped > 0) parts.push(`${skipped} left out`);
  if (state !== "training") parts.push(state);
  else if (secondsLeft !== undefined) parts.push(`${clock(secondsLeft)} left`);
  return parts.join(", ");
}

/** Four digits, without zeros behind them. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** `1:05`, or `2:01:05`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, "0")}:${rest}`;
}
