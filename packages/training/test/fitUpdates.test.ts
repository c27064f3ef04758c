import type { FitOptions, TrainingBatch, TrainingState } from "@ddl/training";
import { fit } from "@ddl/training";
import "@ddl/backend-simd";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/optimizers.json" with { type: "json" };
import { meanSquaredError, tinyBatch, tinyBatches, tinyModel, weightValues } from "./tinyTraining.js";

const [kernelName, biasName] = ["encoder/kernel", "head/bias"] as const;
const start = [golden.start[kernelName], golden.start[biasName]];

/** A convolution with the golden's weights, three channels to five. */
function linearModel(): tfl.LayersModel {
  const layer = tfl.layers.conv2d({ name: "encoder", inputShape: [1, 4, 3], filters: 5, kernelSize: 1 });
  const model = tfl.sequential({ layers: [layer] });
  const weights = [tf.tensor(start[0]!, [1, 1, 3, 5]), tf.tensor(start[1]!)];
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

/** A loss that is linear in the output; with the batch below the gradients of kernel and bias are those given. */
const linearLoss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Scalar => tf.sum(tf.mul(yTrue, yPred)) as tf.Scalar;

function batchWithGradients(kernel: readonly number[], bias: readonly number[]): TrainingBatch {
  // A pixel for each channel alone, and one of zeros that sees the bias only.
  const images = new Float32Array(12);
  for (let c = 0; c < 3; c++) images[c * 3 + c] = 1;
  const rest = bias.map((value, o) => value - kernel[o]! - kernel[5 + o]! - kernel[10 + o]!);
  return {
    images: ndarray(images, [1, 1, 4, 3]) as NdArray<Float32Array>,
    masks: ndarray(Float32Array.from([...kernel, ...rest]), [1, 1, 4, 5]) as NdArray<Float32Array>,
    ids: ["unit"],
  };
}

const goldenBatch = (step: number): TrainingBatch => {
  const { [kernelName]: kernel, [biasName]: bias } = golden.gradients[step]!;
  return batchWithGradients(kernel, bias ?? [0, 0, 0, 0, 0]);
};

function expectClose(actual: number[][], expected: readonly (readonly number[])[], tolerance: number): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  for (const [k, values] of expected.entries()) {
    for (const [i, value] of values.entries()) {
      const text = `${k}, ${i}: ${actual[k]![i]} for ${value}`;
      expect(Math.abs(actual[k]![i]! - value), text).toBeLessThan(tolerance);
    }
  }
}

describe.each(["cpu", "simd"])("on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each([
    ...golden.clipping.norm.map((one) => ({ clipping: { norm: one.bound }, ...one })),
    ...golden.clipping.value.map((one) => ({ clipping: { value: one.bound }, ...one })),
  ])("clips gradients as torch: $clipping", async ({ clipping, norm, after }) => {
    const model = linearModel();
    const norms: (number | undefined)[] = [];
    await fit(model, () => [goldenBatch(0)], {
      epochs: 1,
      loss: linearLoss,
      optimizer: { kind: "sgd", learningRate: 1 },
      clipping,
      onProgress: ({ gradientNorm }) => norms.push(gradientNorm),
    });
    const expected = [after[kernelName], after[biasName]].map((gradient, k) =>
      gradient.map((value, i) => start[k]![i]! - value),
    );
    expectClose(await weightValues(model), expected, 1e-6);
    if (norm !== null) expect(norms[0]).toBeCloseTo(norm, 5);
    model.dispose();
  });

  test("averages weights as torch's AveragedModel; the average is validated and kept, the weights go on", async () => {
    const { decay, learningRate, after } = golden.average;
    const model = linearModel();
    const plain = linearModel();
    const options = { epochs: 4, loss: linearLoss, optimizer: { kind: "sgd", learningRate } } satisfies FitOptions;
    const data = (epoch: number): TrainingBatch[] => [goldenBatch(epoch)];
    const validated: number[][] = [];
    const states: TrainingState[] = [];
    await fit(model, data, {
      ...options,
      movingAverage: { decay },
      validate: async (given) => {
        validated.push((await weightValues(given))[0]!);
        return { first: validated.at(-1)![0]! };
      },
      callbacks: [{ onEpochEnd: async (_, state) => void states.push(await state()) }],
    });
    expectClose(validated, after, 1e-6);
    expectClose([(await weightValues(model))[0]!], [after.at(-1)!], 1e-6);
    await fit(plain, data, options);
    const last = states.at(-1)!.tensors.weights.get("encoder/kernel")!;
    expect([...last.values]).toEqual((await weightValues(plain))[0]);
    tf.dispose([model, plain] as never);
  });

  test("keeps the average of the best epoch", async () => {
    const { decay, learningRate, after } = golden.average;
    const model = linearModel();
    const result = await fit(model, (epoch) => [goldenBatch(epoch)], {
      epochs: 4,
      loss: linearLoss,
      optimizer: { kind: "sgd", learningRate },
      movingAverage: { decay },
      validate: async (_, epoch) => ({ score: [0, 1, 3, 2][epoch]! }),
      monitor: { metric: "score", mode: "max" },
    });
    expect(result.best).toEqual({ epoch: 2, score: 3 });
    expectClose([(await weightValues(model))[0]!], [after[2]!], 1e-6);
    model.dispose();
  });

  test("accumulated batches of any size make the update of one large batch, and the last one is what is left", async () => {
    const parts = [tinyBatch(0, 0, 3), tinyBatch(0, 1, 1), tinyBatch(0, 2, 2), tinyBatch(0, 3, 1), tinyBatch(0, 4, 2)];
    const joined = (batches: TrainingBatch[]): TrainingBatch => {
      const samples = batches.reduce((sum, { images }) => sum + images.shape[0]!, 0);
      const join = (key: "images" | "masks"): NdArray<Float32Array> => {
        const values = Float32Array.from(batches.flatMap((batch) => [...batch[key].data]));
        return ndarray(values, [samples, ...batches[0]![key].shape.slice(1)]) as NdArray<Float32Array>;
      };
      return { images: join("images"), masks: join("masks"), ids: batches.flatMap(({ ids }) => ids) };
    };
    const options = { epochs: 2, loss: meanSquaredError, clipping: { norm: 0.2 } } satisfies FitOptions;
    const optimizer = { kind: "sgd", learningRate: 0.3, momentum: 0.5 } as const;
    const large = tinyModel();
    const small = tinyModel();
    const first = await fit(large, () => [joined(parts.slice(0, 2)), joined(parts.slice(2, 4)), parts[4]!], {
      ...options,
      optimizer,
    });
    const seen: number[] = [];
    const second = await fit(small, () => parts, {
      ...options,
      optimizer,
      accumulate: 2,
      onProgress: ({ updates }) => seen.push(updates),
    });
    expect(seen).toEqual([0, 1, 1, 2, 2, 3, 4, 4, 5, 5]);
    expect([first.updates, second.updates]).toEqual([6, 6]);
    expectClose(await weightValues(small), await weightValues(large), 2e-6);
    tf.dispose([large, small] as never);
  });
});

describe("fit", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  test("moves the learning rate by update or by epoch, and says which one was used", async () => {
    const run = async (options: Partial<FitOptions>) => {
      const model = tinyModel();
      const rates: number[] = [];
      const { history } = await fit(model, (epoch) => tinyBatches(epoch, 3), {
        epochs: 2,
        loss: meanSquaredError,
        optimizer: { kind: "sgd", learningRate: 0.4 },
        onProgress: ({ learningRate }) => rates.push(learningRate),
        ...options,
      });
      return [rates, history.map(({ learningRate }) => learningRate)];
    };
    expect(await run({})).toEqual([
      [0.4, 0.4, 0.4, 0.4, 0.4, 0.4],
      [0.4, 0.4],
    ]);
    expect(await run({ schedule: { kind: "poly", power: 1 } })).toEqual([
      [0.4, 0.4, 0.4, 0.2, 0.2, 0.2],
      [0.4, 0.2],
    ]);
    expect(await run({ schedule: { kind: "poly", power: 1, every: "update", total: 8 } })).toEqual([
      [0.4, 0.35000000000000003, 0.30000000000000004, 0.25, 0.2, 0.15000000000000002],
      [0.30000000000000004, 0.15000000000000002],
    ]);
    // One rate an update: the second batch of each pair shares that of the first.
    expect(await run({ schedule: { kind: "poly", power: 1, every: "update", total: 4 }, accumulate: 2 })).toEqual([
      [0.4, 0.4, 0.4, 0.2, 0.2, 0.2],
      [0.30000000000000004, 0.1],
    ]);
  });

  test("a plateau and early stopping follow the monitored metric", async () => {
    const scores = [1, 3, 2, 3, 2, 9];
    const result = await fit(tinyModel(), (epoch) => tinyBatches(epoch, 1), {
      epochs: 6,
      loss: meanSquaredError,
      optimizer: { kind: "sgd", learningRate: 0.1 },
      schedule: { kind: "plateau", factor: 0.5, patience: 1 },
      validate: async (_, epoch) => ({ score: scores[epoch]! }),
      monitor: { metric: "score", mode: "max" },
      earlyStopping: { patience: 3 },
    });
    expect(result.history.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.1, 0.1, 0.05]);
    expect(result).toMatchObject({ best: { epoch: 1, score: 3 }, stoppedEarly: true, updates: 5 });
  });

  test("can monitor the training loss without a validation", async () => {
    const result = await fit(tinyModel(), (epoch) => tinyBatches(epoch, 2), {
      epochs: 3,
      loss: meanSquaredError,
      monitor: { metric: "loss", mode: "min" },
    });
    const losses = result.history.map(({ loss }) => loss);
    expect(result.best).toEqual({ epoch: losses.indexOf(Math.min(...losses)), score: Math.min(...losses) });
    expect(result.stoppedEarly).toBe(false);
  });

  test("averages training metrics over the epoch, of vectors their mean", async () => {
    const seen: Record<string, number>[] = [];
    const losses: number[] = [];
    const { history } = await fit(tinyModel(), (epoch) => tinyBatches(epoch, 3), {
      epochs: 1,
      loss: meanSquaredError,
      metrics: {
        same: meanSquaredError,
        perSample: (t, y) => tf.mean(tf.squaredDifference(t, y), [1, 2, 3]),
      },
      onProgress: ({ loss, metrics }) => {
        seen.push(metrics);
        losses.push(loss);
      },
    });
    for (const [k, { same, perSample }] of seen.entries()) {
      expect(same).toBeCloseTo(losses[k]!, 6);
      expect(perSample).toBeCloseTo(losses[k]!, 6);
    }
    expect(history[0]!.trainingMetrics["same"]).toBeCloseTo((losses[0]! + losses[1]! + losses[2]!) / 3, 6);
    expect(Object.keys(history[0]!.trainingMetrics)).toEqual(["same", "perSample"]);
  });

  test("slows a branch by a group of the optimiser", async () => {
    const run = async (
      groups: NonNullable<Exclude<FitOptions["optimizer"], undefined | { step: unknown }>["groups"]>,
    ) => {
      const model = tinyModel();
      const before = await weightValues(model);
      await fit(model, () => [tinyBatch(0, 0)], {
        epochs: 1,
        loss: meanSquaredError,
        optimizer: { kind: "sgd", learningRate: 0.5, groups },
      });
      const after = await weightValues(model);
      return after.map((values, k) => values[0]! - before[k]![0]!);
    };
    const whole = await run([]);
    const slowed = await run([{ match: "first", learningRateFactor: 0.25 }]);
    for (const [k, change] of whole.entries()) expect(slowed[k]).toBeCloseTo(k < 2 ? change / 4 : change, 6);
    await expect(run([{ match: "firs" }])).rejects.toThrow(
      'fit: optimizer.groups[0].match must match a trainable weight of the model (first/kernel, first/bias, second/kernel, …); received "firs".',
    );
  });
});
