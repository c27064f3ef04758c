import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import "@ddl/backend-simd";
import { resetSimdProfile, simdProfile } from "@ddl/backend-simd";
import { describe, expect, test } from "vitest";
import { expectConformance, gradients, numbers } from "./conformance.js";

type Config = Parameters<typeof tfl.layers.batchNormalization>[0];

/** The layer's result in training, its moving moments afterwards, and the gradients of input, gamma and beta. */
async function train(backend: string, shape: number[], config: Config): Promise<{ values: number[][]; left: number }> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const layer = tfl.layers.batchNormalization({ momentum: 0.8, epsilon: 1e-3, ...config });
  const x = tf.tensor(numbers(shape).values, shape);
  const towards = tf.tensor(numbers(shape, 7).values, shape);
  layer.apply(x);
  const given = layer.getWeights().map(({ shape: own }, k) => tf.add(numbers(own, k + 2).values, 1.2));
  layer.setWeights(given);
  const weights = layer.trainableWeights.map((one) => one.read() as tf.Variable);
  const f = (input: tf.Tensor): tf.Scalar =>
    tf.sum(tf.mul(layer.apply(input, { training: true }) as tf.Tensor, towards));
  const { grads } = tf.variableGrads(() => f(x), weights);
  const dx = tf.grad(f)(x);
  const y = layer.apply(x, { training: true }) as tf.Tensor;
  const results = [y, dx, ...weights.map(({ name }) => grads[name]!), ...layer.getWeights()];
  const values = results.map((one) => Array.from(one.dataSync()));
  tf.dispose([y, dx, x, towards, given, grads]);
  layer.dispose();
  // tfjs leaves the loss and a weight behind, on every backend.
  return { values, left: tf.memory().numTensors - before };
}

describe("tf.layers.batchNormalization in training", () => {
  test.each([
    [[2, 5, 3, 7], {}],
    [[3, 4, 17], {}],
    [[9, 5], {}],
    [[2, 6, 3, 4], { axis: 3 }],
  ] as [number[], Config][])("x %j with %j: as on cpu", async (shape, config) => {
    const expected = await train("cpu", shape, config);
    const actual = await train("simd", shape, config);
    expect(actual.left).toBe(expected.left);
    expect(actual.values.length).toBe(expected.values.length);
    for (const [k, values] of expected.values.entries()) {
      const largest = Math.max(...values.map(Math.abs));
      for (const [i, value] of values.entries()) {
        expect(Math.abs(actual.values[k]![i]! - value), `result ${k}, ${i}`).toBeLessThanOrEqual(
          2e-5 * Math.max(largest, 1),
        );
      }
    }
  });

  test("another axis is left to tfjs", async () => {
    const x = numbers([2, 3, 6, 4]);
    const layer = (input: tf.Tensor): tf.Tensor =>
      tfl.layers.batchNormalization({ axis: 1 }).apply(input, { training: true }) as tf.Tensor;
    const values: Float32Array[] = [];
    for (const backend of ["cpu", "simd"]) {
      await tf.setBackend(backend);
      values.push(layer(tf.tensor(x.values, x.shape)).dataSync() as Float32Array);
    }
    for (const [i, value] of values[0]!.entries()) expect(values[1]![i]).toBeCloseTo(value, 5);
  });

  test("is one kernel each way, and only in training", async () => {
    resetSimdProfile();
    await train("simd", [2, 5, 3, 7], {});
    const calls = Object.fromEntries(simdProfile().map((one) => [one.kernel, one.calls]));
    expect(calls["SimdBatchNormTraining"]).toBe(3);
    expect(calls["SimdBatchNormTrainingGrad"]).toBe(2);
    expect(calls["FusedBatchNorm"]).toBe(1);
  });

  test("trains without scale or without offset, which tfjs's own cannot", async () => {
    await tf.setBackend("simd");
    const x = tf.tensor(numbers([4, 3, 5]).values, [4, 3, 5]);
    for (const config of [{ scale: false }, { center: false }, { scale: false, center: false }]) {
      const layer = tfl.layers.batchNormalization({ ...config, epsilon: 1e-9 });
      const y = layer.apply(x, { training: true }) as tf.Tensor;
      const { mean, variance } = tf.moments(y, [0, 1]);
      for (const value of mean.dataSync()) expect(value).toBeCloseTo(0, 5);
      for (const value of variance.dataSync()) expect(value).toBeCloseTo(1, 4);
    }
  });

  test("the moments are precise beside a large mean", async () => {
    await tf.setBackend("simd");
    const values = Float32Array.from({ length: 4000 }, (_, i) => 4096 + ((i * 7) % 16) / 8);
    const layer = tfl.layers.batchNormalization({ epsilon: 1e-6, momentum: 0 });
    layer.apply(tf.tensor(values, [1000, 4]), { training: true });
    const [, , mean, variance] = layer.getWeights().map((one) => Array.from(one.dataSync()));
    for (let c = 0; c < 4; c++) {
      const own = values.filter((_, i) => i % 4 === c);
      const m = own.reduce((sum, value) => sum + value, 0) / own.length;
      const v = own.reduce((sum, value) => sum + (value - m) ** 2, 0) / own.length;
      expect(Math.abs(mean![c]! - m)).toBeLessThanOrEqual(3e-4);
      expect(Math.abs(variance![c]! / v - 1)).toBeLessThanOrEqual(1e-5);
    }
  });

  test("has a second gradient", async () => {
    const slope = (x: tf.Tensor): tf.Tensor =>
      tf.grad((a) => {
        const layer = tfl.layers.batchNormalization({ epsilon: 0.01 });
        return tf.sum(tf.pow(layer.apply(a, { training: true }) as tf.Tensor, 3));
      })(x);
    const values = async (backend: string): Promise<Float32Array> => {
      await tf.setBackend(backend);
      const [second] = gradients(slope)(tf.tensor(numbers([5, 3]).values, [5, 3])) as tf.Tensor[];
      return second!.dataSync() as Float32Array;
    };
    const expected = await values("cpu");
    const actual = await values("simd");
    expect(expected.length).toBe(15);
    const largest = Math.max(...expected.map(Math.abs));
    for (const [i, value] of expected.entries())
      expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(1e-3 * largest);
  });
});

test("the gradient of ReLU from its result is that from its argument", async () => {
  const special = {
    shape: [2, 3],
    dtype: "float32" as const,
    values: Float32Array.of(-1, 0, -0, Number.NaN, 2, Infinity),
  };
  await expectConformance(
    [special],
    gradients((x) => tf.relu(x)),
    { relative: 0 },
  );
});
