import { ArgumentError, StateError, throwIfAborted } from "@ddl/core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { FitResult } from "./callbacks.js";
import type { FitOptions } from "./fitOptions.js";
import { checkFitOptions } from "./fitOptions.js";
import { trainableWeights } from "./modelWeights.js";
import { Training } from "./training.js";
import type { TrainingData } from "./trainingData.js";
import type { ModelOutput } from "./trainingStep.js";

/**
 * Trains a model on batches of images and masks.
 *
 * The same seed, batches and initial weights give the same bytes on the same backend, whether the training was resumed from any of its
 * states, between epochs or inside one, or not: what is random here (dropout) depends on seed, epoch and batch alone, and the seed is handed
 * to the data. The signal is heeded between batches; the model then keeps the weights it has, and nothing else is left behind.
 *
 * @param model gives (batch, rows, columns, classes), or a list of such tensors
 * @param data gives the batches of an epoch; see {@link TrainingData}
 * @returns the history, and which epoch's weights the model has: those of the best one if a metric is monitored, else those after the last
 *   (with a moving average, the average)
 * @throws the signal's reason; DdlError (code `training`) for a loss, gradient or metric that is not finite, with epoch, step and samples,
 *   before it reaches the weights; StateError for an epoch without batches, and for a state that does not fit the model or the options;
 *   ArgumentError, RangeArgumentError, ShapeError for options, batches and what the loss gives
 * @example
 * ```ts
 * await fit(model, (epoch, { skip, seed }) => source.epoch(epoch, { batchSize: 16, seed, firstStep: skip }), {
 *   epochs: 20,
 *   loss: (masks, logits) => diceLoss(masks, logits, { fromLogits: true }),
 *   optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.99, nesterov: true, weightDecay: 3e-5 },
 *   schedule: { kind: "poly" },
 *   clipping: { norm: 12 },
 * });
 * ```
 */
export async function fit<Output extends ModelOutput = Tensor>(
  model: LayersModel,
  data: TrainingData,
  options: FitOptions<Output>,
): Promise<FitResult> {
  throwIfAborted(options?.signal);
  if (typeof data !== "function") {
    const expected = "be a function that gives the batches of an epoch";
    throw new ArgumentError({ functionName: "fit", argument: "data", expected, received: data });
  }
  const weights = trainableWeights(model);
  const names = weights.map(({ name }) => name);
  if (names.length === 0) throw new StateError("fit: model must have trainable weights; it has none.");
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw new StateError(`fit: model must name its weights; two have the name ${twice}.`);
  const training = new Training(model, data, weights, checkFitOptions(options as FitOptions<never>, names));
  try {
    return await training.run();
  } finally {
    training.dispose();
  }
}
