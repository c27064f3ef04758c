// Features under boxes: a slice, a tight and a wide box around its lesion, and what roiAlign cuts out of two feature maps of half the size.
import "@tensorflow/tfjs-backend-cpu";
import { writeFile } from "node:fs/promises";
import { phantomLgg } from "@ddl/datasets";
import { roiAlign } from "@ddl/deform-conv";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { blue, Picture, yellow } from "./picture.mjs";

await tf.setBackend("cpu");

const size = 128;
const set = phantomLgg({ patients: 6, seed: 1, size, slices: 24 });
const { image, mask } = await set.volume(set.patients[1].id);
const [flair, lesion] = [image.pick(15, null, null, 1), mask.pick(15, null, null)];

// The rows and columns that the lesion touches; edges lie between pixels, [x1, y1, x2, y2].
const touched = Array.from({ length: size }, (_, k) => k).map((k) => {
  const along = Array.from({ length: size }, (_, n) => n);
  return [along.some((n) => lesion.get(n, k) > 0), along.some((n) => lesion.get(k, n) > 0)];
});
const tight = [
  ...[0, 1].map((axis) => touched.findIndex((each) => each[axis])),
  ...[0, 1].map((axis) => touched.findLastIndex((each) => each[axis]) + 1),
];
const [width, height] = [tight[2] - tight[0], tight[3] - tight[1]];
const wide = [tight[0] - width / 2, tight[1] - height / 2, tight[2] + width / 2, tight[3] + height / 2];

// Two features at half the resolution, as a network makes them: the mean of 2 × 2 pixels, and how steep that is.
const features = tf.tidy(() => {
  const values = Float32Array.from({ length: size * size }, (_, k) => flair.get(Math.floor(k / size), k % size));
  const small = tf.avgPool(tf.tensor4d(values, [1, size, size, 1]), 2, 2, "valid");
  const slope = (filter, shape) => tf.conv2d(small, tf.tensor4d(filter, shape), 1, "same");
  const steepness = tf.sqrt(
    tf.add(tf.square(slope([-1, 0, 1], [3, 1, 1, 1])), tf.square(slope([-1, 0, 1], [1, 3, 1, 1]))),
  );
  return tf.concat([small, steepness], 3);
});

// Boxes are in pixels of the slice: spatialScale says that the features have half as many.
const bins = 14;
const boxes = tf.tensor([tight, wide].map((box) => [0, ...box]));
const crops = roiAlign(features, boxes, { outputSize: bins, spatialScale: 0.5, samplingRatio: 2, aligned: true });
console.log(`${crops.shape.join(" × ")}: boxes, rows, columns, features`);
const cropped = ndarray(await crops.data(), crops.shape);
for (const [k, name] of ["tight", "wide"].entries()) {
  const sum = Array.from({ length: bins * bins }, (_, n) => cropped.get(k, Math.floor(n / bins), n % bins, 0));
  console.log(`${name}: FLAIR ${(sum.reduce((a, b) => a + b) / sum.length).toFixed(3)} on average`);
}

// The slice with its boxes, and beside it a row for each box, a column for each feature.
const [output = "roi-align.png"] = process.argv.slice(2);
const [scale, binScale, gap] = [4, 18, 8];
const picture = new Picture(size * scale, size * scale + 2 * (bins * binScale + gap));
picture.image(flair, 0, 0, scale);
for (const [k, [box, color]] of [
  [tight, yellow],
  [wide, blue],
].entries()) {
  const [x1, y1, x2, y2] = box.map((edge) => Math.round(edge * scale));
  picture.box(y1, x1, y2 - y1, x2 - x1, color);
  for (const feature of [0, 1]) {
    const top = k * (bins * binScale + gap);
    const left = size * scale + gap + feature * (bins * binScale + gap);
    picture.image(cropped.pick(k, null, null, feature), top, left, binScale);
    picture.box(top, left, bins * binScale, bins * binScale, color);
  }
}
await writeFile(output, picture.png());
console.log(`${output} written`);
