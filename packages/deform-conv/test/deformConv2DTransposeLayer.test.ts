import { deformConv2dTranspose } from "@ddl/deform-conv";
import type { DeformConv2DTransposeArgs } from "@ddl/deform-conv/layers";
import { DeformConv2DTranspose } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { largestDifference, modelOf, optimizers, random, savedAndLoaded, weightsAfterStep } from "./layerTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("a new DeformConv2DTranspose is tf.layers.conv2dTranspose", () => {
  const cases: [string, Omit<DeformConv2DTransposeArgs, "filters" | "kernelSize">][] = [
    ["valid", {}],
    ["valid, strides longer than the window", { strides: [3, 4] }],
    ["same, strides, activation", { padding: "same", strides: [2, 3], activation: "tanh" }],
    ["same, modulated, no bias", { modulated: true, padding: "same", strides: 2, useBias: false }],
  ];
  test.each(cases)("%s", (_, options) => {
    const shared = { filters: 4, kernelSize: [2, 3] as [number, number], biasInitializer: "randomNormal" as const };
    const { modulated, ...plainOptions } = options;
    const plain = tfl.layers.conv2dTranspose({ ...shared, ...(plainOptions as object) });
    const ours = new DeformConv2DTranspose({ ...shared, ...options });
    const y = random([2, 5, 7, 3], 1);
    const expected = plain.apply(y) as Tensor;
    ours.apply(y);
    ours.setWeights([...plain.getWeights(), ...ours.getWeights().slice(plain.getWeights().length)]);
    const got = ours.apply(y) as Tensor;
    expect(got.shape).toEqual(expected.shape);
    expect(ours.computeOutputShape([null, null, 7, 3])).toEqual([null, null, ...expected.shape.slice(2)]);
    expect(ours.weights).toHaveLength(plain.weights.length + (modulated ? 4 : 2));
    expect(largestDifference(got, expected)).toBeLessThan(1e-6);
  });
});

test("offsets and mask are a convolution of the input, stride 1 and padding same", () => {
  const options = { strides: [2, 3] as [number, number], padding: [[1, 0] as const, [0, 2] as const] as const };
  const groups = { groups: 2, offsetGroups: 3 };
  const ours = new DeformConv2DTranspose({
    filters: 6,
    kernelSize: [3, 2],
    modulated: true,
    maskGain: 1.5,
    ...options,
    ...groups,
  });
  const y = random([2, 4, 5, 4], 3);
  ours.apply(y);
  ours.setWeights(ours.getWeights().map((w, k) => tf.mul(random(w.shape, 10 + k), 0.3)));
  const [kernel, bias, ...branch] = ours.getWeights();
  expect([kernel, bias, ...branch].map((w) => w!.shape)).toEqual([
    [3, 2, 3, 4],
    [6],
    [3, 2, 4, 36],
    [36],
    [3, 2, 4, 18],
    [18],
  ]);
  const [offset, made] = [0, 2].map((k) =>
    tf.add(tf.conv2d(y as tf.Tensor4D, branch[k] as tf.Tensor4D, 1, "same"), branch[k + 1]!),
  ) as [Tensor, Tensor];
  const mask = tf.mul(1.5, tf.sigmoid(made));
  const expected = deformConv2dTranspose(y, kernel!, offset, { mask, bias: bias!, ...options, ...groups });
  // (4 - 1) · 2 + 3 - 1 rows, (5 - 1) · 3 + 2 - 2 columns.
  expect(expected.shape).toEqual([2, 8, 12, 6]);
  expect(ours.computeOutputShape(y.shape)).toEqual(expected.shape);
  expect(largestDifference(ours.apply(y) as Tensor, expected)).toBeLessThan(1e-5);
});

test.each(optimizers)("offsetLearningRate scales the step of the branch, and no other, under %s", (_, make) => {
  const after = (rate: number) => {
    const options = { filters: 2, kernelSize: [2, 3] as const, strides: 2, modulated: true, offsetLearningRate: rate };
    const layer = new DeformConv2DTranspose(options);
    return weightsAfterStep(layer, random([2, 3, 4, 3], 4), make(), (name) => name === "kernel");
  };
  const [full, slow] = [after(1), after(0.125)];
  for (const [key, weight] of Object.entries(full)) {
    if (key !== "kernel") expect(tf.max(tf.abs(weight)).dataSync()[0], key).toBeGreaterThan(1e-5);
    // What is stored moves as before; the layer uses an eighth of it in the branch.
    expect([...slow[key]!.dataSync()], key).toEqual([...weight.dataSync()]);
  }
});

test("sgd: the step of the branch's bias is that of the operation's offset, times the rate", () => {
  const options = { filters: 2, kernelSize: [2, 3] as const, strides: 2, offsetLearningRate: 0.125, useBias: false };
  const layer = new DeformConv2DTranspose(options);
  const y = random([2, 3, 4, 3], 4);
  const { offset_bias: stored } = weightsAfterStep(layer, y, tf.train.sgd(0.1), (name) => name === "kernel");
  const [filter, target] = [random([2, 3, 2, 3], 50), random([2, 6, 9, 2], 40)];
  const cost = (offset: Tensor) =>
    tf.mean(tf.squaredDifference(deformConv2dTranspose(y, filter, offset, { strides: 2 }), target)) as tf.Scalar;
  const expected = tf.mul(tf.sum(tf.grad(cost)(tf.zeros([2, 3, 4, 12])), [0, 1, 2]), -0.0125);
  expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(1e-4);
  expect(largestDifference(tf.mul(stored!, 0.125), expected)).toBeLessThan(1e-7);
});

test.each(["cpu", "wasm"])("training keeps nothing and lowers the loss, %s", async (backend) => {
  await tf.setBackend(backend);
  const model = modelOf(
    new DeformConv2DTranspose({ filters: 3, kernelSize: 2, strides: 2, modulated: true, inputShape: [3, 2, 2] }),
    new DeformConv2DTranspose({ filters: 2, kernelSize: [1, 2], padding: "same", kernelRegularizer: "l1l2" }),
  );
  model.compile({ optimizer: tf.train.adam(0.03), loss: "meanSquaredError" });
  const [x, y] = [random([2, 3, 2, 2], 7), random([2, 6, 4, 2], 8)];
  const first = (await model.trainOnBatch(x, y)) as number;
  const before = tf.memory().numTensors;
  let last = first;
  for (let step = 0; step < 80; step++) last = (await model.trainOnBatch(x, y)) as number;
  expect(tf.memory().numTensors).toBe(before);
  expect(last).toBeLessThan(first / 2);
  model.dispose();
  await tf.setBackend("cpu");
});

describe("a model with it", () => {
  const options: DeformConv2DTransposeArgs = {
    filters: 4,
    kernelSize: [3, 2],
    strides: [1, 2],
    padding: [
      [2, 1],
      [0, 1],
    ],
    dilationRate: [2, 1],
    groups: 2,
    offsetGroups: 4,
    modulated: true,
    maskGain: 1.25,
    offsetLearningRate: 0.1,
    activation: "relu",
    useBias: false,
    kernelInitializer: "heNormal",
    name: "writes",
    inputShape: [5, 7, 6],
  };

  test("is saved and loaded", async () => {
    const model = modelOf(new DeformConv2DTranspose(options));
    model.setWeights(model.getWeights().map((w, k) => random(w.shape, 20 + k)));
    const { loaded, weightNames } = await savedAndLoaded(model);
    const x = random([2, 5, 7, 6], 30);
    const [expected, got] = [model, loaded].map((m) => [...(m.predict(x) as Tensor).dataSync()]);
    expect(Math.max(...expected!)).toBeGreaterThan(0.1);
    expect(got).toEqual(expected);
    expect(loaded.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    const keys = ["kernel", "offset_kernel", "offset_bias", "mask_kernel", "mask_bias"];
    expect(weightNames).toEqual(keys.map((key) => `writes/${key}`));
  });

  test("keeps every option in its configuration", () => {
    const { inputShape, kernelInitializer, ...kept } = options;
    const config = new DeformConv2DTranspose(options).getConfig();
    expect(config).toMatchObject({ ...kept, batchInputShape: [null, 5, 7, 6] });
    expect(new DeformConv2DTranspose(config as never).getConfig()).toEqual(config);
    const plain = new DeformConv2DTranspose({ filters: 1, kernelSize: 2 }).getConfig();
    expect(new DeformConv2DTranspose(plain as never).getConfig()).toEqual(plain);
  });
});

describe("DeformConv2DTranspose names what is wrong", () => {
  const right = { filters: 6, kernelSize: [2, 3] };
  const rows: [object, string][] = [
    [{ filters: 0 }, "filters must be an integer ≥ 1; received 0."],
    [{ groups: 4 }, "groups must divide the 6 filters; received 4."],
    [{ offsetGroups: 4 }, "offsetGroups must divide the 6 filters; received 4."],
    [{ groups: 3 }, "groups must divide the 8 input channels; received 3."],
    [{ maskGain: 1 }, "maskGain must be left out without modulated; received 1."],
    [{ dtype: "int32" }, 'dtype must be "float32"; received "int32".'],
    [
      { padding: 2 },
      "input must leave a row and a column of the result, which would be [0, 3]; received [1, 3, 5, 8].",
    ],
  ];
  test.each(rows)("%j", (change, message) => {
    const call = () => new DeformConv2DTranspose({ ...right, ...change } as never).apply(tf.zeros([1, 3, 5, 8]));
    let got = "no error";
    try {
      call();
    } catch (error) {
      got = (error as Error).message;
    }
    expect(got).toBe(`DeformConv2DTranspose: ${message}`);
  });
});
