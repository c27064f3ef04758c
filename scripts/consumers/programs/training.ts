import "@tensorflow/tfjs-backend-cpu";
import { decodeCheckpoint, encodeCheckpoint, fit, pickBackend, trackProgress } from "@ddl/training";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";

const { name } = await pickBackend({ prefer: "cpu" });
const build = (): tfl.LayersModel =>
  tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [4, 6, 1], filters: 3, kernelSize: 3, padding: "same", name: "first" }),
      tfl.layers.batchNormalization({ name: "norm" }),
      tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: "last" }),
    ],
  });
const model = build();
const images = ndarray(
  Float32Array.from({ length: 24 }, (_, i) => i / 24),
  [1, 4, 6, 1],
);
const files: Uint8Array[] = [];
const parts: (number | undefined)[] = [];
const data = () => [{ images, masks: images, ids: ["ramp"] }];
const loss = (masks: tf.Tensor, outputs: tf.Tensor) => tf.losses.meanSquaredError(masks, outputs) as tf.Scalar;
await fit(model, data, {
  epochs: 1,
  loss,
  callbacks: [
    trackProgress(({ done }) => void parts.push(done)),
    { onEpochEnd: async (_record, state) => void files.push(await encodeCheckpoint(await state())) },
  ],
});
// Saved and loaded as a model of tfjs, and as a checkpoint, it computes the same.
let artifacts: tf.io.ModelArtifacts | undefined;
await model.save(
  tf.io.withSaveHandler(async (given) => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
  }),
);
const loaded = await tfl.loadLayersModel(tf.io.fromMemory(artifacts!));
const restored = build();
await fit(restored, data, { epochs: 1, loss, resume: await decodeCheckpoint(files[0]!) });
const ramp = tf.tensor(images.data, [1, 4, 6, 1]);
const outputs = [model, loaded, restored].map((one) => Array.from((one.predict(ramp) as tf.Tensor).dataSync()).join());
console.log(name, parts.at(-1), outputs[1] === outputs[0], outputs[2] === outputs[0], new Set(outputs).size);
