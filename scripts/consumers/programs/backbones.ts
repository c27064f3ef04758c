import "@tensorflow/tfjs-backend-cpu";
import { resnet18 } from "@ddl/backbones";
import { batchNormalization, convolution2D, maxPooling2D } from "@ddl/backbones/layers";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await tf.setBackend("cpu");
const encoder = resnet18({ inputShape: [32, 48, 1], norm: "instance" });
const pyramid = encoder.predict(tf.ones([1, 32, 48, 1])) as tf.Tensor[];

// A model of the layers takes a step, is saved, and is the same when it is loaded.
const image = tfl.input({ shape: [6, 8, 2] });
let y = convolution2D({ filters: 4, kernelSize: 3, padding: 1, dilations: 1, groups: 2, name: "conv1" }).apply(image);
y = batchNormalization({ name: "bn1" }).apply(y) as tfl.SymbolicTensor;
y = maxPooling2D({ poolSize: 3, strides: 2, padding: 1 }).apply(y) as tfl.SymbolicTensor;
const model = tfl.model({ inputs: image, outputs: y });
model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
const x = tf.tensor([...Array(96).keys()].map(Math.sin), [1, 6, 8, 2]);
const before = [...(model.getWeights()[0] as tf.Tensor).dataSync()];
await model.trainOnBatch(x, tf.ones([1, 3, 4, 4]));
const moved = before.some((value, k) => value !== (model.getWeights()[0] as tf.Tensor).dataSync()[k]);
let saved: tf.io.ModelArtifacts = {};
const handler = tf.io.withSaveHandler(async (artifacts) => {
  saved = artifacts;
  return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
});
await model.save(handler);
const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved));
const [own, other] = [model, loaded].map((one) => [...(one.predict(x) as tf.Tensor).dataSync()].join());
console.log(pyramid.map(({ shape }) => shape.slice(1).join("x")).join(" "), moved, own === other);
