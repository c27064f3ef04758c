import type { Cancellable } from "@ddl/core";
import { ArgumentError, expectNumber, expectOneOf, expectOptions, expectString, StateError } from "@ddl/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { CheckpointStore, TrainingCallback, TrainingProgress } from "./callbacks.js";
import type { GradientClipping } from "./gradients.js";
import type { OptimizerOptions } from "./optimizers/createOptimizer.js";
import { optimizerFor } from "./optimizers/createOptimizer.js";
import type { TrainingOptimizer } from "./optimizers/optimizer.js";
import { expectGroupsMatch } from "./optimizers/parameterGroups.js";
import type { ScheduleOptions } from "./schedules/createSchedule.js";
import { scheduleFor } from "./schedules/createSchedule.js";
import type { LearningRateSchedule } from "./schedules/schedule.js";
import type { TrainingState } from "./trainingState.js";
import type { ModelOutput } from "./trainingStep.js";

/** Options of `fit`. */
export interface FitOptions<Output extends ModelOutput = Tensor> extends Cancellable {
  /** Number of epochs in all, those before a resume included. */
  epochs: number;
  /** Gives a scalar from targets and the model's output; of a model with several outputs, from a list of them. */
  loss: (yTrue: Tensor, yPred: Output) => Scalar;
  /** Options of Adam, AdamW or SGD; or an optimiser, which stays the caller's to dispose. Default Adam with torch's defaults. */
  optimizer?: OptimizerOptions | TrainingOptimizer;
  /** How the learning rate changes. Default `constant`. */
  schedule?: ScheduleOptions;
  /** How gradients are bounded before an update. Default: not at all. */
  clipping?: GradientClipping;
  /**
   * Batches whose gradients make one update, ≥ 1; the last update of an epoch has what is left. Each batch counts by its samples, so that a
   * loss that is a mean over samples gives the update of one large batch (batch normalisation still sees each batch by itself). Default 1.
   */
  accumulate?: number;
  /** Computed on each batch from what the model gave in training, and averaged over the epoch. A tensor of several numbers counts by its mean. */
  metrics?: Record<string, (yTrue: Tensor, yPred: Output) => Tensor>;
  /** Scores the model after each epoch, by whole volumes for instance; with a moving average, the average. */
  validate?: (model: LayersModel, epoch: number) => Promise<Record<string, number>>;
  /** The metric of `validate`, or `loss`, the mean training loss, by which the best epoch's weights are kept, and restored at the end. */
  monitor?: { metric: string; mode: "max" | "min" };
  /** Ends the training after this many epochs in a row without a better monitored metric, ≥ 1. */
  earlyStopping?: { patience: number };
  /** An exponential moving average of the weights, which is what is validated and what the model has at the end; decay in [0, 1). */
  movingAverage?: { decay: number };
  /** Seed of dropout, and handed to the data for order and augmentation; an integer. Default 0. */
  seed?: number;
  /**
   * What follows a loss, gradient or metric that is NaN or infinite. `stop` (default): an error that names it and the samples; `skip`: the batch
   * is left out and counted, and the weights stay as before it; of a metric only the value is left out.
   */
  onNonFinite?: "stop" | "skip";
  /** Logs and the like, in the order in which they are called. */
  callbacks?: readonly TrainingCallback[];
  /** Where checkpoints are kept: the training goes on from the newest one, if there is one. */
  checkpoint?: CheckpointStore;
  /** Goes on from here: the result has the same bytes as an undisturbed training. */
  resume?: TrainingState | undefined;
  /** Called after each batch; a callback's `onStep` can also be awaited. */
  onProgress?: (progress: TrainingProgress) => void;
}

/** The options of a training with their defaults. */
export interface CheckedOptions extends Omit<FitOptions<never>, "optimizer" | "schedule"> {
  optimizer: TrainingOptimizer;
  /** Whether the optimiser was made here, and is to be disposed here. */
  ownsOptimizer: boolean;
  schedule: LearningRateSchedule;
  accumulate: number;
  seed: number;
  onNonFinite: "stop" | "skip";
  /** What a resumed training must share, as texts. */
  configuration: Record<string, string>;
}

const known = [
  "epochs",
  "loss",
  "optimizer",
  "schedule",
  "clipping",
  "accumulate",
  "metrics",
  "validate",
  "monitor",
  "earlyStopping",
  "movingAverage",
  "seed",
  "onNonFinite",
  "callbacks",
  "checkpoint",
  "resume",
  "onProgress",
  "signal",
] as const;

/**
 * Checks the options of `fit` before anything is allocated.
 * @param names of the model's trainable weights
 * @throws ArgumentError, RangeArgumentError, StateError
 */
export function checkFitOptions(options: FitOptions<never>, names: readonly string[]): CheckedOptions {
  const { epochs, monitor, validate, earlyStopping, movingAverage, clipping, resume, checkpoint } = expectOptions(
    "fit",
    options,
    known,
  );
  const { accumulate = 1, seed = 0, onNonFinite = "stop", metrics = {}, callbacks = [] } = options;
  expectNumber("fit", "epochs", epochs, { integer: true, min: 1 });
  expectFunction("loss", options.loss);
  if (validate !== undefined) expectFunction("validate", validate);
  for (const [name, metric] of Object.entries(expectOptions("fit", metrics, Object.keys(metrics ?? {})))) {
    expectFunction(`metrics.${name}`, metric);
  }
  expectNumber("fit", "accumulate", accumulate, { integer: true, min: 1 });
  expectNumber("fit", "seed", seed, { integer: true });
  expectOneOf("fit", "onNonFinite", onNonFinite, ["stop", "skip"]);
  if (!Array.isArray(callbacks)) {
    throw new ArgumentError({
      functionName: "fit",
      argument: "callbacks",
      expected: "be an array",
      received: callbacks,
    });
  }
  checkMonitor(options);
  if (earlyStopping !== undefined) {
    expectNumber("fit", "earlyStopping.patience", earlyStopping.patience, { integer: true, min: 1 });
    if (monitor === undefined) throw new StateError("fit: earlyStopping needs monitor, which tells what is better.");
  }
  if (movingAverage !== undefined) {
    expectNumber("fit", "movingAverage.decay", movingAverage.decay, { min: 0, below: 1 });
  }
  checkClipping(clipping);
  if (resume !== undefined && checkpoint !== undefined) {
    throw new StateError("fit: resume and checkpoint must not both be given: the checkpoint has a state of its own.");
  }
  const { optimizer, ownsOptimizer } = chosenOptimizer(options.optimizer, names);
  const context = { learningRate: optimizer.learningRate, epochs, mode: monitor?.mode ?? "min" };
  const schedule = scheduleFor("fit", "schedule.", options.schedule ?? { kind: "constant" }, context);
  const configuration = {
    optimizer: optimizer.description,
    schedule: schedule.description,
    clipping: JSON.stringify(clipping ?? "none"),
    accumulate: String(accumulate),
    movingAverage: JSON.stringify(movingAverage ?? "none"),
    monitor: JSON.stringify(monitor ?? "none"),
    seed: String(seed),
  };
  return {
    ...options,
    accumulate,
    seed,
    onNonFinite,
    metrics,
    callbacks,
    optimizer,
    ownsOptimizer,
    schedule,
    configuration,
  };
}

function checkMonitor({ monitor, validate }: FitOptions<never>): void {
  if (monitor === undefined) return;
  expectString("fit", "monitor.metric", monitor.metric);
  expectOneOf("fit", "monitor.mode", monitor.mode, ["max", "min"]);
  if (validate === undefined && monitor.metric !== "loss") {
    throw new StateError("fit: monitor needs validate, which gives the metric.");
  }
}

function checkClipping(clipping: GradientClipping | undefined): void {
  if (clipping === undefined) return;
  const given = expectOptions("fit", clipping as { norm?: number; value?: number }, ["norm", "value"]);
  const [kind, bound] = Object.entries(given)[0] ?? [];
  if (kind === undefined || Object.keys(given).length !== 1) {
    const expected = "have either norm or value";
    throw new ArgumentError({ functionName: "fit", argument: "clipping", expected, received: clipping });
  }
  expectNumber("fit", `clipping.${kind}`, bound, { above: 0 });
}

function chosenOptimizer(
  given: OptimizerOptions | TrainingOptimizer = {},
  names: readonly string[],
): { optimizer: TrainingOptimizer; ownsOptimizer: boolean } {
  if (typeof (given as TrainingOptimizer | null)?.step === "function") {
    return { optimizer: given as TrainingOptimizer, ownsOptimizer: false };
  }
  const options = given as OptimizerOptions;
  const optimizer = optimizerFor("fit", "optimizer.", options);
  expectGroupsMatch("fit", "optimizer.", options.groups ?? [], names);
  return { optimizer, ownsOptimizer: true };
}

function expectFunction(argument: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new ArgumentError({ functionName: "fit", argument, expected: "be a function", received: value });
}
