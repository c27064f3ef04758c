import type { TrainingBatch } from "@ddl/training";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";

/** Whether a layer of the model is there. */
export interface TinyModelOptions {
  batchNormalization?: boolean;
  dropout?: number;
}

/** Two convolutions of a kernel's size 1, three channels to four to two, with weights that do not depend on the process. */
export function tinyModel({ batchNormalization = false, dropout = 0 }: TinyModelOptions = {}): tfl.LayersModel {
  const start = (seed: number) => tfl.initializers.randomNormal({ mean: 0.1, stddev: 0.5, seed });
  const image = tfl.input({ shape: [2, 3, 3] });
  let x = image;
  const through = (layer: tfl.layers.Layer): void => {
    x = layer.apply(x) as tfl.SymbolicTensor;
  };
  through(tfl.layers.conv2d({ name: "first", filters: 4, kernelSize: 1, kernelInitializer: start(1) }));
  if (batchNormalization) through(tfl.layers.batchNormalization({ name: "norm", momentum: 0.9, epsilon: 1e-5 }));
  if (dropout > 0) through(tfl.layers.dropout({ rate: dropout }));
  through(tfl.layers.conv2d({ name: "second", filters: 2, kernelSize: 1, kernelInitializer: start(2) }));
  return tfl.model({ inputs: image, outputs: x });
}

const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + 0.7 * i + phase) + 0.3 * Math.cos(i * i + phase));

/** Images and targets that depend on epoch and number alone. */
export function tinyBatch(epoch: number, number: number, samples = 2): TrainingBatch {
  const phase = 3.1 * epoch + 0.9 * number;
  return {
    images: ndarray(wave(samples * 18, phase), [samples, 2, 3, 3]) as NdArray<Float32Array>,
    masks: ndarray(wave(samples * 12, 2 * phase + 1), [samples, 2, 3, 2]) as NdArray<Float32Array>,
    ids: Array.from({ length: samples }, (_, k) => `epoch${epoch}/batch${number}/${k}`),
  };
}

/** The batches of an epoch. */
export const tinyBatches = (epoch: number, count: number, samples?: number): TrainingBatch[] =>
  Array.from({ length: count }, (_, number) => tinyBatch(epoch, number, samples));

export const meanSquaredError = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Scalar =>
  tf.losses.meanSquaredError(yTrue, yPred) as tf.Scalar;

/** All weights of a model as text, to the last bit. */
export async function weightBytes(model: tfl.LayersModel): Promise<string[]> {
  const values = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return values.map((one) =>
    Array.from(new Uint32Array(Float32Array.from(one).buffer), (word) => word.toString(16)).join(),
  );
}

/** The values of all weights. */
export async function weightValues(model: tfl.LayersModel): Promise<number[][]> {
  return Promise.all(model.getWeights().map(async (weight) => [...(await weight.data())]));
}
