import * as losses from "@ddl/losses";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const fromLogits = { fromLogits: true };

test.each<[string, number, (t: Tensor, z: Tensor) => Scalar]>([
  ["diceLoss", 1, (t, z) => losses.diceLoss(t, z, fromLogits)],
  ["matthewsLoss", 1, (t, z) => losses.matthewsLoss(t, z, fromLogits)],
  ["lovaszHingeLoss", 1, (t, z) => losses.lovaszHingeLoss(t, z, fromLogits)],
  ["topKLoss", 1, (t, z) => losses.topKLoss(t, z, { ...fromLogits, k: 60 })],
  ["unifiedFocalLoss", 1, (t, z) => losses.unifiedFocalLoss(t, z, fromLogits)],
  ["generalizedDiceLoss", 3, (t, z) => losses.generalizedDiceLoss(t, z, fromLogits)],
  ["lovaszSoftmaxLoss", 3, (t, z) => losses.lovaszSoftmaxLoss(t, z, fromLogits)],
  ["diceCrossEntropy", 3, (t, z) => losses.diceCrossEntropy(t, z, fromLogits)],
  ["diceFocal", 3, (t, z) => losses.diceFocal(t, z, { ...fromLogits, validate: true })],
])("a model of one convolution learns bright pixels with %s of %i channels", async (_, channels, loss) => {
  const image = tf.tensor([0.1, 0.9, 0.2, 0.95, 0.15, 0.05, 0.85, 0.1, 0.2, 0.8, 0.1, 0.05], [2, 2, 3, 1]);
  const bright = tf.cast(tf.greater(image, 0.5), "int32");
  // tfjs-layers wants targets in the shape of the output: no labels there.
  const masks = channels === 1 ? tf.cast(bright, "float32") : tf.oneHot(tf.reshape(bright, [2, 2, 3]), channels);
  const model = sequential({
    layers: [layers.conv2d({ filters: channels, kernelSize: 1, inputShape: [2, 3, 1], kernelInitializer: "zeros" })],
  });
  model.compile({ optimizer: tf.train.sgd(1), loss });
  const history = await model.fit(image, masks, { epochs: 12, batchSize: 2, verbose: 0, shuffle: false });
  const values = history.history["loss"] as number[];
  expect(values.every(Number.isFinite)).toBe(true);
  expect(values.at(-1)!).toBeLessThan(0.95 * values[0]!);
});
