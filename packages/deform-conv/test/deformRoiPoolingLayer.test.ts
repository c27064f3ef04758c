import { deformRoiPool, modulatedDeformRoiPool, roiAlign } from "@ddl/deform-conv";
import type { DeformRoiPoolingArgs } from "@ddl/deform-conv/layers";
import { DeformRoiPooling } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { largestDifference, optimizers, random, savedAndLoaded, weightsAfterStep } from "./layerTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Two images of 5 × 7 pixels and 3 channels, and four RoIs of each, [x1, y1, x2, y2]. */
const images = (): Tensor => random([2, 5, 7, 3], 1);
const boxes: number[][][] = [
  [
    [0.5, 1, 5.25, 4],
    [2, 0.25, 6.5, 3],
    [-1, -0.5, 3, 2.75],
    [1, 1, 1, 1],
  ],
  [
    [0, 0, 7, 5],
    [3.5, 1.25, 6, 4.5],
    [2.25, 2, 8, 6],
    [1.5, 0.5, 4, 3.25],
  ],
];
const rois = (): Tensor => tf.tensor3d(boxes);
/** The same as rows of 5, written by hand. */
const rows = (): Tensor => tf.tensor2d(boxes.flatMap((list, n) => list.map((box) => [n, ...box])));

/** A model of the layer alone. */
function modelOf(layer: DeformRoiPooling): tfl.LayersModel {
  const inputs = [tfl.input({ shape: [5, 7, 3] }), tfl.input({ shape: [4, 4] })];
  return tfl.model({ inputs, outputs: layer.apply(inputs) as tfl.SymbolicTensor });
}

describe("a new DeformRoiPooling is roiAlign of each image's RoIs", () => {
  const cases: [string, DeformRoiPoolingArgs][] = [
    ["version 1", { outputSize: [2, 3] }],
    ["version 2", { outputSize: [2, 3], samplingRatio: 2, spatialScale: 0.5, modulated: true }],
    ["hidden layers", { outputSize: [2, 3], hiddenUnits: [5, 4] }],
  ];
  test.each(cases)("%s", (_, options) => {
    const { modulated: _m, hiddenUnits: _h, ...sampling } = options;
    const layer = new DeformRoiPooling(options);
    const got = layer.apply([images(), rois()]) as Tensor;
    const plain = roiAlign(images(), rows(), { ...sampling, aligned: true });
    expect(got.shape).toEqual([2, 4, 2, 3, 3]);
    expect(
      layer.computeOutputShape([
        [null, null, null, 3],
        [null, null, 4],
      ]),
    ).toEqual([null, null, 2, 3, 3]);
    expect(largestDifference(tf.reshape(got, plain.shape), plain)).toBeLessThan(1e-6);
  });

  test("with a mask gain of 1, as mmcv, half of it; by default with two hidden layers of 1024 units", () => {
    const layer = new DeformRoiPooling({ outputSize: [1, 2], modulated: true, maskGain: 1 });
    const got = layer.apply([images(), rois()]) as Tensor;
    const plain = roiAlign(images(), rows(), { outputSize: [1, 2], aligned: true });
    expect(largestDifference(tf.reshape(got, plain.shape), tf.mul(plain, 0.5))).toBeLessThan(1e-6);
    const shapes = [[6, 1024], [1024], [1024, 1024], [1024], [1024, 4], [4], [1024, 2], [2]];
    expect(layer.getWeights().map(({ shape }) => shape)).toEqual(shapes);
  });

  test.each([1, 0.1])("hidden kernels have a standard deviation of 0.01 in use, at rate %d", (rate) => {
    const layer = new DeformRoiPooling({ outputSize: 2, hiddenUnits: [400], offsetLearningRate: rate });
    layer.apply([images(), rois()]);
    const kernel = tf.mul(layer.getWeights()[0]!, rate);
    const deviation = tf.sqrt(tf.moments(kernel).variance).dataSync()[0]!;
    expect(deviation).toBeGreaterThan(0.009);
    expect(deviation).toBeLessThan(0.011);
  });
});

test("the branch: layers with a ReLU on the pooled features, offsets row by row with dy first, masks squashed", () => {
  const sampling = { outputSize: [2, 3] as const, samplingRatio: 2 };
  const layer = new DeformRoiPooling({ ...sampling, gamma: 0.5, modulated: true, maskGain: 1.5, hiddenUnits: [5] });
  layer.apply([images(), rois()]);
  layer.setWeights(layer.getWeights().map((w, k) => random(w.shape, 10 + k)));
  const [h, hb, o, ob, m, mb] = layer.getWeights() as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  expect([h, hb, o, ob, m, mb].map(({ shape }) => shape)).toEqual([[18, 5], [5], [5, 12], [12], [5, 6], [6]]);
  const plain = roiAlign(images(), rows(), { ...sampling, aligned: true });
  const features = tf.relu(tf.add(tf.matMul(tf.reshape(plain, [8, 18]), h), hb));
  const offset = tf.reshape(tf.add(tf.matMul(features, o), ob), [8, 2, 3, 2]);
  const mask = tf.reshape(tf.mul(1.5, tf.sigmoid(tf.add(tf.matMul(features, m), mb))), [8, 2, 3, 1]);
  const expected = modulatedDeformRoiPool(images(), rows(), offset, { ...sampling, gamma: 0.5, mask });
  const got = tf.reshape(layer.apply([images(), rois()]) as Tensor, expected.shape);
  expect(largestDifference(got, expected)).toBeLessThan(1e-5);
  expect(largestDifference(expected, plain)).toBeGreaterThan(0.1);
});

test.each(optimizers)("offsetLearningRate scales the step of the branch under %s", (_, make) => {
  const after = (rate: number) => {
    const layer = new DeformRoiPooling({
      outputSize: [2, 3],
      modulated: true,
      hiddenUnits: [],
      offsetLearningRate: rate,
    });
    return weightsAfterStep(layer, [images(), rois()], make(), () => false);
  };
  const [full, slow] = [after(1), after(0.125)];
  expect(Object.keys(full)).toEqual(["offset_kernel", "offset_bias", "mask_kernel", "mask_bias"]);
  for (const [key, weight] of Object.entries(full)) {
    expect(tf.max(tf.abs(weight)).dataSync()[0], key).toBeGreaterThan(1e-6);
    // What is stored moves as before; the layer uses an eighth of it.
    expect([...slow[key]!.dataSync()], key).toEqual([...weight.dataSync()]);
  }
});

test("sgd: the step of the bias is that of deformRoiPool's offset, times the rate", () => {
  const layer = new DeformRoiPooling({ outputSize: [2, 3], gamma: 1, offsetLearningRate: 0.125 });
  const { offset_bias: stored } = weightsAfterStep(layer, [images(), rois()], tf.train.sgd(0.1), () => false);
  const target = tf.reshape(random([2, 4, 2, 3, 3], 40), [8, 2, 3, 3]);
  const cost = (offset: Tensor) =>
    tf.mean(
      tf.squaredDifference(deformRoiPool(images(), rows(), offset, { outputSize: [2, 3], gamma: 1 }), target),
    ) as tf.Scalar;
  const slopes = tf.sum(tf.grad(cost)(tf.zeros([8, 2, 3, 2])), 0);
  const expected = tf.mul(tf.reshape(slopes, [12]), -0.0125);
  expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(1e-4);
  expect(largestDifference(tf.mul(stored!, 0.125), expected)).toBeLessThan(1e-7);
});

test.each(["cpu", "wasm"])("training keeps nothing and lowers the loss, %s", async (backend) => {
  await tf.setBackend(backend);
  const model = modelOf(new DeformRoiPooling({ outputSize: [2, 1], modulated: true, hiddenUnits: [8], gamma: 0.5 }));
  model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError" });
  const inputs = [images(), rois()];
  const target = random([2, 4, 2, 1, 3], 8);
  const first = (await model.trainOnBatch(inputs, target)) as number;
  const before = tf.memory().numTensors;
  let last = first;
  for (let step = 0; step < 40; step++) last = (await model.trainOnBatch(inputs, target)) as number;
  expect(tf.memory().numTensors).toBe(before);
  // It has no other weights: only by looking elsewhere, and by its masks, can it come nearer.
  expect(last).toBeLessThan(first * 0.9);
  model.dispose();
  await tf.setBackend("cpu");
});

test("the gradient of the images flows through the samples and through the branch", () => {
  const layer = new DeformRoiPooling({ outputSize: [1, 2], samplingRatio: 1, gamma: 0.5 });
  layer.apply([images(), rois()]);
  layer.setWeights(layer.getWeights().map((w, k) => tf.mul(random(w.shape, 10 + k), 0.3)));
  const weights = random([2, 4, 1, 2, 3], 5);
  const cost = (x: Tensor) => tf.sum(tf.mul(layer.apply([x, rois()]) as Tensor, weights)) as tf.Scalar;
  const gradient = tf.grad(cost)(images());
  // A step along random numbers changes the cost by their product with the gradient.
  const direction = random([2, 5, 7, 3], 6);
  const step = 1e-3;
  const [up, down] = [step, -step].map((s) => cost(tf.add(images(), tf.mul(direction, s))).dataSync()[0]!);
  const numeric = (up! - down!) / (2 * step);
  const analytic = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
  expect(Math.abs(numeric)).toBeGreaterThan(0.1);
  expect(Math.abs(analytic - numeric)).toBeLessThan(0.01);
});

test("no RoIs give no bins", () => {
  const layer = new DeformRoiPooling({ outputSize: [2, 3], modulated: true, hiddenUnits: [4] });
  expect((layer.apply([images(), tf.zeros([2, 0, 4])]) as Tensor).shape).toEqual([2, 0, 2, 3, 3]);
});

describe("a model with it", () => {
  const options: DeformRoiPoolingArgs = {
    outputSize: [2, 3],
    spatialScale: 0.5,
    samplingRatio: 3,
    gamma: 0.25,
    modulated: true,
    maskGain: 1.25,
    hiddenUnits: [6, 5],
    offsetLearningRate: 0.1,
    name: "looks",
  };

  test("is saved and loaded", async () => {
    const model = modelOf(new DeformRoiPooling(options));
    model.setWeights(model.getWeights().map((w, k) => random(w.shape, 20 + k)));
    const { loaded, weightNames } = await savedAndLoaded(model);
    const [expected, got] = [model, loaded].map((m) => [...(m.predict([images(), rois()]) as Tensor).dataSync()]);
    expect(Math.max(...expected!)).toBeGreaterThan(0.1);
    expect(got).toEqual(expected);
    const names = ["hidden1", "hidden2", "offset", "mask"].flatMap((key) => [
      `looks/${key}_kernel`,
      `looks/${key}_bias`,
    ]);
    expect(weightNames).toEqual(names);
  });

  test("keeps every option in its configuration", () => {
    const config = new DeformRoiPooling(options).getConfig();
    expect(config).toMatchObject(options);
    expect(new DeformRoiPooling(config as never).getConfig()).toEqual(config);
    const plain = new DeformRoiPooling({ outputSize: 2 }).getConfig();
    expect(new DeformRoiPooling(plain as never).getConfig()).toEqual(plain);
  });
});

describe("DeformRoiPooling names what is wrong", () => {
  const cases: [object, string][] = [
    [{ outputSize: 0 }, "outputSize must be an integer ≥ 1; received 0."],
    [{ spatialScale: 0 }, "spatialScale must be a finite number > 0; received 0."],
    [{ samplingRatio: 1.5 }, "samplingRatio must be an integer ≥ -1; received 1.5."],
    [{ gamma: Number.NaN }, "gamma must be a finite number; received NaN."],
    [{ modulated: 1 }, "modulated must be true or false; received 1."],
    [{ maskGain: 1 }, "maskGain must be left out without modulated; received 1."],
    [{ modulated: true, maskGain: 0 }, "maskGain must be a finite number > 0; received 0."],
    [{ hiddenUnits: 8 }, "hiddenUnits must be a list of integers ≥ 1; received 8."],
    [{ hiddenUnits: [8, 0] }, "hiddenUnits must be an integer ≥ 1; received 0."],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ dtype: "int32" }, 'dtype must be "float32"; received "int32".'],
    [
      { transStd: 1 },
      'options must have only the keys outputSize, spatialScale, samplingRatio, gamma, modulated, maskGain, hiddenUnits, offsetLearningRate, inputShape, batchInputShape, batchSize, dtype, name, trainable, weights; received "transStd".',
    ],
  ];
  test.each(cases)("%j", (change, message) => {
    let got = "no error";
    try {
      new DeformRoiPooling({ outputSize: 2, ...change } as never);
    } catch (error) {
      got = (error as Error).message;
    }
    expect(got).toBe(`DeformRoiPooling: ${message}`);
  });

  test("inputs of other shapes", () => {
    const layer = new DeformRoiPooling({ outputSize: 2 });
    expect(() => layer.computeOutputShape([null, 5, 7, 3])).toThrow(
      "DeformRoiPooling: inputs must be images, (batch, height, width, channels), channels known, and RoIs, (batch, RoIs, 4); received [null, 5, 7, 3].",
    );
    expect(() => layer.apply([images(), tf.zeros([1, 4, 4])])).toThrow(
      "DeformRoiPooling: RoIs must have shape [2, any, 4] (batch of the images, RoIs, [x1, y1, x2, y2]); received [1, 4, 4].",
    );
  });
});
