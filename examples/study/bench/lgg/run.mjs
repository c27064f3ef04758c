// node --experimental-wasm-relaxed-simd examples/study/bench/lgg/run.mjs <folder> [--fold held-out|0…4] [--minutes 30] [--side both|ddl|torch]
//   [--network unet|unet-resnet18|trans-res-unet|deformable-unet]
//
// Trains a network on the LGG set by one recipe here and, the plain U-Net, in torch, from the same initial weights and for the same time on
// two threads, and scores volumes of patients kept apart. The folder keeps prepared data between runs. `held-out` keeps apart the five
// patients whose folder names have the smallest SHA-256 of `val-<name>`; a number is a fold of a cross-validation over all patients.
// Results are bench/lgg/results/<network>/<fold>.json, and a table of all of them in README.md there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { decodeSafetensors, encodeSafetensors, exportWeights } from "@ddl/backbones/weights";
import { registerSimdBackend, simdStatus } from "@ddl/backend-simd";
import { createBatchSource, preprocess } from "@ddl/datasets";
import { openLgg } from "@ddl/datasets/lgg";
import "@ddl/deform-conv/simd";
import { diceCrossEntropy } from "@ddl/losses";
import { createOptimizer, fit } from "@ddl/training";
import { deformableUnet, slidingWindow, testTimeAugmentation, thresholdMask, transResUnet, unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { writeTables } from "./tables.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fold: { type: "string", default: "held-out" },
    minutes: { type: "string", default: "30" },
    side: { type: "string" },
    network: { type: "string", default: "unet" },
    data: { type: "string", default: join(here, "../../../../../shared/data/kaggle_3m") },
  },
});
if (positionals.length !== 1) throw new Error("run.mjs: expected one folder for the prepared data.");
const minutes = Number(given.minutes);
const threads = 2;
const seed = 1;
const baseFilters = 16;
const folds = 5;
/** Of about two million parameters, but for the one on ResNet-18. */
const networks = {
  unet: (options) => unet.buda({ ...options, baseFilters, output: "logits" }),
  "unet-resnet18": (options) => unet({ ...options, encoder: "resnet18", baseFilters }),
  "trans-res-unet": (options) => transResUnet({ ...options, baseFilters }),
  "deformable-unet": (options) =>
    deformableUnet({ ...options, baseFilters, modulated: true, deformableLevels: [3, 4, 5] }),
};
const network = oneOf("network", given.network, Object.keys(networks));
const side = oneOf("side", given.side ?? (network === "unet" ? "both" : "ddl"), ["both", "ddl", "torch"]);
if (network !== "unet" && side !== "ddl")
  throw new Error(`run.mjs: --side must be ddl for ${network}: torch has U-Net alone.`);
const recipe = JSON.parse(readFileSync(join(here, "recipe.json"), "utf8"));
const folder = resolve(positionals[0]);
mkdirSync(folder, { recursive: true });

registerSimdBackend({ threads });
await tf.setBackend("simd");

const dataFile = join(folder, "data.safetensors");
if (!existsSync(dataFile)) await prepareData();
const { tensors } = decodeSafetensors(readFileSync(dataFile), dataFile);
const patients = [...new Set([...tensors.keys()].map((name) => name.split("/")[0]))].sort();
const task = { seed, baseFilters, recipe, ...splitOf(given.fold) };

const inputShape = [recipe.size, recipe.size, 3];
const model = networks[network]({ inputShape, seed });
if (side !== "ddl") {
  writeFileSync(join(folder, "task.json"), JSON.stringify(task));
  writeFileSync(join(folder, "initial.safetensors"), encodeSafetensors({ tensors: await exportWeights(model) }));
}

const sides = {};
if (side !== "torch") sides.ddl = await trainHere();
if (side !== "ddl") sides.torch = trainInTorch();
const file = join(here, "results", network, `${given.fold}.json`);
const { sides: earlier, ...old } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
mkdirSync(join(here, "results", network), { recursive: true });
const machine = {
  cpu: cpus()[0].model.trim(),
  cores: cpus().length,
  node: process.version,
  threads: simdStatus().threads,
};
const record = { date: new Date().toISOString(), ...machine, minutes, recipe, split: splitOf(given.fold) };
// The other side's result stays only if it is of the same recipe and time.
const isSame = JSON.stringify([old.minutes, old.recipe, old.split]) === JSON.stringify([minutes, recipe, record.split]);
const kept = isSame ? earlier : {};
writeFileSync(file, `${JSON.stringify({ ...record, sides: { ...kept, ...sides } }, null, 2)}\n`);
console.log(writeTables(join(here, "results")));
process.exit(0);

function oneOf(name, value, known) {
  if (known.includes(value)) return value;
  throw new Error(`run.mjs: --${name} must be one of ${known.join(", ")}; received ${value}.`);
}

/** Patients to train on and to score. */
function splitOf(fold) {
  const by = (text) => createHash("sha256").update(text).digest("hex");
  if (fold === "held-out") {
    const order = [...patients].sort((a, b) => (by(`val-${a}`) < by(`val-${b}`) ? -1 : 1));
    return { train: patients.filter((id) => !order.slice(0, 5).includes(id)), validation: order.slice(0, 5) };
  }
  const number = Number(fold);
  if (!Number.isInteger(number) || number < 0 || number >= folds) {
    throw new Error(`run.mjs: --fold must be held-out or 0 to ${folds - 1}; received ${fold}.`);
  }
  const order = [...patients].sort((a, b) => (by(`fold-${a}`) < by(`fold-${b}`) ? -1 : 1));
  const validation = order.filter((_, k) => k % folds === number);
  return { train: patients.filter((id) => !validation.includes(id)), validation };
}

/** Every patient on the study's grid, z-scored. */
async function prepareData() {
  const set = await openLgg(given.data);
  const prepared = new Map();
  for (const { id } of set.patients) {
    const { image, mask } = preprocess(await set.volume(id), { size: recipe.size });
    prepared.set(`${id}/image`, { shape: image.shape, values: image.data });
    prepared.set(`${id}/mask`, { shape: mask.shape, values: mask.data });
  }
  writeFileSync(dataFile, encodeSafetensors({ tensors: prepared }));
}

function volumeOf(id) {
  const of = (key) => tensors.get(`${id}/${key}`);
  return {
    id,
    image: ndarray(of("image").values, of("image").shape),
    mask: ndarray(of("mask").values, of("mask").shape),
  };
}

async function trainHere() {
  const source = await createBatchSource(task.train.map(volumeOf));
  const validation = task.validation.map(volumeOf);
  const budget = minutes * 60;
  const { learningRate, finalLearningRate: low } = recipe;
  let spent = 0;
  let steps = 0;
  let losses = [];
  let dice = {};
  const curve = [];
  const adam = createOptimizer({ kind: "adam", learningRate });
  // The rate goes by the share of the time that is over: neither side knows how many steps it will make.
  const timed = {
    learningRate,
    description: "Adam by time",
    step(updates) {
      const share = Math.min(1, spent / budget);
      adam.step(updates, low + ((learningRate - low) * (1 + Math.cos(Math.PI * share))) / 2);
    },
    save: () => adam.save(),
    restore: (state) => adam.restore(state),
    dispose: () => adam.dispose(),
  };
  async function* data(epoch) {
    const options = { batchSize: recipe.batchSize, seed, steps: 1_000_000, augmentation: recipe.augmentation };
    const start = spent;
    const began = performance.now();
    for await (const batch of source.epoch(epoch, options)) {
      spent = start + (performance.now() - began) / 1000;
      if (spent >= (budget * (epoch + 1)) / recipe.evaluations) return;
      steps++;
      yield batch;
    }
  }
  await fit(model, data, {
    epochs: recipe.evaluations,
    loss: (masks, logits) => diceCrossEntropy(masks, logits, { fromLogits: true, over: "all", smooth: 1 }),
    optimizer: timed,
    movingAverage: { decay: recipe.averageDecay },
    seed,
    onProgress: ({ loss }) => {
      losses = [...losses.slice(-49), loss];
    },
    validate: async (average) => {
      dice = {};
      for (const { id, image, mask } of validation) dice[id] = await score(average, image, mask);
      const mean = meanOf(Object.values(dice));
      curve.push({ minutes: spent / 60, steps, loss: meanOf(losses), dice: mean });
      const { loss } = curve.at(-1);
      console.log(
        `ddl: ${(spent / 60).toFixed(1)} min, ${steps} steps, loss ${loss.toFixed(4)}, Dice ${mean.toFixed(4)}`,
      );
      return { dice: mean };
    },
  });
  adam.dispose();
  await source.close();
  return { steps, seconds: spent, curve, dice };
}

/** Dice of a volume: the mean of an image and its mirror image, the largest component. */
async function score(average, image, mask) {
  const predict = testTimeAugmentation(average, { axes: [1], activation: "sigmoid" });
  const probability = await slidingWindow(predict, image, { patch: [recipe.size, recipe.size], batch: 8 });
  const predicted = thresholdMask(probability, { threshold: 0.5, largestComponent: true });
  let both = 0;
  let total = 0;
  for (let i = 0; i < mask.data.length; i++) {
    both += predicted.data[i] & mask.data[i];
    total += predicted.data[i] + mask.data[i];
  }
  return total === 0 ? 1 : (2 * both) / total;
}

/**
 * With torch at its best: C's allocator keeps what is freed, so that fresh pages, dear on a virtual machine, are touched once; and
 * OpenBLAS finds out the processor by itself.
 */
function trainInTorch() {
  const words = [join(here, "torch_recipe.py"), folder, String(minutes), String(threads)];
  const env = { ...process.env, MALLOC_MMAP_MAX_: "0", MALLOC_TRIM_THRESHOLD_: "4000000000" };
  env.OPENBLAS_NUM_THREADS = String(threads);
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const { status } = spawnSync("/usr/bin/python3", words, { stdio: "inherit", env });
  if (status !== 0) throw new Error(`run.mjs: torch_recipe.py ended with ${status}.`);
  return JSON.parse(readFileSync(join(folder, "torch.json"), "utf8"));
}

function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
