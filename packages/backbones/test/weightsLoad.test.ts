import { batchNormalization, convolution2D } from "@ddl/backbones/layers";
import type { StoredTensor } from "@ddl/backbones/weights";
import {
  decodeSafetensors,
  decodeTorchCheckpoint,
  encodeSafetensors,
  exportWeights,
  loadWeights,
  weightNames,
} from "@ddl/backbones/weights";
import type { NumericArray } from "@ddl/core";
import {
  DcnV4,
  DeformAttention,
  DeformConv2DTranspose,
  DeformPooling2D,
  DeformRoiPooling,
} from "@ddl/deform-conv/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/weightsTorchCheckpoint.json" with { type: "json" };
import { torchNamed } from "./torchNamed.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

type Tensors = Map<string, StoredTensor<NumericArray>>;
const { layers: plain } = tfl;

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

function modelOf(shape: number[], ...parts: layers.Layer[]): LayersModel {
  const x = tfl.input({ shape });
  const y = parts.reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);
  return tfl.model({ inputs: x, outputs: y });
}

/** A convolution, a batch normalisation and a linear layer behind a flattened image. */
const network = (): LayersModel =>
  modelOf(
    [5, 3, 2],
    convolution2D({ filters: 3, kernelSize: [3, 2], name: "conv" }),
    batchNormalization({ name: "norm" }),
    plain.flatten(),
    plain.dense({ units: 2, name: "fc" }),
  );
const shapes: [string, number[]][] = [
  ["conv.weight", [3, 2, 3, 2]],
  ["conv.bias", [3]],
  ["norm.weight", [3]],
  ["norm.bias", [3]],
  ["norm.running_mean", [3]],
  ["norm.running_var", [3]],
  ["fc.weight", [2, 18]],
  ["fc.bias", [2]],
];
const tensors = (): Tensors => torchNamed("network", shapes);
const valuesOf = (model: LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

describe("loadWeights", () => {
  test("reads what torch saved, and gives it back in safetensors and by PyTorch's names", async () => {
    const file = Uint8Array.from(atob(golden.state.file), (letter) => letter.charCodeAt(0));
    const stored = decodeTorchCheckpoint(file).tensors;
    const model = network();
    loadWeights(model, stored);
    const exported = await exportWeights(model, { numBatchesTracked: 1 });
    const back = decodeSafetensors(encodeSafetensors({ tensors: exported })).tensors;
    expect([...back].sort()).toEqual([...stored].sort());
  });

  test("lists names and shapes of both sides, and leaves the model as it was", () => {
    const model = network();
    const before = valuesOf(model);
    const given = tensors();
    given.delete("conv.bias");
    given.set("head.weight", { shape: [4, 3], values: new Float32Array(12) });
    given.set("fc.weight", { shape: [18, 2], values: new Float32Array(36) });
    given.set("norm.weight", { shape: [3], values: new Float32Array(2) });
    given.set("norm.bias", { shape: [3], values: new Int32Array(3) });
    given.set("norm.running_mean", { shape: [3], values: new Float64Array(3), dtype: "I64" });
    expect(messageOf(() => loadWeights(model, given))).toBe(
      "loadWeights: tensors must have the names and shapes of the model; the tensors lack conv.bias [3]; the model has no " +
        "head.weight [4, 3]; unlike are norm.weight [3] of 2 values for [3], norm.bias [3] of Int32Array for [3], norm.running_mean [3] of I64 for [3], fc.weight [18, 2] for [2, 18].",
    );
    expect(valuesOf(model)).toEqual(before);
    // Shapes have to fit even if names need not.
    expect(messageOf(() => loadWeights(model, given, { strict: false }))).toContain("unlike are norm.weight");
    expect(valuesOf(model)).toEqual(before);
  });

  test("shortens the list of another network", () => {
    const strange: Tensors = new Map(
      Array.from({ length: 161 }, (_, k) => [`layer${k}`, { shape: [k], values: new Float32Array(k) }]),
    );
    const message = messageOf(() => loadWeights(network(), strange));
    expect(message).toContain("layer0 [0], layer1 [1]");
    expect(message).toMatch(/layer19 \[19\] and 141 more\.$/);
  });

  test("sets what is there, without strict", () => {
    const model = network();
    const before = valuesOf(model);
    const given = tensors();
    given.delete("fc.bias");
    given.set("extra", { shape: [1], values: Float32Array.of(1) });
    expect(loadWeights(model, given, { strict: false })).toEqual({ missing: ["fc.bias"], unexpected: ["extra"] });
    const after = valuesOf(model);
    const names = model.weights.map(({ originalName }) => originalName);
    for (const [k, name] of names.entries()) {
      if (name === "fc/bias") expect(after[k]).toEqual(before[k]);
      else expect(after[k], name).not.toEqual(before[k]);
    }
  });

  test("takes the part of a file that begins with a prefix, and writes one", async () => {
    const whole: Tensors = new Map([...tensors()].map(([name, value]) => [`encoder.${name}`, value]));
    whole.set("encoder.norm.num_batches_tracked", { shape: [], values: Float64Array.of(9), dtype: "I64" });
    whole.set("decoder.weight", { shape: [2], values: Float32Array.of(1, 2) });
    const model = network();
    expect(loadWeights(model, whole, { prefix: "encoder." })).toEqual({ missing: [], unexpected: [] });
    const back = await exportWeights(model, { prefix: "encoder.", numBatchesTracked: 9 });
    whole.delete("decoder.weight");
    expect([...back].sort()).toEqual([...whole].sort());
  });

  test("takes 16-bit and 64-bit floats", () => {
    const [model, other] = [network(), network()];
    const half = encodeSafetensors({
      tensors: new Map(
        [...tensors()].map(([name, { shape, values }]) => [name, { shape, values, dtype: "BF16" as const }]),
      ),
    });
    loadWeights(model, decodeSafetensors(half).tensors);
    const double: Tensors = new Map(
      [...decodeSafetensors(half).tensors].map(([name, { shape, values }]) => [
        name,
        { shape, values: Float64Array.from(values) },
      ]),
    );
    loadWeights(other, double);
    expect(valuesOf(other)).toEqual(valuesOf(model));
    expect(valuesOf(model).flat().every(Number.isFinite)).toBe(true);
  });

  test("finds the layers of models in a model, by their own names", async () => {
    const inner = modelOf([4, 5, 2], convolution2D({ filters: 3, kernelSize: 2, name: "layer1.0.conv1" }));
    const model = modelOf(
      [4, 5, 2],
      inner as unknown as layers.Layer,
      convolution2D({ filters: 1, kernelSize: 1, name: "head.0" }),
    );
    const given = torchNamed("nested", [
      ["layer1.0.conv1.weight", [3, 2, 2, 2]],
      ["layer1.0.conv1.bias", [3]],
      ["head.0.weight", [1, 3, 1, 1]],
      ["head.0.bias", [1]],
    ]);
    loadWeights(model, given);
    expect(await exportWeights(model)).toEqual(given);
  });

  test("keeps no tensor", () => {
    const model = network();
    const before = tf.memory().numTensors;
    loadWeights(model, tensors());
    messageOf(() => loadWeights(model, new Map()));
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each([
    [() => loadWeights(network(), {} as never), "loadWeights: tensors must be a Map; received {}."],
    [
      () => loadWeights(network(), tensors(), { stric: true } as never),
      'loadWeights: options must have only the keys names, prefix, strict; received "stric".',
    ],
    [
      () => loadWeights(network(), tensors(), { strict: 1 } as never),
      "loadWeights: strict must be true or false; received 1.",
    ],
    [
      () => loadWeights(network(), tensors(), { names: () => "one" }),
      'loadWeights: names must give each tensor a name of its own; received "one".',
    ],
    [
      () =>
        loadWeights(modelOf([4, 5, 3], plain.separableConv2d({ filters: 2, kernelSize: 2, name: "sep" })), tensors()),
      'loadWeights: model must have layers that PyTorch has too; received "sep of class SeparableConv2D with a weight pointwise_kernel".',
    ],
    [
      () =>
        loadWeights(modelOf([6, 2], plain.gru({ units: 3, recurrentInitializer: "zeros", name: "gru" })), tensors()),
      'loadWeights: model must have layers that PyTorch has too; received "gru of class GRU with a weight recurrent_kernel".',
    ],
    [
      () => {
        const [image, boxes] = [tfl.input({ shape: [8, 9, 2] }), tfl.input({ shape: [3, 4] })];
        const layer = new DeformRoiPooling({ outputSize: [2, 3], hiddenUnits: [], name: "roi" });
        const model = tfl.model({ inputs: [image, boxes], outputs: layer.apply([image, boxes]) as SymbolicTensor });
        loadWeights(model, tensors());
      },
      'loadWeights: model must have layers that PyTorch has too; received "roi of class DeformRoiPooling with a weight offset_kernel".',
    ],
  ])("refuses %#", (action, message) => {
    expect(messageOf(action)).toBe(message);
  });
});

describe("exportWeights", () => {
  test("names what is wrong", async () => {
    await expect(exportWeights(network(), { strict: true } as never)).rejects.toThrow(
      'exportWeights: options must have only the keys names, prefix, numBatchesTracked; received "strict".',
    );
    await expect(exportWeights(network(), { numBatchesTracked: -1 })).rejects.toThrow(
      "exportWeights: numBatchesTracked must be an integer ≥ 0; received -1.",
    );
  });

  test("keeps no tensor, and gives copies", async () => {
    const model = network();
    loadWeights(model, tensors());
    const before = tf.memory().numTensors;
    const first = await exportWeights(model);
    expect(tf.memory().numTensors).toBe(before);
    for (const { values } of first.values()) values.fill(9);
    expect((await exportWeights(model)).get("fc.bias")).toEqual(tensors().get("fc.bias"));
  });
});

describe("layers of @ddl/deform-conv have the names of their published modules", () => {
  const names = async (model: LayersModel): Promise<Record<string, number[]>> =>
    Object.fromEntries([...(await exportWeights(model))].map(([name, { shape }]) => [name, shape]));
  /** Random weights that come back by their names. */
  const expectRoundTrip = async (model: LayersModel): Promise<void> => {
    const given = torchNamed("deformable", Object.entries(await names(model)));
    loadWeights(model, given);
    for (const [name, { values }] of await exportWeights(model)) {
      const expected = given.get(name)!.values;
      for (const [i, value] of values.entries()) expect(value, name).toBeCloseTo(expected[i]!, 6);
    }
  };

  test("mmcv's conv_offset, of a transposed convolution and a pooling too", async () => {
    const model = modelOf(
      [6, 8, 4],
      new DeformConv2DTranspose({
        filters: 3,
        kernelSize: [2, 3],
        modulated: true,
        offsetLearningRate: 0.3,
        name: "up",
      }),
      new DeformPooling2D({ poolSize: [2, 3], offsetLearningRate: 0.1, mode: "weighted", name: "pool" }),
    );
    expect(await names(model)).toEqual({
      "up.weight": [4, 3, 2, 3],
      "up.bias": [3],
      "up.conv_offset.weight": [18, 4, 2, 3],
      "up.conv_offset.bias": [18],
      "pool.conv_offset.weight": [12, 3, 2, 3],
      "pool.conv_offset.bias": [12],
      "pool.pool_logits": [3, 1, 2, 3],
    });
    await expectRoundTrip(model);
  });

  test("Deformable DETR's projections, the offsets' times their rate", async () => {
    const [queries, points, value] = [
      [5, 8],
      [5, 2, 2],
      [30, 7],
    ].map((shape) => tfl.input({ shape }));
    const layer = new DeformAttention({
      spatialShapes: [
        [4, 6],
        [2, 3],
      ],
      heads: 2,
      points: 3,
      offsetLearningRate: 0.5,
      name: "attn",
    });
    const y = layer.apply([queries!, points!, value!]) as SymbolicTensor;
    const model = tfl.model({ inputs: [queries!, points!, value!], outputs: y });
    expect(await names(model)).toEqual({
      "attn.sampling_offsets.weight": [24, 8],
      "attn.sampling_offsets.bias": [24],
      "attn.attention_weights.weight": [12, 8],
      "attn.attention_weights.bias": [12],
      "attn.value_proj.weight": [8, 7],
      "attn.value_proj.bias": [8],
      "attn.output_proj.weight": [8, 8],
      "attn.output_proj.bias": [8],
    });
    await expectRoundTrip(model);
    // The published start, heads in as many directions, is stored divided by the rate: the first steps to the right.
    const fresh = new DeformAttention({
      spatialShapes: [
        [4, 6],
        [2, 3],
      ],
      heads: 2,
      points: 3,
      offsetLearningRate: 0.5,
      name: "a",
    });
    const first = tfl.model({
      inputs: [queries!, points!, value!],
      outputs: fresh.apply([queries!, points!, value!]) as SymbolicTensor,
    });
    expect((await exportWeights(first)).get("a.sampling_offsets.bias")!.values[0]).toBeCloseTo(1, 6);
  });

  test("DCNv4's", async () => {
    const options = {
      groups: 2,
      depthwiseKernelSize: 3,
      centerFeatureScale: true,
      offsetLearningRate: 0.5,
      name: "dcn",
    };
    const model = modelOf([4, 5, 8], new DcnV4(options));
    expect(await names(model)).toEqual({
      "dcn.value_proj.weight": [8, 8],
      "dcn.value_proj.bias": [8],
      "dcn.offset_mask_dw.weight": [8, 1, 3, 3],
      "dcn.offset_mask_dw.bias": [8],
      "dcn.offset_mask.weight": [56, 8],
      "dcn.offset_mask.bias": [56],
      "dcn.center_feature_scale_proj_weight": [2, 8],
      "dcn.center_feature_scale_proj_bias": [2],
      "dcn.output_proj.weight": [8, 8],
      "dcn.output_proj.bias": [8],
    });
    await expectRoundTrip(model);
    const given = torchNamed("dcn", Object.entries(await names(model)));
    loadWeights(model, given);
    const depthwise = model.weights.find(({ originalName }) => originalName === "dcn/depthwise_kernel")!.read();
    const published = tf.tensor([...given.get("dcn.offset_mask_dw.weight")!.values], [8, 3, 3]);
    const expected = tf.div(tf.transpose(published, [1, 2, 0]), 0.5);
    expect([...depthwise.dataSync()]).toEqual([...expected.dataSync()]);
  });
});

describe("weightNames", () => {
  test.each([
    ["encoder.blocks.0.conv1.0.weight", "encoder1.enc1conv1.weight"],
    ["encoder.blocks.2.conv2.1.running_mean", "encoder3.enc3norm2.running_mean"],
    ["encoder.blocks.3.conv1.1.num_batches_tracked", "encoder4.enc4norm1.num_batches_tracked"],
    ["encoder.blocks.4.conv1.0.weight", "bottleneck.bottleneckconv1.weight"],
    ["encoder.blocks.4.conv2.1.bias", "bottleneck.bottlenecknorm2.bias"],
    ["decoder.blocks.0.up.weight", "upconv4.weight"],
    ["decoder.blocks.0.conv1.0.weight", "decoder4.dec4conv1.weight"],
    ["decoder.blocks.3.conv2.1.weight", "decoder1.dec1norm2.weight"],
    ["decoder.blocks.3.up.bias", "upconv1.bias"],
    ["segmentation_head.0.bias", "conv.bias"],
  ])("brainSegmentation has %s as %s", (ours, theirs) => {
    expect(weightNames.brainSegmentation(ours)).toBe(theirs);
  });

  test("mmcv's older packs", () => {
    const { mmcvOffsetBeside, mmcvOffsetMask } = weightNames;
    expect(mmcvOffsetBeside("layer3.0.conv2.conv_offset.weight")).toBe("layer3.0.conv2_offset.weight");
    expect(mmcvOffsetMask("layer3.0.conv2.conv_offset.bias")).toBe("layer3.0.conv2.conv_offset_mask.bias");
    expect(mmcvOffsetBeside("layer3.0.conv2.weight")).toBe("layer3.0.conv2.weight");
  });
});
