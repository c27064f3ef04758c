import { deepSupervision } from "@ddl/losses";
import type { CheckpointStore, FitOptions, TrainingBatch, TrainingCallback, TrainingState } from "@ddl/training";
import { fit } from "@ddl/training";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import { meanSquaredError, tinyBatch, tinyBatches, tinyModel, weightBytes } from "./tinyTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const data = (epoch: number): TrainingBatch[] => tinyBatches(epoch, 2);
const options = { epochs: 2, loss: meanSquaredError } satisfies FitOptions;
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** Writes down what is called, each time a little late. */
function recorder(name: string, log: string[]): TrainingCallback {
  const note = async (text: string): Promise<void> => {
    await soon();
    log.push(`${name} ${text}`);
  };
  return {
    onTrainingStart: ({ epochs, epoch, step, history }) =>
      note(`start ${epoch}.${step} of ${epochs} after ${history.length}`),
    onStep: ({ epoch, step, updates, ids }) => note(`step ${epoch}.${step} update ${updates} ${ids[0]}`),
    onEpochEnd: ({ epoch, learningRate }) => note(`end of ${epoch} at ${learningRate}`),
    onNonFinite: ({ quantity }) => note(quantity),
    onTrainingEnd: ({ history, updates }) => note(`end ${history.length} ${updates}`),
    onTrainingFailed: (reason, state) => note(`failed ${(reason as Error).message} ${typeof state}`),
  };
}

/** A store in memory that keeps each step. */
function memoryStore(): CheckpointStore & { states: TrainingState[] } {
  const states: TrainingState[] = [];
  const keep = async (take: () => Promise<TrainingState>): Promise<void> => void states.push(await take());
  return {
    states,
    latest: async () => states.at(-1),
    onStep: (_, take) => keep(take),
    onEpochEnd: (_, take) => keep(take),
  };
}

describe("callbacks", () => {
  test("are awaited one after the other, in order", async () => {
    const log: string[] = [];
    await fit(tinyModel(), data, { ...options, epochs: 1, callbacks: [recorder("a", log), {}, recorder("b", log)] });
    const both = (text: string): string[] => [`a ${text}`, `b ${text}`];
    expect(log).toEqual([
      ...both("start 0.0 of 1 after 0"),
      ...both("step 0.1 update 1 epoch0/batch0/0"),
      ...both("step 0.2 update 2 epoch0/batch1/0"),
      ...both("end of 0 at 0.001"),
      ...both("end 1 2"),
    ]);
  });

  test("that throw end the training with their error, and all are told", async () => {
    const log: string[] = [];
    const before = tf.memory().numTensors;
    const model = tinyModel();
    const held = tf.memory().numTensors;
    const throwing: TrainingCallback = {
      onStep() {
        throw new Error("disk full");
      },
      onTrainingFailed() {
        throw new Error("again");
      },
    };
    await expect(fit(model, data, { ...options, callbacks: [throwing, recorder("b", log)] })).rejects.toThrow(
      "disk full",
    );
    expect(log).toEqual(["b start 0.0 of 2 after 0", "b failed disk full undefined"]);
    expect(tf.memory().numTensors).toBe(held);
    expect(held).toBeGreaterThan(before);
  });

  test("are given the state of an aborted training, from which it goes on to the same bytes", async () => {
    const whole = tinyModel();
    const result = await fit(whole, data, options);
    for (const stopAfter of [1, 2, 3]) {
      const controller = new AbortController();
      const states: TrainingState[] = [];
      let steps = 0;
      const run = fit(tinyModel(), data, {
        ...options,
        signal: controller.signal,
        onProgress: () => {
          if (++steps === stopAfter) controller.abort(new Error("enough"));
        },
        callbacks: [{ onTrainingFailed: async (_, state) => void states.push(await state!()) }],
      });
      await expect(run).rejects.toThrow("enough");
      expect(steps).toBe(stopAfter);
      const resumed = tinyModel();
      expect(await fit(resumed, data, { ...options, resume: states[0]! })).toEqual(result);
      expect(await weightBytes(resumed)).toEqual(await weightBytes(whole));
    }
  });

  test("a store of checkpoints gives the state to go on from, and is called last", async () => {
    const whole = tinyModel();
    const result = await fit(whole, data, options);
    const store = memoryStore();
    const broken = fit(tinyModel(), data, {
      ...options,
      checkpoint: store,
      callbacks: [
        {
          onStep({ epoch, step }) {
            if (epoch === 1 && step === 2) throw new Error("power cut");
          },
        },
      ],
    });
    await expect(broken).rejects.toThrow("power cut");
    expect(store.states.map(({ position }) => Object.values(position).join())).toEqual(["0,1", "0,2", "1,0", "1,1"]);
    const log: string[] = [];
    const resumed = tinyModel();
    const again = await fit(resumed, data, { ...options, checkpoint: store, callbacks: [recorder("a", log)] });
    expect(again).toEqual(result);
    expect(await weightBytes(resumed)).toEqual(await weightBytes(whole));
    expect(log.slice(0, 2)).toEqual(["a start 1.1 of 2 after 1", "a step 1.2 update 4 epoch1/batch1/0"]);
    await expect(fit(tinyModel(), data, { ...options, checkpoint: store, resume: store.states[0]! })).rejects.toThrow(
      "fit: resume and checkpoint must not both be given: the checkpoint has a state of its own.",
    );
  });
});

describe("fit", () => {
  test("trains a model of several outputs by a loss of all", async () => {
    const image = tfl.input({ shape: [4, 6, 3] });
    const small = tfl.layers.averagePooling2d({ poolSize: 2, strides: 2 });
    const head = (name: string, x: tfl.SymbolicTensor) =>
      tfl.layers.conv2d({ name, filters: 2, kernelSize: 1, kernelInitializer: "zeros" }).apply(x) as tfl.SymbolicTensor;
    const outputs = [head("fine", image), head("coarse", small.apply(image) as tfl.SymbolicTensor)];
    const model = tfl.model({ inputs: image, outputs });
    const batch: TrainingBatch = {
      images: ndarray(
        Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)),
        [1, 4, 6, 3],
      ) as NdArray<Float32Array>,
      masks: ndarray(
        Float32Array.from({ length: 48 }, (_, i) => Math.sin(3 * (i >> 1) + (i & 1))),
        [1, 4, 6, 2],
      ) as NdArray<Float32Array>,
      ids: ["a"],
    };
    const before = await weightBytes(model);
    const heads: number[][][] = [];
    const { history } = await fit(model, () => [batch, batch], {
      epochs: 20,
      loss: deepSupervision(meanSquaredError, [0.75, 0.25]),
      optimizer: { learningRate: 0.05 },
      metrics: {
        fine: (t, [fine, coarse]) => {
          heads.push([fine!.shape, coarse!.shape]);
          return meanSquaredError(t, fine!);
        },
      },
    });
    expect(heads[0]).toEqual([
      [1, 4, 6, 2],
      [1, 2, 3, 2],
    ]);
    expect(history.at(-1)!.loss).toBeLessThan(0.3 * history[0]!.loss);
    expect(history.at(-1)!.trainingMetrics["fine"]).toBeLessThan(history[0]!.trainingMetrics["fine"]!);
    for (const [k, bytes] of (await weightBytes(model)).entries()) expect(bytes).not.toBe(before[k]);
  });

  test("leaves weights alone that take no part in the loss", async () => {
    const image = tfl.input({ shape: [2, 3, 3] });
    const head = (name: string) =>
      tfl.layers.conv2d({ name, filters: 2, kernelSize: 1 }).apply(image) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: image, outputs: [head("used"), head("unused")] });
    const before = await weightBytes(model);
    await fit(model, data, {
      epochs: 1,
      loss: (t: tf.Tensor, [used]: readonly tf.Tensor[]) => meanSquaredError(t, used!),
      optimizer: { kind: "adamW", weightDecay: 0.5 },
    });
    const after = await weightBytes(model);
    expect(after.map((bytes, k) => bytes === before[k])).toEqual([false, false, true, true]);
  });

  test("leaves no tensor behind in 1,000 steps with all options on", async () => {
    const model = tinyModel();
    const batch = tinyBatch(0, 0, 1);
    const counts: number[] = [];
    const before = tf.memory().numTensors;
    await fit(model, () => new Array<TrainingBatch>(500).fill(batch), {
      epochs: 2,
      loss: meanSquaredError,
      schedule: { kind: "cosine", every: "update", total: 500 },
      clipping: { norm: 0.01 },
      accumulate: 2,
      movingAverage: { decay: 0.9 },
      metrics: { again: meanSquaredError },
      validate: async () => ({ score: 1 }),
      monitor: { metric: "score", mode: "max" },
      onProgress: ({ step }) => {
        if (step % 250 === 2) counts.push(tf.memory().numTensors);
      },
    });
    expect(new Set(counts).size).toBe(1);
    expect(counts).toHaveLength(4);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("names what does not fit", async () => {
    const run = (given: object, batches: unknown = data, model = tinyModel()): Promise<unknown> =>
      fit(model, batches as never, { ...options, ...given } as never);
    const cases: [() => Promise<unknown>, string][] = [
      [() => run({}, []), "fit: data must be a function that gives the batches of an epoch; received []."],
      [() => run({ loss: "dice" }), 'fit: loss must be a function; received "dice".'],
      [() => run({ loss: () => 3 }), "fit: loss must give a scalar tensor; received 3."],
      [
        () => run({ loss: (t: tf.Tensor, y: tf.Tensor) => tf.mean(tf.sub(t, y), [1, 2]) }),
        "fit: loss must give a scalar tensor; received an array of shape [2, 2].",
      ],
      [() => run({ metrics: { a: 1 } }), "fit: metrics.a must be a function; received 1."],
      [() => run({ metrics: { a: () => 1 } }), "fit: metrics.a must give a tensor; received 1."],
      [() => run({ validate: 1 }), "fit: validate must be a function; received 1."],
      [() => run({ validate: async () => 0.5 }), "fit: validate must give numbers by name; received 0.5."],
      [
        () => run({ validate: async () => ({ dice: "0.5" }) }),
        "fit: validate must give numbers by name; received { dice }.",
      ],
      [() => run({ accumulate: 0 }), "fit: accumulate must be an integer ≥ 1; received 0."],
      [() => run({ seed: 0.5 }), "fit: seed must be an integer; received 0.5."],
      [() => run({ onNonFinite: "ignore" }), 'fit: onNonFinite must be one of "stop", "skip"; received "ignore".'],
      [() => run({ callbacks: {} }), "fit: callbacks must be an array; received {}."],
      [() => run({ clipping: {} }), "fit: clipping must have either norm or value; received {}."],
      [
        () => run({ clipping: { norm: 1, value: 1 } }),
        "fit: clipping must have either norm or value; received { norm, value }.",
      ],
      [() => run({ clipping: { norm: 0 } }), "fit: clipping.norm must be a finite number > 0; received 0."],
      [
        () => run({ movingAverage: { decay: 1 } }),
        "fit: movingAverage.decay must be a finite number ≥ 0 and < 1; received 1.",
      ],
      [
        () => run({ earlyStopping: { patience: 0 } }),
        "fit: earlyStopping.patience must be an integer ≥ 1; received 0.",
      ],
      [() => run({ earlyStopping: { patience: 2 } }), "fit: earlyStopping needs monitor, which tells what is better."],
      [
        () => run({ monitor: { metric: "loss", mode: "lowest" } }),
        'fit: monitor.mode must be one of "max", "min"; received "lowest".',
      ],
      [
        () => run({ schedule: { kind: "poly", power: -1 } }),
        "fit: schedule.power must be a finite number > 0; received -1.",
      ],
      [
        () => run({ optimizer: { kind: "lion" } }),
        'fit: optimizer.kind must be one of "adam", "adamW", "sgd"; received "lion".',
      ],
      [
        () => run({ onEpochEnd: () => {} }),
        'fit: options must have only the keys epochs, loss, optimizer, schedule, clipping, accumulate, metrics, validate, monitor, earlyStopping, movingAverage, seed, onNonFinite, callbacks, checkpoint, resume, onProgress, signal; received "onEpochEnd".',
      ],
      [() => run({}, () => []), "fit: epoch 1 has no batches."],
      [
        () => run({}, () => [{ ...tinyBatch(0, 0), images: tinyBatch(0, 0).masks }]),
        "fit: images must have shape [any, 2, 3, 3]; received [2, 2, 3, 2].",
      ],
      [
        () => run({}, () => [{ ...tinyBatch(0, 0), masks: tinyBatch(0, 0, 3).masks }]),
        "fit: masks must have shape [2, any, any, any]; received [3, 2, 3, 2].",
      ],
      [() => run({}, () => [{ images: tinyBatch(0, 0).images }]), "fit: masks must be an ndarray; received undefined."],
      [() => run({}, () => [tinyBatch(0, 0, 0)]), "fit: images must hold at least one sample; received [0, 2, 3, 3]."],
    ];
    for (const [start, message] of cases) {
      await expect(start()).rejects.toThrow(expect.objectContaining({ message }));
    }
  });

  test("names a model that it cannot train", async () => {
    const image = tfl.input({ shape: [2, 3, 3] });
    const modelOf = (...layers: tfl.layers.Layer[]): tfl.LayersModel => {
      const output = layers.reduce((x, layer) => layer.apply(x) as tfl.SymbolicTensor, image);
      return tfl.model({ inputs: image, outputs: output });
    };
    const conv = (name: string) => tfl.layers.conv2d({ name, filters: 2, kernelSize: 1 });
    await expect(fit(modelOf(tfl.layers.reLU()), data, options)).rejects.toThrow(
      "fit: model must have trainable weights; it has none.",
    );
    const noise = tfl.layers.gaussianNoise({ name: "noise", stddev: 0.1 });
    await expect(fit(modelOf(noise, conv("head")), data, options)).rejects.toThrow(
      "fit: model must have no noise that cannot be seeded; its layer noise is a GaussianNoise. Use dropout.",
    );
  });
});
