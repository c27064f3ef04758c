import { MultiHeadSelfAttention } from "@ddl/unet";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);
const first = (x: Tensor): number[] => [...tf.slice(x, 0, 1).dataSync()];

describe("sequence", () => {
  test('"positions": what a sample becomes does not depend on the batch, and each place sees every other', () => {
    const layer = new MultiHeadSelfAttention({ heads: 2 });
    const x = random([3, 2, 4, 6], 1);
    const alone = layer.apply(tf.slice(x, 0, 1)) as Tensor;
    expect(first(layer.apply(x) as Tensor)).toEqual([...alone.dataSync()]);
    const last = tf.reshape(tf.oneHot(tf.tensor1d([7], "int32"), 8), [1, 2, 4, 1]);
    const moved = layer.apply(tf.add(tf.slice(x, 0, 1), last)) as Tensor;
    const difference = tf.max(tf.abs(tf.sub(moved, alone)), 3);
    expect(tf.min(difference).dataSync()[0]).toBeGreaterThan(1e-4);
  });

  test('"batch": it does, and no place sees another', () => {
    const layer = new MultiHeadSelfAttention({ heads: 2, sequence: "batch" });
    const x = random([3, 2, 4, 6], 1);
    const alone = layer.apply(tf.slice(x, 0, 1)) as Tensor;
    const together = tf.slice(layer.apply(x) as Tensor, 0, 1);
    expect(tf.max(tf.abs(tf.sub(together, alone))).dataSync()[0]).toBeGreaterThan(0.01);
    const last = tf.reshape(tf.oneHot(tf.tensor1d([7], "int32"), 8), [1, 2, 4, 1]);
    const moved = layer.apply(tf.add(x, last)) as Tensor;
    const difference = tf.max(tf.abs(tf.sub(moved, layer.apply(x) as Tensor)), [0, 3]).dataSync();
    expect([...difference.slice(0, 7)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(difference[7]).toBeGreaterThan(1e-3);
  });
});

test("training drops attention, by its seed, and prediction does not", () => {
  const layer = new MultiHeadSelfAttention({ heads: 1, rate: 0.5, seed: 3 });
  const x = random([1, 9, 4], 2);
  const predicted = layer.apply(x) as Tensor;
  const trained = layer.apply(x, { training: true }) as Tensor;
  expect(tf.max(tf.abs(tf.sub(trained, predicted))).dataSync()[0]).toBeGreaterThan(0.01);
  expect([...(layer.apply(x, { training: true }) as Tensor).dataSync()]).toEqual([...trained.dataSync()]);
  layer.seed = 4;
  expect([...(layer.apply(x, { training: true }) as Tensor).dataSync()]).not.toEqual([...trained.dataSync()]);
});

test("starts as torch's: uniform projections, biases 0", () => {
  const layer = new MultiHeadSelfAttention({ heads: 4 });
  layer.build([null, null, null, 64]);
  const [inKernel, inBias, outKernel, outBias] = layer.getWeights() as [Tensor, Tensor, Tensor, Tensor];
  for (const [kernel, bound] of [
    [inKernel, Math.sqrt(6 / 256)],
    [outKernel, 1 / 8],
  ] as const) {
    const largest = tf.max(tf.abs(kernel)).dataSync()[0]!;
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
  }
  expect(tf.max(tf.abs(tf.concat([inBias, outBias]))).dataSync()[0]).toBe(0);
});

test("is written into a model and read from it", async () => {
  const layer = new MultiHeadSelfAttention({ heads: 2, sequence: "batch", rate: 0.1, seed: 5, name: "a.self_attn" });
  const image = tfl.input({ shape: [2, 3, 4] });
  const model = tfl.model({ inputs: image, outputs: layer.apply(image) as tfl.SymbolicTensor });
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  expect(saved!.weightSpecs!.map(({ name }) => name)).toEqual(
    ["in_proj_kernel", "in_proj_bias", "out_proj_kernel", "out_proj_bias"].map((key) => `a.self_attn/${key}`),
  );
  const modelTopology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
  const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology }));
  expect(loaded.getLayer("a.self_attn").getConfig()).toEqual(layer.getConfig());
  const x = random([3, 2, 3, 4], 4);
  expect([...(loaded.predict(x) as Tensor).dataSync()]).toEqual([...(model.predict(x) as Tensor).dataSync()]);
});

describe("refuses", () => {
  const make = (options: object) => () => new MultiHeadSelfAttention({ heads: 2, ...options } as never);
  test.each([
    [{ heads: 0 }, "MultiHeadSelfAttention: heads must be an integer ≥ 1; received 0."],
    [
      { sequence: "tokens" },
      'MultiHeadSelfAttention: sequence must be one of "positions", "batch"; received "tokens".',
    ],
    [{ rate: 1 }, "MultiHeadSelfAttention: rate must be a finite number ≥ 0 and < 1; received 1."],
    [{ seed: 0.5 }, "MultiHeadSelfAttention: seed must be an integer; received 0.5."],
    [{ dtype: "int32" }, 'MultiHeadSelfAttention: dtype must be "float32"; received "int32".'],
  ])("%o", (options, message) => {
    expect(make(options)).toThrow(message);
  });

  test("an input that its heads do not fit", () => {
    const layer = new MultiHeadSelfAttention({ heads: 4 });
    expect(() => layer.build([null, 3, 6])).toThrow(
      "MultiHeadSelfAttention: heads must divide the 6 features; received 4.",
    );
    expect(() => layer.build([null, 8])).toThrow(
      "MultiHeadSelfAttention: input must have three axes or more (batch, …places, features), the last of known length; received [null, 8].",
    );
  });
});
