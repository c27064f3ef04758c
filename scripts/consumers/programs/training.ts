import "@tensorflow/tfjs-backend-cpu";
import { decodeCheckpoint, encodeCheckpoint, fit } from "@ddl/training";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";

await tf.setBackend("cpu");
const model = tfl.sequential({ layers: [tfl.layers.conv2d({ inputShape: [4, 6, 1], filters: 1, kernelSize: 1 })] });
const images = ndarray(
  Float32Array.from({ length: 24 }, (_, i) => i / 24),
  [1, 4, 6, 1],
);
const files: Uint8Array[] = [];
await fit(model, () => [{ images, masks: images, ids: ["ramp"] }], {
  epochs: 2,
  loss: (masks, outputs) => tf.losses.meanSquaredError(masks, outputs) as tf.Scalar,
  callbacks: [{ onEpochEnd: async (_, state) => void files.push(await encodeCheckpoint(await state())) }],
});
const { position, history } = await decodeCheckpoint(files.at(-1)!);
console.log(position.epoch, history[1]!.loss < history[0]!.loss);
