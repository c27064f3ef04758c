// Where a deformable convolution looks: while it learns to find lesions its nine samples move. A picture shows them before and after.
import "@ddl/backend-simd";
import { writeFile } from "node:fs/promises";
import { createBatchSource, phantomLgg, preprocess } from "@ddl/datasets";
import { DeformConv2D, samplePoints } from "@ddl/deform-conv/layers";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { blue, green, Picture, red, yellow } from "./picture.mjs";

await tf.setBackend("simd");

const size = 48;
const set = phantomLgg({ patients: 6, seed: 1, size, slices: 12 });
const volume = async ({ id }) => ({ id, ...preprocess(await set.volume(id), { size }) });
const [unseen, ...training] = await Promise.all(set.patients.map(volume));

const start = (seed) => ({ padding: "same", kernelInitializer: tfl.initializers.glorotUniform({ seed }) });
const input = tfl.input({ shape: [size, size, 3] });
const first = tfl.layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu", ...start(1) }).apply(input);
const layer = new DeformConv2D({ filters: 6, kernelSize: 3, activation: "relu", ...start(2) });
const last = tfl.layers.conv2d({ filters: 1, kernelSize: 1, activation: "sigmoid", ...start(3) });
const model = tfl.model({ inputs: input, outputs: last.apply(layer.apply(first)) });
const features = tfl.model({ inputs: input, outputs: first });

// The slice with most of the lesion, and three pixels of it: amid the lesion, on its upper rim, and in the other half of the brain.
const lesionOf = (slice) => {
  const at = [];
  for (let k = 0; k < size * size; k++) {
    const [row, column] = [Math.floor(k / size), k % size];
    if (unseen.mask.get(slice, row, column) > 0) at.push([row, column]);
  }
  return at;
};
const slices = Array.from({ length: unseen.mask.shape[0] }, (_, k) => k);
const slice = slices.reduce((a, b) => (lesionOf(b).length > lesionOf(a).length ? b : a));
const lesion = lesionOf(slice);
const middle = [0, 1].map((axis) => Math.round(lesion.reduce((sum, at) => sum + at[axis], 0) / lesion.length));
const pixels = [middle, lesion[0], [middle[0], size - 1 - middle[1]]];
const image = tf.slice(tf.tensor(unseen.image.data, unseen.image.shape), [slice, 0, 0, 0], [1, -1, -1, -1]);

/** Of each pixel, the places of the nine samples, [[row, column], …]. */
const placesOf = async () => {
  const points = await samplePoints(layer, features.predict(image)).array();
  return pixels.map(([row, column]) => points[0][row][column]);
};

const before = await placesOf();
model.compile({ optimizer: tf.train.adam(0.02), loss: "binaryCrossentropy" });
const source = await createBatchSource(training);
const losses = [];
for await (const { images, masks } of source.epoch(0, { batchSize: 2, steps: 60, seed: 1 })) {
  const [x, y] = [images, masks].map(({ data, shape }) => tf.tensor(data, shape));
  losses.push(await model.trainOnBatch(x, y));
  tf.dispose([x, y]);
}
await source.close();
const after = await placesOf();

const mean = (values) => values.reduce((a, b) => a + b) / values.length;
const moves = after.map((places, k) =>
  mean(places.map(([y, x], p) => Math.hypot(y - before[k][p][0], x - before[k][p][1]))),
);
console.log(
  `loss ${mean(losses.slice(0, 10)).toFixed(3)}, after ${losses.length} steps ${mean(losses.slice(-10)).toFixed(3)}`,
);
console.log(`samples moved by ${moves.map((move) => move.toFixed(1)).join(", ")} pixels`);

// Each pixel that was asked about is a square, its samples are discs of the same colour.
const [output = "deform-conv-samples.png"] = process.argv.slice(2);
const scale = 12;
const picture = new Picture(size * scale, 2 * size * scale + 12);
for (const [k, places] of [before, after].entries()) {
  const left = k * (size * scale + 12);
  picture.image(unseen.image.pick(slice, null, null, 1), 0, left, scale);
  picture.outline(unseen.mask.pick(slice, null, null), 0, left, scale, green);
  for (const [n, color] of [yellow, blue, red].entries()) {
    picture.box(pixels[n][0] * scale, left + pixels[n][1] * scale, scale, scale, color);
    for (const [y, x] of places[n]) picture.disc((y + 0.5) * scale, left + (x + 0.5) * scale, 5, color);
  }
}
await writeFile(output, picture.png());
console.log(`${output} written`);
