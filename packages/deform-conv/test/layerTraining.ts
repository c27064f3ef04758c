import type { Optimizer, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { layers, Sequential } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";

/** Numbers in [-1, 1), of another sequence for each seed. */
export const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);

export const largestDifference = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

export const modelOf = (...added: layers.Layer[]): Sequential => tfl.sequential({ layers: added });

/** Optimisers that treat the size of a gradient differently. */
export const optimizers: [string, () => Optimizer][] = [
  ["sgd", () => tf.train.sgd(0.1)],
  ["momentum", () => tf.train.momentum(0.1, 0.9)],
  ["adam", () => tf.train.adam(0.01)],
  ["rmsprop", () => tf.train.rmsprop(0.01)],
  ["adagrad", () => tf.train.adagrad(0.01)],
];

/** Weights of a layer by name after one step of training towards random numbers, from seeded values of those that `start` chooses. */
export function weightsAfterStep(
  layer: layers.Layer,
  inputs: Tensor | Tensor[],
  optimizer: Optimizer,
  start: (name: string) => boolean,
): Record<string, Tensor> {
  const result = layer.apply(inputs) as Tensor;
  const names = layer.weights.map(({ originalName }) => originalName.slice(originalName.lastIndexOf("/") + 1));
  layer.setWeights(layer.getWeights().map((w, k) => (start(names[k]!) ? random(w.shape, 50 + k) : w)));
  const target = random(result.shape, 40);
  optimizer.minimize(() => tf.mean(tf.squaredDifference(layer.apply(inputs) as Tensor, target)) as tf.Scalar);
  return Object.fromEntries(layer.getWeights().map((w, k) => [names[k]!, w]));
}

/** A model after it was written to JSON and weights and read again. */
export async function savedAndLoaded(
  model: tfl.LayersModel,
): Promise<{ loaded: tfl.LayersModel; weightNames: string[] }> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
  const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
  return { loaded, weightNames: saved!.weightSpecs!.map(({ name }) => name) };
}
