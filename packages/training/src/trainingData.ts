import { expectShape, ShapeError, StateError } from "@ddl/core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";

/** What a step is trained on. */
export interface TrainingBatch {
  /** (batch, rows, columns, channels), or as the model's input */
  images: NdArray<Float32Array>;
  /** (batch, rows, columns, classes), or what else the loss takes; one entry a sample along the first axis */
  masks: NdArray<Float32Array>;
  /** Names of the samples, for messages. */
  ids: readonly string[];
}

/** What is asked of {@link TrainingData}. */
export interface EpochRequest {
  /** Number of batches that were done before: the first one given must be the one of this number, from 0. */
  skip: number;
  /** The seed of `fit`, for order and augmentation. */
  seed: number;
  signal: AbortSignal | undefined;
}

/**
 * Gives the batches of an epoch, in order.
 *
 * They must depend on the epoch's number and the seed only, not on what was asked for before: then a training can be resumed inside an
 * epoch. A function that takes the request begins at batch `skip`; one that takes the epoch alone is read from its beginning, and what was
 * done before is dropped, which gives the same but makes the batches again.
 *
 * @example
 * ```ts
 * const data: TrainingData = (epoch, { skip, seed }) => source.epoch(epoch, { batchSize: 16, seed, firstStep: skip });
 * ```
 */
export type TrainingData = (
  epoch: number,
  request: EpochRequest,
) => AsyncIterable<TrainingBatch> | Iterable<TrainingBatch>;

/** The batches of an epoch from number `skip` on, whether the function can skip or not. @throws StateError if it has fewer */
export async function* batchesFrom(
  data: TrainingData,
  epoch: number,
  request: EpochRequest,
): AsyncGenerator<TrainingBatch> {
  const canSkip = data.length >= 2;
  let toDrop = canSkip ? 0 : request.skip;
  for await (const batch of data(epoch, canSkip ? request : { ...request, skip: 0 })) {
    if (toDrop === 0) yield batch;
    else toDrop--;
  }
  if (toDrop === 0) return;
  const given = request.skip - toDrop;
  const what = `the ${request.skip} batches that were done before; data gives ${given}`;
  throw new StateError(`fit: epoch ${epoch + 1} must have ${what}.`);
}

/** Checks that a batch fits the model and itself. @throws ArgumentError, ShapeError */
export function checkBatch(model: LayersModel, { images, masks }: TrainingBatch): void {
  const shape = model.inputs[0]!.shape.map((length) => length ?? -1);
  expectShape("fit", "images", images, shape);
  expectShape("fit", "masks", masks, [images.shape[0]!, ...(masks?.shape?.slice(1).map(() => -1) ?? [])]);
  if (images.shape[0] !== 0) return;
  const expected = "hold at least one sample";
  throw new ShapeError({ functionName: "fit", argument: "images", expected, received: images.shape });
}
