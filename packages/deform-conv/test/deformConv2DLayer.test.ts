import { deformConv2d } from "@ddl/deform-conv";
import type { DeformConv2DArgs } from "@ddl/deform-conv/layers";
import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Optimizer, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Numbers in [-1, 1), of another sequence for each seed. */
const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);
const data = (tensor: Tensor): number[] => [...tensor.dataSync()];
const largestDifference = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
const variable = (layer: tfl.layers.Layer, name: string): Tensor =>
  layer.weights.find(({ originalName }) => originalName.endsWith(name))!.read();
const modelOf = (...added: tfl.layers.Layer[]): tfl.Sequential => tfl.sequential({ layers: added });

describe("a new DeformConv2D is tf.layers.conv2d", () => {
  const cases: [string, Omit<DeformConv2DArgs, "filters" | "kernelSize">][] = [
    ["valid", {}],
    ["same, strides, activation", { padding: "same", strides: [2, 3], activation: "tanh" }],
    ["dilations, no bias", { dilationRate: [1, 2], padding: "same", useBias: false }],
    ["modulated", { modulated: true, padding: "same" }],
  ];
  test.each(cases)("%s", (_, options) => {
    const shared = { filters: 4, kernelSize: [2, 3] as [number, number], biasInitializer: "randomNormal" as const };
    const { modulated, ...plainOptions } = options;
    const plain = tfl.layers.conv2d({ ...shared, ...(plainOptions as object) });
    const ours = new DeformConv2D({ ...shared, ...options });
    const x = random([2, 5, 7, 3], 1);
    const expected = plain.apply(x) as Tensor;
    ours.apply(x);
    ours.setWeights([...plain.getWeights(), ...ours.getWeights().slice(plain.getWeights().length)]);
    const got = ours.apply(x) as Tensor;
    expect(got.shape).toEqual(expected.shape);
    expect(ours.computeOutputShape(x.shape)).toEqual(expected.shape);
    expect(ours.computeOutputShape([null, null, 7, 3])).toEqual([null, null, ...expected.shape.slice(2)]);
    expect(ours.weights).toHaveLength(plain.weights.length + (modulated ? 4 : 2));
    expect(largestDifference(got, expected)).toBeLessThan(1e-6);
  });

  test("with a mask gain of 1, as mmcv, half of it", () => {
    const x = random([1, 4, 5, 2], 2);
    const ours = new DeformConv2D({ filters: 3, kernelSize: 2, modulated: true, maskGain: 1 });
    const got = ours.apply(x) as Tensor;
    const plain = tf.conv2d(x as tf.Tensor4D, variable(ours, "kernel") as tf.Tensor4D, 1, "valid");
    expect(largestDifference(got, tf.mul(plain, 0.5))).toBeLessThan(1e-6);
  });
});

test("offsets and mask are a convolution of the input: the branch's own window, split and squashed", () => {
  const options = {
    strides: [1, 2] as [number, number],
    padding: [
      [1, 2],
      [0, 3],
    ] as const,
    offsetGroups: 2,
  };
  const ours = new DeformConv2D({
    filters: 6,
    kernelSize: [3, 2],
    groups: 2,
    modulated: true,
    maskGain: 1.5,
    ...options,
  });
  const x = random([2, 5, 6, 4], 3);
  ours.apply(x);
  ours.setWeights(ours.getWeights().map((w, k) => tf.mul(random(w.shape, 10 + k), 0.3)));
  const [kernel, bias, ...branch] = ours.getWeights();
  expect([kernel, bias, ...branch].map((w) => w!.shape)).toEqual([
    [3, 2, 2, 6],
    [6],
    [3, 2, 4, 24],
    [24],
    [3, 2, 4, 12],
    [12],
  ]);
  const explicit: [number, number][] = [
    [0, 0],
    [1, 2],
    [0, 3],
    [0, 0],
  ];
  const made = [0, 2].map((k) =>
    tf.add(tf.conv2d(tf.pad(x, explicit) as tf.Tensor4D, branch[k] as tf.Tensor4D, [1, 2], "valid"), branch[k + 1]!),
  );
  const mask = tf.mul(1.5, tf.sigmoid(made[1]!));
  const expected = deformConv2d(x, kernel!, made[0]!, { mask, bias: bias!, ...options });
  expect(largestDifference(ours.apply(x) as Tensor, expected)).toBeLessThan(1e-5);
});

test("a dilated branch sees what torch's would: an impulse far from the centre", () => {
  // One input pixel at (4, 6), window of 2 × 2 taps with dilation [2, 3], strides [2, 1], no padding: outputs 2 × 4.
  const x = tf.buffer([1, 5, 7, 1]);
  x.set(1, 0, 4, 6, 0);
  const ours = new DeformConv2D({ filters: 1, kernelSize: 2, dilationRate: [2, 3], strides: [2, 1] });
  ours.apply(x.toTensor());
  const [kernel, bias, branch, branchBias] = ours.getWeights();
  // Tap (1, 1) of output (1, 3) is at row 2 + 2 = 4 and column 3 + 3 = 6. Channel 6 is dy of the tap k = 3.
  const filter = tf.buffer(branch!.shape);
  filter.set(-1, 1, 1, 0, 6);
  ours.setWeights([tf.onesLike(kernel!), bias!, filter.toTensor(), branchBias!]);
  const result = data(ours.apply(x.toTensor()) as Tensor);
  // Only there the last tap is moved, one row up to a 0.
  expect(result).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  ours.setWeights([tf.onesLike(kernel!), bias!, tf.zerosLike(branch!), branchBias!]);
  expect(data(ours.apply(x.toTensor()) as Tensor)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
});

/** Moves of kernel and of the branch as the layer uses it, after each of two steps: `rate` times what is stored. */
function movesOf(optimizer: Optimizer, rate: number): { kernel: Tensor; branch: Tensor[] } {
  const layer = new DeformConv2D({ filters: 2, kernelSize: [2, 3], modulated: true, offsetLearningRate: rate });
  const x = random([2, 4, 5, 3], 4);
  layer.apply(x);
  const start = random([2, 3, 3, 2], 5);
  layer.setWeights([start, ...layer.getWeights().slice(1)]);
  const target = random([2, 3, 3, 2], 6);
  const cost = (): tf.Scalar => tf.mean(tf.squaredDifference(layer.apply(x) as Tensor, target));
  optimizer.minimize(cost);
  const names = ["offset_kernel", "offset_bias", "mask_kernel", "mask_bias"];
  const branch = names.map((name) => tf.mul(variable(layer, name), rate));
  return { kernel: tf.sub(layer.getWeights()[0]!, start), branch };
}

describe("offsetLearningRate slows the branch by the rate, and nothing else, under", () => {
  const optimizers: [string, () => Optimizer][] = [
    ["sgd", () => tf.train.sgd(0.1)],
    ["momentum", () => tf.train.momentum(0.1, 0.9)],
    ["adam", () => tf.train.adam(0.01)],
    ["rmsprop", () => tf.train.rmsprop(0.01)],
    ["adagrad", () => tf.train.adagrad(0.01)],
  ];
  test.each(optimizers)("%s", (_, make) => {
    const full = movesOf(make(), 1);
    const slow = movesOf(make(), 0.125);
    expect(largestDifference(slow.kernel, full.kernel)).toBe(0);
    full.branch.forEach((move, k) => {
      expect(tf.max(tf.abs(move)).dataSync()[0]).toBeGreaterThan(1e-5);
      expect(data(slow.branch[k]!)).toEqual(data(tf.mul(move, 0.125)));
    });
  });

  test("sgd: the step is rate · learning rate · gradient of the branch's value, from deformConv2d", () => {
    const { branch } = movesOf(tf.train.sgd(0.1), 0.125);
    const x = random([2, 4, 5, 3], 4);
    const [kernel, target] = [random([2, 3, 3, 2], 5), random([2, 3, 3, 2], 6)];
    const gradient = tf.grad((offset: Tensor) =>
      tf.mean(tf.squaredDifference(deformConv2d(x, kernel, offset), target)),
    )(tf.zeros([2, 3, 3, 12]));
    const expected = tf.mul(tf.sum(gradient, [0, 1, 2]), -0.0125);
    expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(1e-4);
    expect(largestDifference(branch[1]!, expected)).toBeLessThan(1e-7);
  });
});

test.each(["cpu", "wasm"])("100 steps of training keep nothing and lower the loss, %s", async (backend) => {
  await tf.setBackend(backend);
  const model = modelOf(
    new DeformConv2D({ filters: 3, kernelSize: 2, modulated: true, dilationRate: 2, inputShape: [6, 5, 2] }),
    new DeformConv2D({
      filters: 2,
      kernelSize: [1, 2],
      padding: "same",
      activation: "sigmoid",
      kernelRegularizer: "l1l2",
    }),
  );
  model.compile({ optimizer: tf.train.adam(0.02), loss: "meanSquaredError" });
  const [x, y] = [random([2, 6, 5, 2], 7), tf.abs(random([2, 4, 3, 2], 8))];
  const first = (await model.trainOnBatch(x, y)) as number;
  const before = tf.memory().numTensors;
  let last = first;
  for (let step = 0; step < 100; step++) last = (await model.trainOnBatch(x, y)) as number;
  expect(tf.memory().numTensors).toBe(before);
  expect(last).toBeLessThan(first / 2);
  model.dispose();
  await tf.setBackend("cpu");
});

test("regularisers add to the loss what those of tf.layers.conv2d add", () => {
  const options = { filters: 2, kernelSize: 1, kernelRegularizer: tfl.regularizers.l2({ l2: 3 }) };
  const ours = new DeformConv2D(options);
  ours.apply(tf.ones([1, 2, 3, 2]));
  ours.setWeights([tf.tensor([1, 2, 3, 4], [1, 1, 2, 2]), ...ours.getWeights().slice(1)]);
  expect(ours.calculateLosses().map((loss) => loss.dataSync()[0])).toEqual([90]);
});

describe("a model with it", () => {
  const options: DeformConv2DArgs = {
    filters: 4,
    kernelSize: [3, 2],
    strides: [1, 2],
    padding: [
      [2, 1],
      [0, 1],
    ],
    dilationRate: [2, 1],
    groups: 2,
    offsetGroups: 3,
    modulated: true,
    maskGain: 1.25,
    offsetLearningRate: 0.1,
    activation: "relu",
    useBias: false,
    kernelInitializer: "heNormal",
    kernelRegularizer: tfl.regularizers.l1({ l1: 0.25 }),
    name: "looks",
    inputShape: [5, 7, 6],
  };

  test("is saved and loaded", async () => {
    const model = modelOf(new DeformConv2D(options));
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
    const x = random([2, 5, 7, 6], 30);
    const expected = model.predict(x) as Tensor;
    expect(Math.max(...data(expected))).toBeGreaterThan(0.1);
    expect(data(loaded.predict(x) as Tensor)).toEqual(data(expected));
    expect(loaded.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    expect(saved!.weightSpecs!.map(({ name }) => name)).toEqual(
      ["kernel", "offset_kernel", "offset_bias", "mask_kernel", "mask_bias"].map((key) => `looks/${key}`),
    );
  });

  test("keeps every option in its configuration", () => {
    const { inputShape, kernelInitializer, kernelRegularizer, ...kept } = options;
    const config = new DeformConv2D(options).getConfig();
    expect(config).toMatchObject({ ...kept, batchInputShape: [null, 5, 7, 6] });
    expect(config["kernelRegularizer"]).toMatchObject({ className: "L1L2", config: { l1: 0.25 } });
    const copy = tf.serialization.SerializationMap.getMap().classNameMap["DeformConv2D"]!;
    expect(new copy[0](config as never)).toBeInstanceOf(DeformConv2D);
    expect(new DeformConv2D(config as never).getConfig()).toEqual(config);
    const plain = new DeformConv2D({ filters: 1, kernelSize: 2 }).getConfig();
    expect(new DeformConv2D(plain as never).getConfig()).toEqual(plain);
  });
});
