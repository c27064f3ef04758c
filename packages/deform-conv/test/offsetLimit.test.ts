import { deformConv2d, deformConv2dTranspose, deformPool2d } from "@ddl/deform-conv";
import { DeformConv2D, DeformConv2DTranspose, DeformPooling2D, samplePoints } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { largestDifference, modelOf, random, savedAndLoaded } from "./layerTraining.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const offsetLimit = 0.75;
const inputShape = [4, 5, 2];
/** What the limit makes of a constant offset, in every entry. */
const limited = (bias: Tensor, shape: number[]): Tensor =>
  tf.add(tf.zeros(shape), tf.mul(tf.tanh(tf.div(bias, offsetLimit)), offsetLimit));

type Kernel = tf.Tensor4D;
const cases: [string, layers.Layer, (x: Tensor, kernel: Kernel, bias: Tensor) => Tensor][] = [
  [
    "DeformConv2D",
    new DeformConv2D({ filters: 3, kernelSize: [1, 2], useBias: false, modulated: true, offsetLimit, inputShape }),
    (x, kernel, bias) => deformConv2d(x, kernel, limited(bias, [2, 4, 4, 4])),
  ],
  [
    "DeformConv2DTranspose",
    new DeformConv2DTranspose({
      filters: 3,
      kernelSize: [1, 2],
      strides: [1, 2],
      useBias: false,
      offsetLimit,
      inputShape,
    }),
    (x, kernel, bias) => deformConv2dTranspose(x, kernel, limited(bias, [2, 4, 5, 4]), { strides: [1, 2] }),
  ],
  [
    "DeformPooling2D",
    new DeformPooling2D({ poolSize: [1, 2], strides: 1, offsetLimit, inputShape }),
    (x, _, bias) => deformPool2d(x, limited(bias, [2, 4, 4, 4]), { windowSize: [1, 2], strides: 1 }),
  ],
];

test.each(cases)("%s bends offsets towards offsetLimit, and keeps it in a saved model", async (_, layer, expected) => {
  const x = random([2, 4, 5, 2], 1);
  const model = modelOf(layer);
  const names = layer.weights.map(({ originalName }) => originalName.slice(originalName.lastIndexOf("/") + 1));
  const bias = tf.tensor1d([3, -0.25, 0.5, -40]);
  layer.setWeights(layer.getWeights().map((weight, k) => (names[k] === "offset_bias" ? bias : weight)));
  const got = model.predict(x) as Tensor;
  const kernel = layer.getWeights()[0] as Kernel;
  expect(largestDifference(got, expected(x, kernel, bias))).toBeLessThan(2e-6);
  const { loaded } = await savedAndLoaded(model);
  expect(loaded.layers[0]!.getConfig()["offsetLimit"]).toBe(offsetLimit);
  expect([...(loaded.predict(x) as Tensor).dataSync()]).toEqual([...got.dataSync()]);
});

test("samplePoints shows limited offsets", () => {
  const layer = new DeformConv2D({ filters: 1, kernelSize: 1, offsetLimit: 0.5 });
  const x = random([1, 2, 3, 2], 2);
  layer.apply(x);
  const [kernel, bias, offsetKernel] = layer.getWeights() as [Tensor, Tensor, Tensor];
  layer.setWeights([kernel, bias, offsetKernel, tf.tensor1d([100, -100])]);
  const [row, column] = samplePoints(layer, x).dataSync();
  expect([row, column]).toEqual([0.5, -0.5]);
});
