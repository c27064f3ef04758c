import type { EpochRequest, FitOptions, TrainingBatch, TrainingState } from "@ddl/training";
import { createOptimizer, decodeCheckpoint, encodeCheckpoint, fit } from "@ddl/training";
import "@ddl/backend-simd";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { meanSquaredError, tinyBatches, tinyModel, weightBytes } from "./tinyTraining.js";

/** Everything that has a state of its own. */
const everything = {
  epochs: 3,
  loss: meanSquaredError,
  optimizer: { kind: "sgd", learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  schedule: { kind: "cosine", every: "update", total: 7, warmup: 2 },
  clipping: { norm: 1 },
  accumulate: 2,
  movingAverage: { decay: 0.7 },
  metrics: { absolute: (t, y) => tf.mean(tf.abs(tf.sub(t, y))) },
  validate: async (_, epoch) => ({ score: [0.3, 0.8, 0.5][epoch]! }),
  monitor: { metric: "score", mode: "max" },
  seed: 5,
} satisfies FitOptions;

const model = (): tfl.LayersModel => tinyModel({ batchNormalization: true, dropout: 0.4 });
const data = (epoch: number): TrainingBatch[] => tinyBatches(epoch, 3);

describe.each(["cpu", "simd"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test("goes on from any step of any epoch to the same bytes, through a file", async () => {
    const files: { file: Uint8Array; position: [epoch: number, step: number] }[] = [];
    const take = async (state: () => Promise<TrainingState>): Promise<void> => {
      const taken = await state();
      files.push({ file: await encodeCheckpoint(taken), position: [taken.position.epoch, taken.position.step] });
    };
    const whole = model();
    const result = await fit(whole, data, {
      ...everything,
      callbacks: [{ onStep: (_, state) => take(state), onEpochEnd: (_, state) => take(state) }],
    });
    const expected = await weightBytes(whole);
    expect(files.map(({ position }) => position.join())).toEqual(
      ["0,1", "0,2", "0,3", "1,0", "1,1", "1,2", "1,3", "2,0", "2,1", "2,2", "2,3", "3,0"], // 3 batches an epoch
    );
    expect(result).toMatchObject({ updates: 6, best: { epoch: 1, score: 0.8 } });
    for (const { file, position } of files) {
      const resumed = tinyModel({ batchNormalization: true, dropout: 0.4 });
      const again = await fit(resumed, data, { ...everything, resume: await decodeCheckpoint(file) });
      expect(again, `from ${position}`).toEqual(result);
      expect(await weightBytes(resumed), `from ${position}`).toEqual(expected);
      resumed.dispose();
    }
    whole.dispose();
  });

  test.each(["adam", "adamW"] as const)("goes on with %s inside an epoch to the same bytes", async (kind) => {
    const options = { epochs: 2, loss: meanSquaredError, optimizer: { kind, weightDecay: 0.05 } } satisfies FitOptions;
    const states: TrainingState[] = [];
    const whole = model();
    await fit(whole, data, {
      ...options,
      callbacks: [{ onStep: async (_, state) => void states.push(await state()) }],
    });
    const resumed = model();
    await fit(resumed, data, { ...options, resume: states[1]! });
    expect(await weightBytes(resumed)).toEqual(await weightBytes(whole));
  });

  test("dropout gives the same bytes for the same seed, and others for another", async () => {
    const run = async (seed: number): Promise<[string[], number[]]> => {
      const trained = model();
      const losses: number[] = [];
      await fit(trained, data, {
        epochs: 2,
        loss: meanSquaredError,
        seed,
        onProgress: ({ loss }) => losses.push(loss),
      });
      return [await weightBytes(trained), losses];
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect((await run(2))[0]).not.toEqual(first[0]);
  });
});

describe("fit", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test("drops other units in each step and layer, and gives the layers back their own seed", async () => {
    const image = tfl.input({ shape: [2, 3, 3] });
    const dropout = () => tfl.layers.dropout({ rate: 0.5, seed: 77 });
    const layers = [dropout(), dropout()];
    const inner = tfl.model({ inputs: image, outputs: layers[0]!.apply(image) as tfl.SymbolicTensor });
    const outer = tfl.input({ shape: [2, 3, 3] });
    const head = tfl.layers.conv2d({ name: "head", filters: 2, kernelSize: 1 });
    const y = layers[1]!.apply(inner.apply(outer) as tfl.SymbolicTensor) as tfl.SymbolicTensor;
    const nested = tfl.model({ inputs: outer, outputs: head.apply(y) as tfl.SymbolicTensor });
    const seeds: unknown[] = [];
    await fit(nested, data, {
      epochs: 2,
      loss: meanSquaredError,
      onProgress: () => seeds.push(...layers.map((layer) => layer.getConfig()["seed"])),
    });
    expect(seeds).toHaveLength(12);
    expect(new Set(seeds).size).toBe(12);
    expect(layers.map((layer) => layer.getConfig()["seed"])).toEqual([77, 77]);
  });

  test("asks a function that can skip for what is left, and reads the other from its beginning", async () => {
    const states: TrainingState[] = [];
    const options = { epochs: 2, loss: meanSquaredError, seed: 9 } satisfies FitOptions;
    const whole = tinyModel();
    await fit(whole, data, {
      ...options,
      callbacks: [{ onStep: async (_, state) => void states.push(await state()) }],
    });
    const asked: [number, number, number][] = [];
    const skipping = (epoch: number, { skip, seed }: EpochRequest): TrainingBatch[] => {
      asked.push([epoch, skip, seed]);
      return tinyBatches(epoch, 3).slice(skip);
    };
    const resumed = tinyModel();
    await fit(resumed, skipping, { ...options, resume: states[3]! });
    expect(asked).toEqual([[1, 1, 9]]);
    expect(await weightBytes(resumed)).toEqual(await weightBytes(whole));
    await expect(
      fit(tinyModel(), (epoch) => tinyBatches(epoch, 1), { ...options, resume: states[4]! }),
    ).rejects.toThrow("fit: epoch 2 must have the 2 batches that were done before; data gives 1.");
  });

  test("a state does not change when the training goes on", async () => {
    const states: TrainingState[] = [];
    const files: Uint8Array[] = [];
    await fit(model(), data, {
      ...everything,
      callbacks: [
        {
          async onStep(_, take) {
            states.push(await take());
            files.push(await encodeCheckpoint(states.at(-1)!));
          },
        },
      ],
    });
    for (const [k, state] of states.entries()) expect(await encodeCheckpoint(state)).toEqual(files[k]);
  });

  test("with an optimiser of the caller goes on from its state and leaves it to him", async () => {
    const options = { kind: "sgd", momentum: 0.5 } as const;
    const whole = tinyModel();
    await fit(whole, (epoch) => data(epoch), { epochs: 2, loss: meanSquaredError, optimizer: options });
    const parts = tinyModel();
    const optimizer = createOptimizer(options);
    for (const epoch of [0, 1]) await fit(parts, () => data(epoch), { epochs: 1, loss: meanSquaredError, optimizer });
    expect(await weightBytes(parts)).toEqual(await weightBytes(whole));
    const held = tf.memory().numTensors;
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(held - 4);
  });

  test("ends at once when the state has all epochs or early stopping had ended it", async () => {
    const options = {
      ...{ epochs: 5, loss: meanSquaredError },
      validate: async (_: unknown, epoch: number) => ({ score: -epoch }),
      ...{ monitor: { metric: "score", mode: "max" as const }, earlyStopping: { patience: 2 } },
    };
    const states: TrainingState[] = [];
    const whole = tinyModel();
    const callbacks = [
      { onEpochEnd: async (_: unknown, take: () => Promise<TrainingState>) => void states.push(await take()) },
    ];
    const result = await fit(whole, data, { ...options, callbacks });
    expect(result).toMatchObject({ stoppedEarly: true, best: { epoch: 0 } });
    expect(states).toHaveLength(3);
    const never = (): TrainingBatch[] => {
      throw new Error("no batch is needed");
    };
    const resumed = tinyModel();
    expect(await fit(resumed, never, { ...options, resume: states[2]! })).toEqual(result);
    expect(await weightBytes(resumed)).toEqual(await weightBytes(whole));
  });

  test("names the options that differ from those of the state", async () => {
    const states: TrainingState[] = [];
    await fit(model(), data, {
      ...everything,
      callbacks: [{ onStep: async (_, state) => void states.push(await state()) }],
    });
    const resume = states[3]!;
    const resumed = (options: Partial<FitOptions>, of = model()): Promise<unknown> =>
      fit(of, data, { ...everything, resume, ...options });
    await expect(resumed({ seed: 6 })).rejects.toThrow(
      "fit: the state to resume from must have the same options; it has seed 5 where the options have 6.",
    );
    await expect(resumed({ clipping: { value: 1 }, accumulate: 3 })).rejects.toThrow(
      'fit: the state to resume from must have the same options; it has clipping {"norm":1} where the options have {"value":1}, and accumulate 2 where the options have 3.',
    );
    await expect(resumed({ optimizer: { kind: "adam" } })).rejects.toThrow(
      'it has optimizer {"kind":"sgd","learningRate":0.05,"momentum":0.9,"dampening":0,"nesterov":true,"weightDecay":0.01,"decays":"all","groups":[]} where the options have {"kind":"adam",',
    );
    await expect(resumed({ epochs: 1, resume: { ...resume, position: { epoch: 2, step: 0 } } })).rejects.toThrow(
      "fit: resume has 2 epochs behind it, more than the 1 asked for.",
    );
    await expect(resumed({ resume: {} as never })).rejects.toThrow(
      "fit: resume must be a state of a training; received {}.",
    );
    await expect(resumed({}, tinyModel())).rejects.toThrow(
      "fit: the weights do not fit the model: it has nothing where they have norm/gamma [4], norm/beta [4], norm/moving_mean [4], norm/moving_variance [4].",
    );
    const optimizer = new Map(resume.tensors.optimizer);
    optimizer.set("velocity/second/bias", { shape: [3], values: new Float32Array(3) });
    await expect(resumed({ resume: { ...resume, tensors: { ...resume.tensors, optimizer } } })).rejects.toThrow(
      "fit: the optimizer's tensors do not fit the model: it has velocity/second/bias [2] where they have velocity/second/bias [3].",
    );
    const held = tf.memory().numTensors;
    const untouched = model();
    const before = await weightBytes(untouched);
    const made = tf.memory().numTensors;
    await expect(resumed({ seed: 6 }, untouched)).rejects.toThrow("seed");
    expect(await weightBytes(untouched)).toEqual(before);
    expect(tf.memory().numTensors).toBe(made);
    expect(made).toBeGreaterThan(held);
  });
});
