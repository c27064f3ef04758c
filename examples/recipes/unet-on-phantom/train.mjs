// A U-Net with attention gates and deep supervision that learns to find lesions in synthetic brain MRI, and a picture of what it finds.
import { writeFile } from "node:fs/promises";
import "@ddl/backend-simd";
import { createBatchSource, phantomLgg, preprocess, splitByPatient } from "@ddl/datasets";
import { deepSupervision, diceCrossEntropy } from "@ddl/losses";
import { diceScore, summarize } from "@ddl/metrics";
import { fit } from "@ddl/training";
import { segment, testTimeAugmentation, unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import { blue, pictureOf, yellow } from "./picture.mjs";

const [output = "lesions.png"] = process.argv.slice(2);
await tf.setBackend("simd");

const size = 64;
const set = phantomLgg({ patients: 12, seed: 3, size });
const { train, test } = splitByPatient(set.patients, {
  fractions: { train: 0.75, validation: 0, test: 0.25 },
  seed: 1,
});
const prepared = async (ids) =>
  Promise.all(ids.map(async (id) => ({ id, ...preprocess(await set.volume(id), { size }) })));

// Three heads: of the whole size, of its half and of its quarter.
const model = unet({
  ...{ inputShape: [size, size, 3], depth: 3, baseFilters: 8, seed: 1 },
  ...{ attention: "gate", deepSupervision: true },
});
const source = await createBatchSource(await prepared(train));
const epochs = 4;
const steps = 20;
await fit(
  model,
  (epoch, { skip, seed }) =>
    source.epoch(epoch, { batchSize: 8, steps, seed, firstStep: skip, sampling: "lesion-weighted" }),
  {
    epochs,
    loss: deepSupervision((masks, logits) => diceCrossEntropy(masks, logits, { fromLogits: true }), "nnunet"),
    optimizer: { learningRate: 0.003 },
    schedule: { kind: "poly" },
    seed: 1,
    onProgress: ({ epoch, step, loss }) => {
      if (step === steps) console.log(`epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(3)}`);
    },
  },
);
await source.close();

// The finest head alone, over every mirror image of each slice.
const predictor = testTimeAugmentation(model);
const scores = [];
const panels = [];
for (const { image, mask } of await prepared(test)) {
  const found = await segment(predictor, image, { patch: [size, size], batch: 8, largestComponent: true });
  scores.push(diceScore(mask, found));
  // The slice with most of the lesion.
  const areas = Array.from({ length: image.shape[0] }, (_, slice) => sum(mask.pick(slice, null, null)));
  const slice = areas.indexOf(Math.max(...areas));
  panels.push({
    image: image.pick(slice, null, null, 1),
    outlines: [
      { set: mask.pick(slice, null, null), color: yellow },
      { set: found.pick(slice, null, null), color: blue },
    ],
  });
}
await writeFile(output, pictureOf(panels, 4));
console.log(
  `test Dice ${summarize(scores).mean.toFixed(3)} over ${scores.length} patients; ${output}: truth yellow, found blue`,
);

function sum(set) {
  let total = 0;
  for (let row = 0; row < set.shape[0]; row++) {
    for (let column = 0; column < set.shape[1]; column++) total += set.get(row, column);
  }
  return total;
}
