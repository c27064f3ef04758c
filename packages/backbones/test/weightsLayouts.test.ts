import {
  averagePooling2D,
  batchNormalization,
  convolution2D,
  convolution3D,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  maxPooling2D,
  resize2D,
} from "@ddl/backbones/layers";
import { exportWeights, loadWeights } from "@ddl/backbones/weights";
import { DeformConv2D } from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, LayerVariable, layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/weightsLayouts.json" with { type: "json" };
import { uniform } from "./hashed.js";
import { torchNamed } from "./torchNamed.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** torch's `nn.MultiheadAttention` of 6 features in two heads; its three input projections are one weight or three. */
class Attention extends tfl.layers.Layer {
  static className: string = "TestAttention";
  readonly #packed: boolean;
  #kernels: LayerVariable[] = [];
  #biases: LayerVariable[] = [];

  constructor({ packed, ...args }: { packed: boolean; name: string }) {
    super(args);
    this.#packed = packed;
  }

  override build(): void {
    const zeros = tfl.initializers.zeros();
    const keys = this.#packed ? ["in_proj_"] : ["query_", "key_", "value_"];
    for (const key of [...keys, "out_proj_"]) {
      const outputs = key === "in_proj_" ? 18 : 6;
      this.#kernels.push(this.addWeight(`${key}kernel`, [6, outputs], "float32", zeros));
      this.#biases.push(this.addWeight(`${key}bias`, [outputs], "float32", zeros));
    }
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const [batch, length] = x.shape as [number, number];
    const project = (y: Tensor, kernel: Tensor, bias: Tensor): Tensor =>
      tf.reshape(tf.add(tf.matMul(tf.reshape(y, [-1, 6]), kernel), bias), [batch, length, -1]);
    const joined = (all: LayerVariable[], axis: number): Tensor =>
      tf.concat(
        all.slice(0, -1).map((each) => each.read()),
        axis,
      );
    const made = project(x, joined(this.#kernels, 1), joined(this.#biases, 0));
    const [q, k, v] = tf
      .split(made, 3, 2)
      .map((each) => tf.transpose(tf.reshape(each, [batch, length, 2, 3]), [0, 2, 1, 3]));
    const shares = tf.softmax(tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(3)));
    const seen = tf.reshape(tf.transpose(tf.matMul(shares, v!), [0, 2, 1, 3]), [batch, length, 6]);
    return project(seen, this.#kernels.at(-1)!.read(), this.#biases.at(-1)!.read());
  }

  override computeOutputShape(inputShape: tfl.Shape): tfl.Shape {
    return inputShape;
  }
}

/** The whole numbers that the case of the embedding makes of its input. */
class Rows extends tfl.layers.Layer {
  static className: string = "TestRows";

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.floor(tf.add(tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, 3), 3));
  }

  override computeOutputShape(inputShape: tfl.Shape): tfl.Shape {
    return inputShape;
  }
}

type Layer = layers.Layer;
const { layers: plain } = tfl;
const deformable = (options: { modulated: boolean; maskGain?: number; offsetLearningRate?: number }): Layer =>
  new DeformConv2D({
    filters: 6,
    kernelSize: [3, 2],
    strides: [2, 1],
    padding: [
      [1, 1],
      [0, 0],
    ],
    dilationRate: [1, 2],
    groups: 2,
    offsetGroups: 2,
    useBias: options.modulated,
    name: "conv2",
    ...options,
  });

/** What stands here for the modules of a case, one variant a list. */
const variants: Record<string, Layer[][]> = {
  convolution: [
    [
      convolution2D({
        filters: 5,
        kernelSize: [2, 3],
        strides: [2, 1],
        padding: [1, 0],
        dilations: [1, 2],
        name: "conv",
      }),
    ],
  ],
  "convolution of tf.layers": [[plain.conv2d({ filters: 4, kernelSize: [2, 3], name: "conv" })]],
  "even size, stride 2": [[convolution2D({ filters: 3, kernelSize: 3, strides: 2, padding: 1, name: "conv" })]],
  grouped: [[convolution2D({ filters: 6, kernelSize: [3, 2], padding: [1, 0], groups: 2, name: "conv" })]],
  depthwise: [
    [plain.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2, name: "conv" })],
    [convolution2D({ filters: 6, kernelSize: [2, 3], groups: 3, name: "conv" })],
  ],
  "convolution 1D": [[plain.conv1d({ filters: 4, kernelSize: 3, name: "conv" })]],
  "convolution 3D": [[convolution3D({ filters: 3, kernelSize: [1, 2, 3], padding: [0, 1, 1], name: "conv" })]],
  transposed: [[plain.conv2dTranspose({ filters: 4, kernelSize: [2, 3], strides: [2, 3], name: "up" })]],
  "transposed 3D": [[plain.conv3dTranspose({ filters: 3, kernelSize: [1, 2, 2], strides: [1, 2, 2], name: "up" })]],
  linear: [[plain.dense({ units: 3, name: "fc" })]],
  "linear behind a flattened image": [
    [plain.flatten(), plain.dropout({ rate: 0.5 }), plain.reLU(), plain.dense({ units: 2, name: "fc" })],
    [plain.reshape({ targetShape: [24] }), plain.reLU(), plain.dense({ units: 2, name: "fc" })],
    [plain.permute({ dims: [3, 1, 2] }), plain.flatten(), plain.reLU(), plain.dense({ units: 2, name: "fc" })],
    [
      plain.permute({ dims: [3, 1, 2] }),
      plain.flatten({ dataFormat: "channelsFirst" }),
      plain.reLU(),
      plain.dense({ units: 2, name: "fc" }),
    ],
  ],
  "linear behind a flattened volume": [
    [
      plain.flatten(),
      batchNormalization({ name: "norm" }),
      plain.dense({ units: 24, name: "fc" }),
      plain.dense({ units: 2, name: "fc2" }),
    ],
  ],
  "batch normalisation": [
    [batchNormalization({ name: "norm" })],
    [plain.batchNormalization({ epsilon: 1e-5, name: "norm" })],
  ],
  "layer normalisation": [
    [layerNormalization({ name: "norm" })],
    [plain.layerNormalization({ epsilon: 1e-5, name: "norm" })],
  ],
  "group normalisation": [[groupNormalization({ groups: 2, name: "norm" })]],
  "instance normalisation": [[instanceNormalization({ affine: true, name: "norm" })]],
  embedding: [[new Rows(), plain.embedding({ inputDim: 7, outputDim: 3, name: "table" })]],
  attention: [
    [new Attention({ packed: true, name: "attention" })],
    [new Attention({ packed: false, name: "attention" })],
  ],
  deformable: [[deformable({ modulated: false })], [deformable({ modulated: false, offsetLearningRate: 0.25 })]],
  "modulated deformable": [
    [deformable({ modulated: true, maskGain: 1 })],
    [deformable({ modulated: true, offsetLearningRate: 0.1 })], // maskGain is 2
  ],
  network: [
    [
      convolution2D({ filters: 4, kernelSize: 3, strides: 2, padding: 1, useBias: false, name: "conv1" }),
      batchNormalization({ name: "bn1" }),
      maxPooling2D({ poolSize: 3, strides: 2, padding: 1 }),
      convolution2D({ filters: 6, kernelSize: 3, padding: 2, dilations: 2, groups: 2, name: "layer1.0" }),
      groupNormalization({ groups: 3, name: "layer1.1" }),
      plain.reLU(),
      plain.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2, name: "up" }),
      resize2D({ size: [4, 6], mode: "bilinear" }),
      averagePooling2D({ poolSize: 3, strides: 1, padding: 1 }),
      plain.flatten(),
      plain.dense({ units: 5, name: "head" }),
    ],
  ],
};

function modelOf(shape: readonly number[], parts: readonly Layer[]): LayersModel {
  const x = tfl.input({ shape: shape.slice(1) });
  const y = parts.reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);
  return tfl.model({ inputs: x, outputs: y });
}

const cases = golden.cases as {
  name: string;
  x: number[];
  tensors: [string, number[]][];
  value: { shape: number[]; values: number[] };
}[];

describe("a model with PyTorch's weights has PyTorch's values, and gives its weights back", () => {
  const all = cases.flatMap((one) =>
    variants[one.name]!.map((parts, k) => [`${one.name}, ${k + 1}`, one, parts] as const),
  );

  test.each(all)("%s", async (_, { name, x: shape, tensors: keys, value }, parts) => {
    const tensors = torchNamed(name, keys);
    const model = modelOf(shape, parts);
    expect(loadWeights(model, tensors)).toEqual({ missing: [], unexpected: [] });
    const y = model.predict(
      tf.tensor(
        uniform(
          `${name}/x`,
          shape.reduce((a, b) => a * b),
        ),
        shape,
      ),
    ) as Tensor;
    expect(y.shape).toEqual(value.shape);
    const got = y.dataSync();
    const worst = value.values.reduce((error, expected, i) => Math.max(error, Math.abs(expected - got[i]!)), 0);
    expect(worst).toBeLessThan(5e-6);
    const back = await exportWeights(model);
    const counters = [...back].filter(([key]) => key.endsWith("num_batches_tracked"));
    for (const [key, counter] of counters) {
      expect(counter).toEqual({ shape: [], values: Float64Array.of(0), dtype: "I64" });
      back.delete(key);
    }
    expect([...back.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [key, { shape: sides, values }] of tensors) {
      expect(back.get(key)!.shape, key).toEqual(sides);
      // 0.1 as a learning rate is no power of two: the last bit may be lost on the way.
      const exact = [...back.get(key)!.values].map((v, i) => (Math.abs(v - values[i]!) < 1e-7 ? values[i] : v));
      expect(exact, key).toEqual([...values]);
    }
  });

  test("every case has a variant", () => {
    expect(Object.keys(variants)).toEqual(cases.map(({ name }) => name));
    expect(new Set(all.map(([, { name }]) => name)).size).toBe(cases.length);
  });
});
