import type { DeformAttentionArgs } from "@ddl/deform-conv/layers";
import { DeformAttention } from "@ddl/deform-conv/layers";
import { describeKernel } from "@ddl/testing/tensor";
import type { Optimizer, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import golden from "./goldens/deformAttentionLayer.json" with { type: "json" };
import type { Entry } from "./goldenTensors.js";
import { expectClose, tensorOf } from "./goldenTensors.js";

const shapes = [
  [3, 5],
  [2, 2],
] as [number, number][];
const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);
/** Two queries of six channels, their points, and nineteen pixels of four channels. */
const someInputs = (batch: number): Tensor[] => [
  random([batch, 2, 6], 1),
  tf.abs(random([batch, 2, 2, 2], 2)),
  random([batch, 19, 4], 3),
];

/** A model of the layer alone. */
function modelOf(args: Omit<DeformAttentionArgs, "spatialShapes">): tfl.LayersModel {
  const inputs = [
    [2, 6],
    [2, 2, 2],
    [19, 4],
  ].map((shape) => tfl.input({ shape }));
  const outputs = new DeformAttention({ spatialShapes: shapes, ...args }).apply(inputs) as tfl.SymbolicTensor;
  return tfl.model({ inputs, outputs });
}

describeKernel("DeformAttention", () => {
  test.each(golden.cases)("$name: value and every gradient as the published module", async (row) => {
    const spatialShapes = golden.options.spatialShapes as [number, number][];
    const layer = new DeformAttention({ ...golden.options, spatialShapes });
    const inputs = Object.values(row.inputs).map((entry) => tensorOf(entry as Entry));
    layer.apply(inputs);
    // Kernels of tf.layers are (channels, outputs), torch's the other way round.
    const turned = (t: Tensor): Tensor => (t.rank === 2 ? tf.transpose(t) : t);
    layer.setWeights(Object.values(row.weights).map((entry) => turned(tensorOf(entry as Entry))));
    await expectClose("value", layer.apply(inputs) as Tensor, row.value, 1e-5);
    const dy = tensorOf(row.dy);
    const [queries, reference, value, ...padding] = inputs as [Tensor, Tensor, Tensor, ...Tensor[]];
    const objective = (q: Tensor, r: Tensor, v: Tensor): tf.Scalar =>
      tf.sum(tf.mul(layer.apply([q, r, v, ...padding]) as Tensor, dy));
    const ofInputs = tf.grads(objective)([queries, reference, value]);
    const { grads } = tf.variableGrads(() => objective(queries, reference, value));
    const ofWeights = layer.weights.map(({ originalName }) => grads[originalName]!);
    const gradients = [...ofInputs, ...ofWeights.map(turned)];
    for (const [k, [name, entry]] of Object.entries(row.gradients).entries()) {
      await expectClose(name, gradients[k]!, entry as Entry, 2e-5);
    }
  });

  test.each(golden.initialOffsets)("$heads heads start in as many directions, as published", async (row) => {
    const { heads, levels, points, bias } = row;
    const spatialShapes = new Array(levels).fill([1, 2]);
    const layer = new DeformAttention({ spatialShapes, heads, points, offsetLearningRate: 0.25, seed: 3 });
    layer.apply([tf.zeros([1, 1, 24]), tf.zeros([1, 1, levels, 2]), tf.zeros([1, 2 * levels, 5])]);
    const [kernel, offsets, ...others] = layer.getWeights() as [Tensor, Tensor, ...Tensor[]];
    await expectClose("offset_bias · rate", tf.mul(offsets, 0.25), bias);
    const largest = (t: Tensor): number => tf.max(tf.abs(t)).dataSync()[0]!;
    expect([kernel, others[0]!, others[1]!, others[3]!, others[5]!].map(largest)).toEqual([0, 0, 0, 0, 0]);
    // Uniform in ±√(6 / (channels + outputs)).
    const limits = [others[2]!, others[4]!].map((t) => Math.sqrt(6 / (t.shape[0]! + t.shape[1]!)));
    [others[2]!, others[4]!].forEach((t, k) => {
      expect(largest(t)).toBeLessThanOrEqual(limits[k]!);
      expect(largest(t)).toBeGreaterThan(0.9 * limits[k]!);
    });
  });

  test("padded pixels are not seen, whatever they hold, and get no gradient", async () => {
    const layer = new DeformAttention({ spatialShapes: shapes, heads: 2, seed: 4 });
    const [queries, points, value] = someInputs(1) as [Tensor, Tensor, Tensor];
    const isPadded = Array.from({ length: 19 }, (_, k) => (k % 3 === 0 ? 2 : 0));
    const padding = tf.tensor(isPadded, [1, 19]);
    const spoilt = tf.where(tf.notEqual(tf.reshape(padding, [1, 19, 1]), 0), tf.fill([1, 19, 4], Number.NaN), value);
    const call = (v: Tensor): Tensor => layer.apply([queries, points, v, padding]) as Tensor;
    const expected = await call(value).data();
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    expect(await call(spoilt).data()).toEqual(expected);
    const slopes = await tf.grad(call)(value).data();
    const seen = isPadded.map((_, k) => slopes.slice(4 * k, 4 * k + 4).some((slope) => slope !== 0));
    expect(seen.filter((_, k) => isPadded[k] !== 0)).toEqual(new Array(7).fill(false));
    expect(seen.filter(Boolean).length).toBeGreaterThan(3);
  });

  test("50 steps of training keep nothing and lower the loss", async () => {
    const model = modelOf({ heads: 3, points: 2, offsetLearningRate: 0.1, seed: 5 });
    model.compile({ optimizer: tf.train.adam(0.03), loss: "meanSquaredError" });
    const [inputs, target] = [someInputs(3), random([3, 2, 6], 8)];
    const first = (await model.trainOnBatch(inputs, target)) as number;
    const before = tf.memory().numTensors;
    let last = first;
    for (let step = 0; step < 50; step++) last = (await model.trainOnBatch(inputs, target)) as number;
    expect(tf.memory().numTensors).toBe(before);
    expect(last).toBeLessThan(first / 2);
    model.dispose();
  });
});

describeKernel("a model with DeformAttention", () => {
  test("is saved and loaded", async () => {
    const model = modelOf({ heads: 3, points: 2, offsetLearningRate: 0.5, seed: 6, name: "attends" });
    model.setWeights(model.getWeights().map((w, k) => random(w.shape, 20 + k)));
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const topology = JSON.parse(JSON.stringify(saved!.modelTopology)) as object;
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ ...saved!, modelTopology: topology }));
    const inputs = someInputs(2);
    const expected = await (model.predict(inputs) as Tensor).data();
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
    expect(await (loaded.predict(inputs) as Tensor).data()).toEqual(expected);
    const layer = loaded.getLayer("attends");
    expect(layer.getConfig()).toEqual(model.getLayer("attends").getConfig());
    expect(layer.getConfig()).toEqual({
      spatialShapes: shapes,
      heads: 3,
      points: 2,
      offsetLearningRate: 0.5,
      seed: 6,
      name: "attends",
      trainable: true,
    });
    const keys = ["offset", "attention", "value", "output"].flatMap((key) => [`${key}_kernel`, `${key}_bias`]);
    expect(saved!.weightSpecs!.map(({ name }) => name)).toEqual(keys.map((key) => `attends/${key}`));
  });

  test("without a seed starts otherwise each time, with one the same", async () => {
    const kernelOf = async (seed?: number): Promise<number[]> => {
      const layer = new DeformAttention({ spatialShapes: shapes, heads: 2, ...(seed !== undefined && { seed }) });
      layer.apply(someInputs(1));
      return [...(await layer.getWeights()[6]!.data())];
    };
    expect(await kernelOf(7)).toEqual(await kernelOf(7));
    expect(await kernelOf()).not.toEqual(await kernelOf());
  });

  const optimizers: [string, () => Optimizer][] = [
    ["sgd", () => tf.train.sgd(0.1)],
    ["adam", () => tf.train.adam(0.01)],
  ];
  test.each(optimizers)("offsetLearningRate slows the offsets by the rate, and nothing else, under %s", (_, make) => {
    const movesOf = (rate: number): Tensor[] => {
      const layer = new DeformAttention({ spatialShapes: shapes, heads: 2, offsetLearningRate: rate, seed: 9 });
      const inputs = someInputs(2);
      layer.apply(inputs);
      const start = layer.getWeights().map((w) => tf.clone(w));
      make().minimize(() => tf.mean(tf.square(layer.apply(inputs) as Tensor)));
      return layer.getWeights().map((w, k) => tf.mul(tf.sub(w, start[k]!), k < 2 ? rate : 1));
    };
    const [full, slow] = [movesOf(1), movesOf(0.125)];
    const difference = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
    full.forEach((move, k) => {
      expect(tf.max(tf.abs(move)).dataSync()[0], `weight ${k}`).toBeGreaterThan(1e-5);
      expect(difference(slow[k]!, tf.mul(move, k < 2 ? 0.125 : 1)), `weight ${k}`).toBeLessThan(2e-6);
    });
  });
});
