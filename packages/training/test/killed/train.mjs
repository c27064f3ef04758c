// Trains a small model with checkpoints and logs in a folder, slowly enough to be killed; prints each step.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fit } from "@ddl/training";
import { checkpoints, csvLog, tensorBoardLog } from "@ddl/training/node";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";

const folder = process.argv[2];
await tf.setBackend("cpu");
const kernelInitializer = tfl.initializers.constant({ value: 0.25 });
const model = tfl.sequential({
  layers: [
    tfl.layers.conv2d({ inputShape: [5, 7, 2], filters: 3, kernelSize: 3, name: "first", kernelInitializer }),
    tfl.layers.batchNormalization({ name: "norm" }),
    tfl.layers.dropout({ rate: 0.2, name: "dropout" }),
    tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: "last", kernelInitializer }),
  ],
});
const wave = (shape, phase) =>
  ndarray(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  );
const data = (epoch) =>
  Array.from({ length: 6 }, (_, step) => ({
    images: wave([2, 5, 7, 2], 7 * epoch + step),
    masks: wave([2, 3, 5, 1], 9 * epoch + step),
    ids: [`${epoch}-${step}`],
  }));
const epochs = 8;
const { best } = await fit(model, data, {
  epochs,
  loss: (t, y) => tf.losses.meanSquaredError(t, y),
  metrics: { error: (t, y) => tf.mean(tf.abs(tf.sub(t, y))) },
  optimizer: { learningRate: 0.05 },
  schedule: { kind: "poly" },
  movingAverage: { decay: 0.9 },
  accumulate: 4,
  seed: 3,
  monitor: { metric: "loss", mode: "min" },
  checkpoint: checkpoints(join(folder, "checkpoints"), { everySteps: 2, configuration: { size: [5, 7] } }),
  callbacks: [
    { onTrainingStart: ({ epoch, step }) => console.log(`starts at ${epoch * 6 + step}`) },
    csvLog(join(folder, "epochs.csv")),
    tensorBoardLog(join(folder, "events")),
    { onStep: ({ epoch, step }) => console.log(`step ${epoch * 6 + step}`) },
  ],
});
const hash = createHash("sha256");
for (const weight of model.getWeights()) hash.update(new Uint8Array((await weight.data()).slice().buffer));
console.log(`best ${best.epoch}, weights ${hash.digest("hex")}`);
