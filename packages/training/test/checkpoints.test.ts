import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FitOptions, TrainingBatch, TrainingCallback } from "@ddl/training";
import { decodeCheckpoint, fit } from "@ddl/training";
import type { CheckpointOptions, DamagedCheckpoint } from "@ddl/training/node";
import { checkpoints } from "@ddl/training/node";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

let folder = "";
beforeAll(async () => {
  await tf.setBackend("cpu");
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ddl-checkpoints-"));
});
afterEach(() => rm(folder, { recursive: true }));

const tinyModel = (): LayersModel => {
  const kernelInitializer = tfl.initializers.constant({ value: 0.5 });
  const layers = [
    tfl.layers.dense({ inputShape: [2, 3, 2], units: 3, kernelInitializer, activation: "tanh" }),
    tfl.layers.dropout({ rate: 0.25 }),
    tfl.layers.dense({ units: 1, kernelInitializer }),
  ];
  for (const [k, layer] of layers.entries()) layer.name = `layer${k}`;
  return tfl.sequential({ layers });
};

const wave = (shape: number[], phase: number): ndarray.NdArray<Float32Array> =>
  ndarray(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  );

/** Four batches an epoch. */
const data = (epoch: number): TrainingBatch[] =>
  Array.from({ length: 4 }, (_, step) => ({
    images: wave([2, 2, 3, 2], 10 * epoch + step),
    masks: wave([2, 2, 3, 1], 10 * epoch + step + 5),
    ids: [`${epoch}-${step}-a`, `${epoch}-${step}-b`],
  }));

const loss = (t: tf.Tensor, y: tf.Tensor): tf.Scalar => tf.losses.meanSquaredError(t, y) as tf.Scalar;
const scores = [0.5, 0.9, 0.7, 0.9, 0.1];
const options: FitOptions = {
  epochs: 5,
  loss,
  optimizer: { learningRate: 0.03 },
  schedule: { kind: "cosine" },
  seed: 7,
  validate: async (_model, epoch) => ({ dice: scores[epoch]! }),
  monitor: { metric: "dice", mode: "max" },
};

const files = async (): Promise<string[]> => (await readdir(folder)).sort();
const name = (epoch: number, step = 0): string =>
  `checkpoint-${String(epoch).padStart(5, "0")}-${String(step).padStart(7, "0")}.safetensors`;

async function bytes(model: LayersModel): Promise<string[]> {
  const values = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return values.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("base64"));
}

/** A callback that ends the training with an error after so many batches. */
function stopAfter(batches: number): TrainingCallback {
  let count = 0;
  return {
    onStep() {
      if (++count === batches) throw new Error("enough");
    },
  };
}

async function trainUntil(batches: number, given: CheckpointOptions = {}): Promise<void> {
  const training = fit(tinyModel(), data, {
    ...options,
    callbacks: [stopAfter(batches)],
    checkpoint: checkpoints(folder, given),
  });
  await expect(training).rejects.toThrow("enough");
}

describe("a training with checkpoints", () => {
  test("that stopped anywhere goes on to the weights and history of an undisturbed one", async () => {
    const whole = tinyModel();
    const expected = await fit(whole, data, options);
    const tensors = tf.memory().numTensors;
    for (const batches of [2, 1, 5, 7]) await trainUntil(batches, { everySteps: 3 });
    // Stopped after 2; after 1; after 5, with a checkpoint behind the third; and after 7 more.
    expect((await files()).filter((file) => file.startsWith("checkpoint-"))).toEqual([name(1), name(1, 3), name(2)]);
    const model = tinyModel();
    expect(await fit(model, data, { ...options, checkpoint: checkpoints(folder, { everySteps: 3 }) })).toEqual(
      expected,
    );
    expect(await bytes(model)).toEqual(await bytes(whole));
    expect(expected.best).toEqual({ epoch: 1, score: 0.9 });
    // The finished training is only read.
    const again = tinyModel();
    expect(await fit(again, data, { ...options, checkpoint: checkpoints(folder) })).toEqual(expected);
    expect(await bytes(again)).toEqual(await bytes(whole));
    expect(tf.memory().numTensors).toBe(tensors + 2 * model.weights.length + 4 * model.weights.length);
  });

  test("keeps the last and the best, lists them, and leaves other files alone", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    await writeFile(join(folder, "checkpoint-final.safetensors"), "mine");
    const store = checkpoints(folder, { keepLast: 2, keepBest: 2, everySteps: 4 });
    const { history } = await fit(tinyModel(), data, { ...options, checkpoint: store });
    // The scores of epochs 2 and 4 are the best.
    expect(await files()).toEqual(
      [name(2), name(4), name(4, 4), name(5), "checkpoint-final.safetensors", "checkpoints.json", "notes.txt"].sort(),
    );
    const entries = [
      { file: name(2), epoch: 2, step: 0, updates: 8, score: 0.9 },
      { file: name(4), epoch: 4, step: 0, updates: 16, score: 0.9 },
      { file: name(4, 4), epoch: 4, step: 4, updates: 20, score: null },
      { file: name(5), epoch: 5, step: 0, updates: 20, score: 0.1 },
    ];
    expect(await store.list()).toEqual(entries);
    const listed = JSON.parse(await readFile(join(folder, "checkpoints.json"), "utf8"));
    expect(listed).toEqual({ checkpoints: entries, history });
    // What the list has forgotten is in the checkpoints themselves.
    await writeFile(join(folder, "checkpoints.json"), "{ damaged");
    expect(await store.list()).toEqual(entries);
    const state = await store.read(name(2));
    expect(state.position).toEqual({ epoch: 2, step: 0 });
    expect(await decodeCheckpoint(await readFile(join(folder, name(2))))).toEqual(state);
  });

  test("of a metric that is best when small keeps the smallest, the first of equals", async () => {
    const monitor = { metric: "dice", mode: "min" } as const;
    const validate = async (_model: LayersModel, epoch: number) => ({ dice: [3, 1, 2, 1, 4][epoch]! });
    const store = checkpoints(folder, { keepLast: 1, keepBest: 1 });
    await fit(tinyModel(), data, { ...options, validate, monitor, checkpoint: store });
    expect((await store.list()).map(({ epoch }) => epoch)).toEqual([2, 5]);
  });

  test("writes every so many epochs, and the last", async () => {
    const store = checkpoints(folder, { keepLast: 9, keepBest: 0, everyEpochs: 2 });
    await fit(tinyModel(), data, { ...options, checkpoint: store });
    expect((await store.list()).map(({ epoch }) => epoch)).toEqual([2, 4, 5]);
  });

  test("loses nothing when its signal stops it", async () => {
    const whole = tinyModel();
    await fit(whole, data, options);
    const controller = new AbortController();
    let steps = 0;
    const onProgress = (): void => {
      if (++steps === 6) controller.abort(new Error("later"));
    };
    const store = checkpoints(folder);
    const stopped = fit(tinyModel(), data, { ...options, onProgress, checkpoint: store, signal: controller.signal });
    await expect(stopped).rejects.toThrow("later");
    expect((await store.list()).at(-1)).toMatchObject({ epoch: 1, step: 2, updates: 6 });
    const model = tinyModel();
    steps = 100;
    await fit(model, data, { ...options, onProgress: () => steps++, checkpoint: checkpoints(folder) });
    expect(steps).toBe(100 + 14);
    expect(await bytes(model)).toEqual(await bytes(whole));
  });

  test("lists batches that are not finite, and keeps the state before the one that stops it", async () => {
    const bad = (epoch: number): TrainingBatch[] =>
      data(epoch).map((batch, step) => {
        if (step === 2) batch.masks.set(0, 0, 0, 0, Number.NaN);
        return batch;
      });
    const store = checkpoints(folder, { everyEpochs: 5 });
    await expect(fit(tinyModel(), bad, { ...options, checkpoint: store })).rejects.toThrow(
      "fit: the loss must be finite; received NaN in epoch 1, step 3, samples 0-2-a, 0-2-b.",
    );
    expect((await store.list()).at(-1)).toMatchObject({ epoch: 0, step: 2, updates: 2 });
    const skipped = { ...options, epochs: 2, onNonFinite: "skip" } as const;
    await fit(tinyModel(), bad, {
      ...skipped,
      schedule: { kind: "constant" },
      checkpoint: checkpoints(join(folder, "2")),
    });
    const lines = (await readFile(join(folder, "2", "not-finite.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [0, 1].map((epoch) => ({
        ...{ epoch, step: 2, quantity: "loss", value: "NaN", action: "skip" },
        ids: [`${epoch}-2-a`, `${epoch}-2-b`],
      })),
    );
  });
});

describe("a folder of checkpoints", () => {
  test.each([
    ["cut off", (file: string) => truncate(file, 700)],
    ["changed in a number", (file: string) => flip(file, -3)],
    ["empty", (file: string) => truncate(file, 0)],
    ["longer", (file: string) => appendFile(file, "x")],
  ])("passes over a newest one that is %s, says so, and goes on from the one before", async (_how, damage) => {
    const whole = tinyModel();
    const expected = await fit(whole, data, options);
    await trainUntil(14);
    await damage(join(folder, name(3)));
    const told: DamagedCheckpoint[] = [];
    const store = checkpoints(folder, { onDamaged: (one) => told.push(one) });
    const starts: number[] = [];
    const model = tinyModel();
    const callbacks: TrainingCallback[] = [{ onTrainingStart: ({ epoch }) => void starts.push(epoch) }];
    expect(await fit(model, data, { ...options, callbacks, checkpoint: store })).toEqual(expected);
    expect(starts).toEqual([2]);
    expect(told).toEqual([
      { file: join(folder, name(3)), reason: expect.stringContaining(`${join(folder, name(3))} `) },
    ]);
    expect(store.damaged).toEqual(told);
    expect(await bytes(model)).toEqual(await bytes(whole));
    // It was written anew.
    expect((await store.list()).map(({ epoch }) => epoch)).toEqual([2, 3, 4, 5]);
    for (const { file } of await store.list()) await store.read(file);
  });

  test("with damaged ones alone is not begun anew by itself", async () => {
    await trainUntil(10);
    for (const file of [name(1), name(2)]) await truncate(join(folder, file), 99);
    const before = await files();
    const store = checkpoints(folder);
    await expect(fit(tinyModel(), data, { ...options, checkpoint: store })).rejects.toThrow(
      `checkpoints: ${folder} must hold a checkpoint that is not damaged; all 2 are. To begin anew, delete them.`,
    );
    expect(store.damaged.map(({ file }) => file)).toEqual([join(folder, name(2)), join(folder, name(1))]);
    expect(await files()).toEqual(before);
  });

  test("of another configuration is refused, naming what differs, and is left as it was", async () => {
    await trainUntil(6, { configuration: { data: { size: 64, folds: [1, 2] }, note: "a" } });
    const before = await files();
    const given = { configuration: { data: { size: 32, folds: [1, 3] }, net: { depth: 3 } } };
    await expect(fit(tinyModel(), data, { ...options, checkpoint: checkpoints(folder, given) })).rejects.toThrow(
      `checkpoints: ${folder} must be of a training with the same configuration; it differs in data.size: 64 there, 32 here; ` +
        'data.folds: [1, 2] there, [1, 3] here; note: "a" there, nothing here; net: nothing there, { depth } here.',
    );
    // Of other options of fit, too.
    const same = { configuration: { note: "a", data: { folds: [1, 2], size: 64 } } };
    const faster = { ...options, optimizer: { learningRate: 0.5 }, checkpoint: checkpoints(folder, same) };
    await expect(fit(tinyModel(), data, faster)).rejects.toThrow(
      /^fit: the state to resume from must have the same options; it has optimizer/,
    );
    expect(await files()).toEqual(before);
    // Nothing holds the folder.
    await fit(tinyModel(), data, { ...options, checkpoint: checkpoints(folder, same) });
  });

  test("is cleared of what a killed process left, and of nothing else", async () => {
    await trainUntil(6);
    const own = await files();
    for (const left of [`${name(2)}.3735928559`, "checkpoints.json.17", "training-other-0-1.lock.txt"]) {
      await writeFile(join(folder, left), "half");
    }
    const store = checkpoints(folder);
    await store.latest();
    await store.close();
    expect(await files()).toEqual([...own, "training-other-0-1.lock.txt"].sort());
  });

  test("is for one training at a time", async () => {
    const first = checkpoints(folder);
    await first.latest();
    const [lock] = (await files()).filter((file) => file.endsWith(".lock"));
    expect(lock).toMatch(new RegExp(`^training-[\\w.]+-${process.pid}-\\d+\\.lock$`));
    await expect(fit(tinyModel(), data, { ...options, checkpoint: checkpoints(folder) })).rejects.toThrow(
      new RegExp(
        `^checkpoints: ${folder} is in use by process ${process.pid} of .*\\. Wait for it, stop it, or give another folder\\. ` +
          `If that process is no training, delete ${lock} there\\.$`,
      ),
    );
    await first.close();
    expect(await files()).toEqual([]);
    // Of the process that started this one, and of another host: they may live.
    for (const other of [lock!.replace(`-${process.pid}-`, `-${process.ppid}-`), "training-elsewhere-1-5.lock"]) {
      await writeFile(join(folder, other), "");
      await expect(first.latest()).rejects.toThrow(`If that process is no training, delete ${other} there.`);
      expect(await files()).toEqual([other]);
      await rm(join(folder, other));
    }
    // Of a process that is gone, and of an earlier one with the same number: they do not.
    for (const gone of [lock!.replace(`-${process.pid}-`, "-4194305-"), lock!.replace(/-\d+\.lock$/, "-12.lock")]) {
      await writeFile(join(folder, gone), "");
      expect(await first.latest()).toBeUndefined();
      expect(await files()).toEqual([lock]);
      await first.close();
    }
  });

  test("is given to fit as checkpoint", async () => {
    await expect(fit(tinyModel(), data, { ...options, callbacks: [checkpoints(folder)] })).rejects.toThrow(
      "checkpoints: give the folder to fit as checkpoint, not as one of callbacks.",
    );
    const store = checkpoints(folder);
    await expect(store.read("nothing.safetensors")).rejects.toThrow(
      `checkpoints: ${join(folder, "nothing.safetensors")} must be there.`,
    );
  });

  test.each([
    [["", {}], 'checkpoints: folder must be a non-empty string; received "".'],
    [["a", { keepLast: 0 }], "checkpoints: keepLast must be an integer ≥ 1; received 0."],
    [["a", { keepBest: -1 }], "checkpoints: keepBest must be an integer ≥ 0; received -1."],
    [["a", { everyEpochs: 0.5 }], "checkpoints: everyEpochs must be an integer ≥ 1; received 0.5."],
    [
      ["a", { everySteps: Number.POSITIVE_INFINITY }],
      "checkpoints: everySteps must be an integer ≥ 1; received Infinity.",
    ],
    [["a", { configuration: [1] }], "checkpoints: configuration must be an object of plain JSON; received [1]."],
    [["a", { onDamaged: "log" }], 'checkpoints: onDamaged must be a function; received "log".'],
    [
      ["a", { keep: 1 }],
      "checkpoints: options must have only the keys keepLast, keepBest, everyEpochs, everySteps, configuration, onDamaged; " +
        'received "keep".',
    ],
  ])("refuses %o", (words, message) => {
    expect(() => checkpoints(...(words as [string]))).toThrow(message);
  });
});

/** Changes a bit of the byte at this place, from the end if it is negative. */
async function flip(file: string, at: number): Promise<void> {
  const content = await readFile(file);
  content[at < 0 ? content.length + at : at]! ^= 4;
  await writeFile(file, content);
}
