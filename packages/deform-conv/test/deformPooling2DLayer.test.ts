import { deformConv2d, deformPool2d } from "@ddl/deform-conv";
import type { DeformPooling2DArgs } from "@ddl/deform-conv/layers";
import { DeformPooling2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { largestDifference, modelOf, optimizers, random, savedAndLoaded, weightsAfterStep } from "./layerTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("a new DeformPooling2D is the pooling of tf.layers", () => {
  const cases: [string, DeformPooling2DArgs][] = [
    ["by default", {}],
    ["window, same", { poolSize: [2, 3], padding: "same" }],
    ["window, strides", { poolSize: [3, 2], strides: [1, 2] }],
  ];
  test.each(cases)("%s", (_, options) => {
    const x = random([2, 6, 7, 3], 1);
    for (const [mode, plain] of [
      ["average", tfl.layers.averagePooling2d(options as never)],
      ["max", tfl.layers.maxPooling2d(options as never)],
    ] as const) {
      const ours = new DeformPooling2D({ ...options, mode });
      const [got, expected] = [ours.apply(x), plain.apply(x)] as [Tensor, Tensor];
      expect(got.shape).toEqual(expected.shape);
      expect(ours.computeOutputShape([null, null, 7, 3])).toEqual([null, null, ...expected.shape.slice(2)]);
      expect(largestDifference(got, expected)).toBeLessThan(1e-6);
    }
  });
});

describe("mode weighted", () => {
  const options = { poolSize: [3, 2], strides: [2, 1], padding: 1, offsetGroups: 2 } as const;
  const x = (): Tensor => random([2, 6, 7, 4], 3);
  const filled = (layer: DeformPooling2D, logits: (shape: number[]) => Tensor): DeformPooling2D => {
    layer.apply(x());
    const [kernel, bias, weights] = layer.getWeights() as [Tensor, Tensor, Tensor | undefined];
    const branch = [tf.mul(random(kernel.shape, 11), 0.3), random(bias.shape, 12)];
    layer.setWeights([...branch, ...(weights === undefined ? [] : [logits(weights.shape)])]);
    return layer;
  };

  test("starts as the mean over all taps", () => {
    const weighted = filled(new DeformPooling2D({ ...options, mode: "weighted" }), (shape) => tf.zeros(shape));
    const mean = filled(new DeformPooling2D({ ...options, countIncludePad: true }), () => tf.zeros([1]));
    expect(weighted.getWeights()[2]!.shape).toEqual([3, 2, 1, 4]);
    expect(largestDifference(weighted.apply(x()) as Tensor, mean.apply(x()) as Tensor)).toBeLessThan(1e-6);
  });

  test("takes the sample of the tap whose weight outgrows the others, in each channel", () => {
    // Tap (1, 0) for channels 0 and 2, tap (2, 1) for 1 and 3.
    const logits = tf.buffer([3, 2, 1, 4]);
    for (let c = 0; c < 4; c++) logits.set(60, 1 + (c % 2), c % 2, 0, c);
    const layer = filled(new DeformPooling2D({ ...options, mode: "weighted" }), () => logits.toTensor());
    const [kernel, bias] = layer.getWeights() as [tf.Tensor4D, Tensor];
    const padded = tf.pad(x(), [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D;
    const offset = tf.add(tf.conv2d(padded, kernel, [2, 1], "valid"), bias);
    // The sum over a window of one tap is the sample there: a filter of one at the tap, zero at others.
    const result = layer.apply(x()) as Tensor;
    for (let c = 0; c < 4; c++) {
      const filter = tf.buffer([3, 2, 4, 1]);
      filter.set(1, 1 + (c % 2), c % 2, c, 0);
      const sample = deformConv2d(x(), filter.toTensor(), offset, {
        ...{ strides: [2, 1], padding: 1, offsetGroups: 2 },
      });
      const got = tf.slice(result, [0, 0, 0, c], [2, -1, -1, 1]);
      expect(tf.max(tf.abs(sample)).dataSync()[0]).toBeGreaterThan(0.1);
      expect(largestDifference(got, sample)).toBeLessThan(1e-6);
    }
  });
});

test("offsets are a convolution of the input with the layer's own window", () => {
  const options = { strides: [2, 1] as const, offsetGroups: 2, mode: "max" as const };
  const ours = new DeformPooling2D({ poolSize: [3, 2], ...options });
  const x = random([2, 7, 5, 4], 2);
  ours.apply(x);
  ours.setWeights(ours.getWeights().map((w, k) => tf.mul(random(w.shape, 10 + k), 0.3)));
  const [kernel, bias] = ours.getWeights() as [tf.Tensor4D, Tensor];
  expect([kernel.shape, bias.shape]).toEqual([[3, 2, 4, 24], [24]]);
  const offset = tf.add(tf.conv2d(x as tf.Tensor4D, kernel, [2, 1], "valid"), bias);
  const expected = deformPool2d(x, offset, { windowSize: [3, 2], ...options });
  expect(largestDifference(ours.apply(x) as Tensor, expected)).toBeLessThan(1e-5);
});

test.each(optimizers)("offsetLearningRate scales the step of the branch under %s", (_, make) => {
  const after = (rate: number) => {
    const layer = new DeformPooling2D({ poolSize: [2, 3], strides: 1, offsetLearningRate: rate });
    return weightsAfterStep(layer, random([2, 4, 5, 3], 4), make(), () => false);
  };
  const [full, slow] = [after(1), after(0.125)];
  for (const key of ["offset_kernel", "offset_bias"]) {
    expect(tf.max(tf.abs(full[key]!)).dataSync()[0]).toBeGreaterThan(1e-5);
    // What is stored moves as before; the layer uses an eighth of it.
    expect([...slow[key]!.dataSync()]).toEqual([...full[key]!.dataSync()]);
  }
});

test("sgd: the step of the bias is that of deformPool2d's offset, times the rate", () => {
  const layer = new DeformPooling2D({ poolSize: [2, 3], strides: 1, offsetLearningRate: 0.125 });
  const x = random([2, 4, 5, 3], 4);
  const { offset_bias: stored } = weightsAfterStep(layer, x, tf.train.sgd(0.1), () => false);
  const target = random([2, 3, 3, 3], 40);
  const cost = (offset: Tensor) =>
    tf.mean(tf.squaredDifference(deformPool2d(x, offset, { windowSize: [2, 3], strides: 1 }), target)) as tf.Scalar;
  const expected = tf.mul(tf.sum(tf.grad(cost)(tf.zeros([2, 3, 3, 12])), [0, 1, 2]), -0.0125);
  expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(1e-5);
  expect(largestDifference(tf.mul(stored!, 0.125), expected)).toBeLessThan(1e-7);
});

test.each(["cpu", "wasm"])("training keeps nothing and lowers the loss, %s", async (backend) => {
  await tf.setBackend(backend);
  const model = modelOf(
    new DeformPooling2D({ poolSize: [2, 3], offsetGroups: 2, strides: 1, inputShape: [6, 5, 2] }),
    new DeformPooling2D({ poolSize: 2, mode: "max", strides: 1, padding: "same" }),
  );
  model.compile({ optimizer: tf.train.adam(0.05), loss: "meanSquaredError" });
  const [x, y] = [random([2, 6, 5, 2], 7), random([2, 5, 3, 2], 8)];
  const first = (await model.trainOnBatch(x, y)) as number;
  const before = tf.memory().numTensors;
  let last = first;
  for (let step = 0; step < 60; step++) last = (await model.trainOnBatch(x, y)) as number;
  expect(tf.memory().numTensors).toBe(before);
  // Pooling has no other weights: only by looking elsewhere can it come nearer.
  expect(last).toBeLessThan(first * 0.75);
  model.dispose();
  await tf.setBackend("cpu");
});

describe("a model with it", () => {
  const options: DeformPooling2DArgs = {
    poolSize: [3, 2],
    strides: [1, 2],
    padding: [
      [2, 1],
      [0, 1],
    ],
    dilationRate: [2, 1],
    offsetGroups: 3,
    offsetLearningRate: 0.1,
    countIncludePad: true,
    mode: "average",
    name: "pools",
    inputShape: [5, 7, 6],
  };

  test("is saved and loaded", async () => {
    const model = modelOf(new DeformPooling2D(options));
    model.setWeights(model.getWeights().map((w, k) => random(w.shape, 20 + k)));
    const { loaded, weightNames } = await savedAndLoaded(model);
    const x = random([2, 5, 7, 6], 30);
    const [expected, got] = [model, loaded].map((m) => [...(m.predict(x) as Tensor).dataSync()]);
    expect(Math.max(...expected!)).toBeGreaterThan(0.1);
    expect(got).toEqual(expected);
    expect(loaded.layers[0]!.getConfig()).toEqual(model.layers[0]!.getConfig());
    expect(weightNames).toEqual(["pools/offset_kernel", "pools/offset_bias"]);
  });

  test("keeps every option in its configuration", () => {
    const { inputShape, ...kept } = options;
    const config = new DeformPooling2D(options).getConfig();
    expect(config).toMatchObject({ ...kept, batchInputShape: [null, 5, 7, 6] });
    expect(new DeformPooling2D(config as never).getConfig()).toEqual(config);
    const largest = new DeformPooling2D({ mode: "max" }).getConfig();
    expect(new DeformPooling2D(largest as never).getConfig()).toEqual(largest);
  });
});

describe("DeformPooling2D names what is wrong", () => {
  const rows: [object, string][] = [
    [{ poolSize: [3, 0] }, "poolSize must be an integer ≥ 1; received 0."],
    [{ mode: "mean" }, 'mode must be one of "average", "max", "weighted"; received "mean".'],
    [{ strides: 1.5 }, "strides must be an integer ≥ 1; received 1.5."],
    [
      { padding: "causal" },
      'padding must be "same", "valid", a number or [[top, bottom], [left, right]]; received "causal".',
    ],
    [{ offsetGroups: 0 }, "offsetGroups must be an integer ≥ 1; received 0."],
    [{ countIncludePad: 1 }, "countIncludePad must be true or false; received 1."],
    [
      { mode: "weighted", countIncludePad: true },
      'countIncludePad must be left out with mode "weighted"; received true.',
    ],
    [{ mode: "max", countIncludePad: true }, 'countIncludePad must be left out with mode "max"; received true.'],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ dtype: "int32" }, 'dtype must be "float32"; received "int32".'],
    [{ offsetGroups: 3 }, "offsetGroups must divide the 4 input channels; received 3."],
    [{ poolSize: [4, 1] }, "input must hold a window of [4, 1] pixels within its padding; received [1, 3, 5, 4]."],
    [
      { windowSize: 2 },
      'options must have only the keys poolSize, mode, strides, padding, dilationRate, offsetGroups, countIncludePad, offsetLearningRate, offsetLimit, inputShape, batchInputShape, batchSize, dtype, name, trainable, weights; received "windowSize".',
    ],
  ];
  test.each(rows)("%j", (options, message) => {
    const call = () => new DeformPooling2D(options as never).apply(tf.zeros([1, 3, 5, 4]));
    let got = "no error";
    try {
      call();
    } catch (error) {
      got = (error as Error).message;
    }
    expect(got).toBe(`DeformPooling2D: ${message}`);
  });
});
