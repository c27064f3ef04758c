// A model of 32 × 32 pixels segments slices of 96 × 96: what overlap, Gaussian weights and mirrored views change.
import { writeFile } from "node:fs/promises";
import "@ddl/backend-simd";
import { Random } from "@ddl/core";
import { phantomLgg, preprocess } from "@ddl/datasets";
import { diceCrossEntropy } from "@ddl/losses";
import { diceScore } from "@ddl/metrics";
import { fit } from "@ddl/training";
import { slidingWindow, testTimeAugmentation, thresholdMask, unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { blue, pictureOf, yellow } from "./picture.mjs";

const [output = "windows.png"] = process.argv.slice(2);
await tf.setBackend("simd");

const patch = 32;
const set = phantomLgg({ patients: 8, seed: 4, size: 96, slices: 16 });
const prepare = async ({ id }) => preprocess(await set.volume(id), { size: 96 });
const [unseen, ...patients] = await Promise.all(set.patients.map(prepare));

const lesions = patients.map(({ mask }) => [...mask.data.keys()].filter((i) => mask.data[i] !== 0));

/** Patches of training, every second one around a voxel of a lesion. */
function* patches(epoch, { skip, seed }) {
  for (let step = skip; step < 25; step++) {
    const random = Random.fromSeed(seed).fork(epoch).fork(step);
    const images = ndarray(new Float32Array(16 * patch * patch * 3), [16, patch, patch, 3]);
    const masks = ndarray(new Float32Array(16 * patch * patch), [16, patch, patch, 1]);
    for (let k = 0; k < 16; k++) {
      const patient = random.integer(patients.length);
      const { image, mask } = patients[patient];
      const voxels = lesions[patient];
      const at = k % 2 === 0 ? voxels[random.integer(voxels.length)] : random.integer(mask.size);
      const [slice, row, column] = [Math.floor(at / 96 ** 2), Math.floor(at / 96) % 96, at % 96];
      const [top, left] = [row, column].map((at) => Math.min(Math.max(at - patch / 2, 0), 96 - patch));
      for (let r = 0; r < patch; r++) {
        for (let c = 0; c < patch; c++) {
          masks.set(k, r, c, 0, mask.get(slice, top + r, left + c));
          for (let m = 0; m < 3; m++) images.set(k, r, c, m, image.get(slice, top + r, left + c, m));
        }
      }
    }
    yield { images, masks, ids: [`${epoch}/${step}`] };
  }
}

const model = unet({ inputShape: [patch, patch, 3], depth: 2, baseFilters: 8, seed: 1 });
await fit(model, patches, {
  epochs: 6,
  loss: (masks, logits) => diceCrossEntropy(masks, logits, { fromLogits: true }),
  optimizer: { learningRate: 0.003 },
  schedule: { kind: "poly" },
  seed: 1,
});

// The whole volume, slice by slice. The border of the image goes on beyond it, since zero is brighter than its background.
const ways = {
  "no overlap": [model, { overlap: 0, blend: "constant" }],
  "half overlap, constant": [model, { overlap: 0.5, blend: "constant" }],
  "half overlap, Gaussian": [model, { overlap: 0.5, blend: "gaussian" }],
  "the same, mirrored views": [testTimeAugmentation(model), { overlap: 0.5, blend: "gaussian" }],
};
const middle = 8;
const panels = [];
for (const [way, [predictor, options]] of Object.entries(ways)) {
  const whole = { patch: [patch, patch], batch: 16, border: "edge", activation: "sigmoid", ...options };
  const probability = await slidingWindow(predictor, unseen.image, whole);
  const found = thresholdMask(probability, { largestComponent: true });
  console.log(`${way}: Dice ${diceScore(unseen.mask, found).toFixed(3)}`);
  panels.push({
    image: probability.pick(middle, null, null, 0),
    outlines: [
      { set: unseen.mask.pick(middle, null, null), color: yellow },
      { set: found.pick(middle, null, null), color: blue },
    ],
  });
}
await writeFile(output, pictureOf(panels, 3));
console.log(`${output}: the probability of each, truth yellow, found blue`);
