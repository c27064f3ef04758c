// A checkpoint of PyTorch's in a model of tf.layers: the same logits, and the way back.
import "@ddl/backend-simd";
import { readFile, writeFile } from "node:fs/promises";
import { batchNormalization, convolution2D, maxPooling2D, resize2D } from "@ddl/backbones/layers";
import { decodeTorchCheckpoint, encodeSafetensors, exportWeights, loadWeights } from "@ddl/backbones/weights";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";

await tf.setBackend("simd");
const [output] = process.argv.slice(2);

// The network of network.py. Each layer has the name of PyTorch's module: that is all that loadWeights needs.
const relu = (x) => tfl.layers.reLU().apply(x);
const normalized = (x, name) => batchNormalization({ name }).apply(x);
const convolved = (x, filters, kernelSize, name, options) =>
  convolution2D({ filters, kernelSize, padding: (kernelSize - 1) / 2, useBias: false, name, ...options }).apply(x);

const image = tfl.input({ shape: [null, null, 3] });
const stem = normalized(convolved(image, 8, 5, "conv1", { strides: 2 }), "bn1");
const pooled = maxPooling2D({ poolSize: 3, strides: 2, padding: 1 }).apply(stem);
let y = relu(normalized(convolved(pooled, 8, 3, "layer1.0.conv1"), "layer1.0.bn1"));
y = normalized(convolved(y, 8, 3, "layer1.0.conv2"), "layer1.0.bn2");
y = relu(tfl.layers.add().apply([y, pooled]));
y = relu(tfl.layers.conv2dTranspose({ filters: 6, kernelSize: 2, strides: 2, name: "up" }).apply(y));
y = resize2D({ scale: 2, mode: "bilinear" }).apply(y);
const head = convolved(y, 2, 1, "head", { useBias: true });
const model = tfl.model({ inputs: image, outputs: head });

// Nothing in the file is run: a pickle that asks for more than tensors is refused.
const { tensors, content } = decodeTorchCheckpoint(
  await readFile(new URL("network.pt", import.meta.url)),
  "network.pt",
);
loadWeights(model, tensors);
console.log(`${tensors.size} tensors of network.pt loaded`);

// The checkpoint holds an image and torch's logits too, channels first.
const channelsLast = (name) => {
  const { values, shape } = content.get(name);
  return tf.transpose(tf.tensor(values, shape), [0, 2, 3, 1]);
};
const difference = tf.tidy(() => {
  const logits = model.predict(channelsLast("image"));
  return tf.max(tf.abs(tf.sub(logits, channelsLast("logits"))));
});
console.log(`largest difference to torch's logits ${(await difference.data())[0].toExponential(1)}`);

// And back, for torch's load_state_dict(safetensors.torch.load_file(…)).
const exported = await exportWeights(model);
const same = [...tensors].every(([name, { shape, values }]) => {
  const back = exported.get(name);
  const counter = name.endsWith("num_batches_tracked"); // the model has no use for it
  return back.shape.join() === shape.join() && (counter || values.every((value, i) => value === back.values[i]));
});
console.log(`exported ${same ? "unchanged" : "with changes"}`);
if (output !== undefined) {
  await writeFile(output, encodeSafetensors({ tensors: exported, metadata: { format: "pt" } }));
  console.log(`${output} written`);
}
