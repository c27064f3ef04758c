import { join } from "node:path";
import { DataError, elementCount, isDdlError, zeros } from "@ddl/core";
import type { BatchSource } from "@ddl/datasets";
import { createBatchSource } from "@ddl/datasets";
import { diceScore } from "@ddl/metrics";
import { largestComponent } from "@ddl/ndimage";
import type { EpochRecord, TrainingCallback, TrainingState } from "@ddl/training";
import { decodeCheckpoint, encodeCheckpoint, fit, predictVolume } from "@ddl/training";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import type { NetworkConfig } from "../config/schema.js";
import type { PreparedPatient } from "../data/prepare.js";
import { lossFacts } from "../losses.js";
import { selectBackend } from "../selectBackend.js";
import { cellFiles, jsonText, readIfThere, writeWhole } from "../store.js";
import { buildNetwork } from "./buildNetwork.js";
import type { FitMethod, MethodContext } from "./method.js";

/** Trains a network from its checkpoint, if there is one, and keeps the weights of the epoch with the best validation Dice. */
export const fitNetwork: FitMethod = async (context) => {
  const config = context.cell.method as NetworkConfig;
  await selectBackend();
  const image = context.train[0]!.image;
  const inputShape = image.shape.slice(1) as [number, number, number];
  const model = buildNetwork(config, { inputShape, seed: context.cell.seed! });
  const source = await createBatchSource(context.train, { workers: config.workers });
  try {
    const best = await train(model, source, context, config);
    return {
      facts: { parameters: parameterCount(model), ...best },
      async predict(patient) {
        const mask = await predictMask(model, patient, context.signal);
        return config.largestComponent ? largestComponent(mask) : mask;
      },
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    await source.close();
  }
};

async function train(
  model: LayersModel,
  source: BatchSource,
  { cell, train, validation, folder, signal, onProgress, note }: MethodContext,
  config: NetworkConfig,
): Promise<Record<string, number>> {
  const { epochs, batchSize, learningRate, schedule, movingAverage, augmentation } = config;
  const checkpoint = join(folder, cellFiles.checkpoint);
  const slices = train.reduce((sum, patient) => sum + patient.image.shape[0]!, 0);
  const steps = config.stepsPerEpoch ?? Math.max(1, Math.floor(slices / batchSize));
  const resume = await readCheckpoint(checkpoint);
  if (resume !== undefined) note(`  goes on after epoch ${resume.position.epoch} of ${epochs}`);
  let dice = lastDice(resume?.history);
  const keepState: TrainingCallback = {
    async onEpochEnd(_, takeState) {
      const state = await takeState();
      dice = lastDice(state.history);
      await writeWhole(join(folder, cellFiles.epochs), jsonText(state.history));
      await writeWhole(checkpoint, await encodeCheckpoint(state));
    },
  };
  const { best } = await fit(
    model,
    (epoch, { skip, seed }) => {
      const sampling = "lesion-weighted" as const;
      return source.epoch(epoch, { batchSize, seed, steps, firstStep: skip, sampling, augmentation, signal });
    },
    {
      epochs,
      loss: lossFacts[cell.loss!].loss,
      optimizer: { learningRate },
      schedule: schedule === "cosine" ? { kind: schedule, every: "update", total: epochs * steps } : { kind: schedule },
      ...(movingAverage === undefined ? {} : { movingAverage: { decay: movingAverage } }),
      ...(validation.length === 0
        ? {}
        : {
            validate: async () => ({ dice: await meanDice(model, validation, signal) }),
            monitor: { metric: "dice", mode: "max" as const },
          }),
      onProgress: ({ epoch, step, loss }) =>
        onProgress({
          done: (0.98 * (epoch * steps + step)) / (epochs * steps),
          stage: `epoch ${epoch + 1}/${epochs}`,
          loss,
          ...(dice === undefined ? {} : { dice }),
        }),
      callbacks: [keepState],
      seed: cell.seed!,
      ...(resume === undefined ? {} : { resume }),
      signal,
    },
  );
  return best === undefined ? {} : { bestEpoch: best.epoch + 1, validationDice: best.score };
}

async function readCheckpoint(file: string): Promise<TrainingState | undefined> {
  const bytes = await readIfThere(file);
  try {
    return bytes === undefined ? undefined : await decodeCheckpoint(bytes, file);
  } catch (cause) {
    if (!isDdlError(cause)) throw cause;
    throw new DataError("ddl-study", file, "is damaged. Delete it, and the cell is trained from its start.", { cause });
  }
}

function lastDice(history: readonly EpochRecord[] | undefined): number | undefined {
  return history?.at(-1)?.metrics["dice"];
}

async function meanDice(
  model: LayersModel,
  patients: readonly PreparedPatient[],
  signal: AbortSignal,
): Promise<number> {
  let sum = 0;
  let counted = 0;
  for (const patient of patients) {
    // A patient without lesion whose prediction is empty too has no Dice: he is left out of the mean that picks the epoch.
    const score = diceScore(patient.mask, await predictMask(model, patient, signal));
    if (Number.isNaN(score)) continue;
    sum += score;
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}

async function predictMask(
  model: LayersModel,
  patient: PreparedPatient,
  signal: AbortSignal,
): Promise<NdArray<Uint8Array>> {
  const probability = await predictVolume(model, patient.image, { batchSize: 8, signal });
  const mask = zeros(Uint8Array, probability.shape);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = probability.data[i]! >= 0.5 ? 1 : 0;
  return mask;
}

function parameterCount(model: LayersModel): number {
  return model.trainableWeights.reduce((sum, weight) => sum + elementCount(weight.shape as number[]), 0);
}
