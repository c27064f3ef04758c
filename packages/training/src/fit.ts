import type { StoredTensor } from "@ddl/backbones/weights";
import type { Cancellable } from "@ddl/core";
import {
  DdlError,
  expectNumber,
  expectOneOf,
  expectOptions,
  expectString,
  StateError,
  throwIfAborted,
} from "@ddl/core";
import { fromNdarray } from "@ddl/core/tensor";
import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";
import { dispose, tidy, variableGrads } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { Adam } from "./adam.js";
import type { AdamOptions } from "./adamOptions.js";
import type { BestEpoch, EpochRecord, TrainingState } from "./trainingState.js";
import { readWeights, writeWeights } from "./weights.js";
import { yieldToEventLoop } from "./yielding.js";

/** What a step is trained on. */
export interface TrainingBatch {
  /** (batch, rows, columns, channels) */
  images: NdArray<Float32Array>;
  /** (batch, rows, columns, classes), values in [0, 1] */
  masks: NdArray<Float32Array>;
  /** Names of the samples, for messages. */
  ids: readonly string[];
}

/** Where a training stands. */
export interface TrainingProgress {
  /** From 0. */
  epoch: number;
  epochs: number;
  /** Steps done in this epoch. */
  step: number;
  loss: number;
}

/** Options of {@link fit}. */
export interface FitOptions extends Cancellable {
  /** Number of epochs in all, those before a resume included. */
  epochs: number;
  /** Gives a scalar from targets and the model's output. */
  loss: (yTrue: Tensor, yPred: Tensor) => Scalar;
  /** Adam, or AdamW if it has a `weightDecay` > 0; see {@link AdamOptions}. A resume must be given the same. */
  optimizer?: AdamOptions;
  /** Scores the model after each epoch. */
  validate?: (model: LayersModel, epoch: number) => Promise<Record<string, number>>;
  /** The metric of `validate` by which the best epoch's weights are kept, and restored at the end. */
  monitor?: { metric: string; mode: "max" | "min" };
  onProgress?: (progress: TrainingProgress) => void;
  /** Called after each epoch with all that a resume needs; it is awaited. */
  onEpochEnd?: (state: TrainingState) => Promise<void>;
  /** Goes on from here: the result has the same bytes as an undisturbed training. */
  resume?: TrainingState | undefined;
}

/** Result of {@link fit}. */
export interface FitResult {
  history: EpochRecord[];
  /** The epoch whose weights the model has, if a metric is monitored. */
  best: BestEpoch | undefined;
}

/**
 * Trains a model with Adam or AdamW on batches of images and masks.
 *
 * Nothing is random here: with the same batches and the same initial weights the same backend gives the same bytes. The signal is
 * heeded after each step; the model then keeps the weights of that step, and nothing else is left behind.
 *
 * @param model gives (batch, rows, columns, classes)
 * @param batches the batches of an epoch; they must depend on the epoch's number only, if the training is to be resumable
 * @throws the signal's reason; DdlError (code `training`) for a loss that is not finite, with epoch, step and samples, before it
 *   reaches the weights; StateError for a state that does not fit the model or the options
 * @example
 * ```ts
 * await fit(model, (epoch) => source.epoch(epoch, { batchSize: 16, seed: 1 }), { epochs: 20, loss: (t, z) => diceLoss(t, z, { fromLogits: true }) });
 * ```
 */
export async function fit(
  model: LayersModel,
  batches: (epoch: number) => AsyncIterable<TrainingBatch> | Iterable<TrainingBatch>,
  options: FitOptions,
): Promise<FitResult> {
  const { epochs, validate, monitor, onEpochEnd, resume, signal } = checkOptions(options);
  throwIfAborted(signal);
  const adam = new Adam(options.optimizer);
  const history: EpochRecord[] = [...(resume?.history ?? [])];
  let best = resume?.best;
  let bestWeights = new Map<string, StoredTensor>(resume?.bestWeights ?? []);
  try {
    if (resume !== undefined) {
      writeWeights(model, resume.weights);
      adam.restore(resume.steps, resume.moments);
    }
    for (let epoch = history.length; epoch < epochs; epoch++) {
      const loss = await trainEpoch(model, adam, batches(epoch), epoch, options);
      const metrics = validate === undefined ? {} : await validate(model, epoch);
      throwIfAborted(signal);
      history.push({ epoch, loss, metrics });
      const score = monitor === undefined ? undefined : monitoredScore(metrics, monitor.metric);
      if (score !== undefined && isBetter(score, best?.score, monitor!.mode)) {
        best = { epoch, score };
        bestWeights = await readWeights(model);
      }
      if (onEpochEnd !== undefined) {
        const weights = await readWeights(model);
        const moments = await adam.save();
        await onEpochEnd({
          epochs: epoch + 1,
          history: [...history],
          best,
          steps: adam.steps,
          weights,
          moments,
          bestWeights,
        });
      }
    }
    if (best !== undefined) writeWeights(model, bestWeights);
    return { history, best };
  } finally {
    adam.dispose();
  }
}

function checkOptions(options: FitOptions): FitOptions {
  const known = [
    "epochs",
    "loss",
    "optimizer",
    "validate",
    "monitor",
    "onProgress",
    "onEpochEnd",
    "resume",
    "signal",
  ] as const;
  const { epochs, monitor, validate, resume } = expectOptions("fit", options, known);
  expectNumber("fit", "epochs", epochs, { integer: true, min: 1 });
  if (monitor !== undefined) {
    expectString("fit", "monitor.metric", monitor.metric);
    expectOneOf("fit", "monitor.mode", monitor.mode, ["max", "min"]);
    if (validate === undefined) throw new StateError("fit: monitor needs validate, which gives the metric.");
  }
  if (resume !== undefined && resume.epochs > epochs) {
    throw new StateError(`fit: resume has ${resume.epochs} epochs behind it, more than the ${epochs} asked for.`);
  }
  return options;
}

/** One pass over the batches. @returns the mean loss */
async function trainEpoch(
  model: LayersModel,
  adam: Adam,
  batches: AsyncIterable<TrainingBatch> | Iterable<TrainingBatch>,
  epoch: number,
  { epochs, loss, onProgress, signal }: FitOptions,
): Promise<number> {
  // tfjs numbers the names of variables over the whole process: moments go by the name the layer gave.
  const trained = model.trainableWeights.map((weight) => ({
    name: weight.originalName,
    variable: weight.read() as Variable,
  }));
  const variables = trained.map(({ variable }) => variable);
  let sum = 0;
  let step = 0;
  for await (const batch of batches) {
    throwIfAborted(signal);
    const images = fromNdarray(batch.images);
    const masks = fromNdarray(batch.masks);
    const { value, grads } = tidy(() =>
      variableGrads(() => loss(masks, model.apply(images, { training: true }) as Tensor), variables),
    );
    try {
      const current = (await value.data())[0]!;
      if (!Number.isFinite(current)) {
        const where = `epoch ${epoch + 1}, step ${step + 1}, samples ${batch.ids.join(", ")}`;
        throw new DdlError("training", `fit: the loss must be finite; received ${current} in ${where}.`);
      }
      adam.apply(trained.map((one) => ({ ...one, gradient: grads[one.variable.name]! })));
      sum += current;
      step++;
      onProgress?.({ epoch, epochs, step, loss: current });
    } finally {
      dispose([images, masks, value, grads] as never);
    }
    await yieldToEventLoop();
  }
  if (step === 0) throw new StateError(`fit: epoch ${epoch + 1} has no batches.`);
  return sum / step;
}

function monitoredScore(metrics: Record<string, number>, metric: string): number {
  const score = metrics[metric];
  if (score !== undefined) return score;
  throw new StateError(
    `fit: monitor.metric is "${metric}", but validate gave only ${Object.keys(metrics).join(", ") || "nothing"}.`,
  );
}

function isBetter(score: number, best: number | undefined, mode: "max" | "min"): boolean {
  if (Number.isNaN(score)) return false;
  if (best === undefined) return true;
  return mode === "max" ? score > best : score < best;
}
