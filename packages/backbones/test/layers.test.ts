import * as torchLayers from "@ddl/backbones/layers";
import {
  BatchNormalization,
  batchNormalization,
  Convolution2D,
  channelAffine,
  convolution2D,
  kaimingNormal,
  kaimingUniform,
  normalization,
  resize2D,
  torchDefault,
} from "@ddl/backbones/layers";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const random = (shape: number[], seed: number): Tensor => tf.randomUniform(shape, -1, 1, "float32", seed);
const make = torchLayers as unknown as Record<string, (args: object) => layers.Layer>;
const messageOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
};

/** A layer, the shape it is given, and arguments of which none is a default. */
const configured: [string, number[], object][] = [
  [
    "convolution2D",
    [7, 6, 4],
    {
      ...{ filters: 6, kernelSize: [3, 2], strides: [2, 1], dilations: [1, 2], groups: 2, useBias: false },
      padding: [
        [2, 1],
        [0, 3],
      ],
      ...{ kernelInitializer: kaimingNormal({ name: "w", seed: 3, mode: "fanOut", slope: 0.1 }), trainable: false },
    },
  ],
  [
    "convolution3D",
    [3, 4, 5, 2],
    {
      ...{ filters: 3, kernelSize: [1, 2, 3], strides: [1, 2, 1], padding: "same", dilations: [2, 1, 1] },
      ...{
        biasInitializer: torchDefault({ name: "b", fanIn: 7 }),
        kernelRegularizer: tfl.regularizers.l2({ l2: 0.5 }),
      },
    },
  ],
  ["batchNormalization", [3, 2, 4], { momentum: 0.8, epsilon: 0.01 }],
  ["groupNormalization", [3, 2, 4], { groups: 2, epsilon: 0.01 }],
  ["instanceNormalization", [3, 2, 4], { affine: true, epsilon: 0.01 }],
  ["layerNormalization", [3, 4], { epsilon: 0.01 }],
  [
    "maxPooling2D",
    [7, 6, 2],
    {
      ...{ poolSize: [3, 2], strides: [2, 1], ceilMode: true },
      padding: [
        [1, 2],
        [0, 1],
      ],
    },
  ],
  ["averagePooling2D", [7, 6, 2], { poolSize: [3, 2], strides: 2, padding: 1, ceilMode: true, countIncludePad: false }],
  ["resize2D", [3, 4, 2], { scale: [1.5, 2], mode: "bilinear", alignCorners: true }],
  ["resize2D", [3, 4, 2], { size: [5, 2], mode: "bilinear" }],
  ["channelAffine", [3, 4, 2], { scale: [0.5, -2], offset: [1, 3] }],
];

describe.each(configured)("%s", (factory, shape, args) => {
  test("is saved and loaded with every option", async () => {
    const image = tfl.input({ shape });
    const layer = make[factory]!({ ...args, name: "layer1.0.conv1" });
    const model = tfl.model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
    model.setWeights(model.getWeights().map((w, k) => tf.add(1.5, random(w.shape, k))));
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const modelTopology = JSON.parse(JSON.stringify(saved.modelTopology)) as object;
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ ...saved, modelTopology }));
    const x = random([2, ...shape], 9);
    expect([...(loaded.predict(x) as Tensor).dataSync()]).toEqual([...(model.predict(x) as Tensor).dataSync()]);
    expect(loaded.getLayer("layer1.0.conv1").getConfig()).toEqual(layer.getConfig());
    for (const spec of saved.weightSpecs!) expect(spec.name).toMatch(/^layer1\.0\.conv1\/[a-z_]+$/);
  });

  test("keeps every option in its configuration", () => {
    const config = make[factory]!(args).getConfig();
    const plain = Object.entries(args).filter(([key]) => !key.endsWith("izer"));
    for (const [key, value] of plain) {
      const pair = Array.isArray(config[key]) && !Array.isArray(value);
      expect(config[key], key).toEqual(pair ? (config[key] as unknown[]).map(() => value as unknown) : value);
    }
    expect(make[factory]!(config).getConfig()).toEqual(config);
  });
});

describe("BatchNormalization", () => {
  const x = () => random([2, 3, 4, 2], 1);
  const averages = (layer: layers.Layer) =>
    layer
      .getWeights()
      .slice(2)
      .map((w) => [...w.dataSync()]);

  test("uses and keeps its averages where it is not training, or not trainable", () => {
    const layer = new BatchNormalization();
    layer.apply(x());
    layer.setWeights(
      [
        [2, 3],
        [1, -1],
        [0.5, -0.5],
        [4, 0.25],
      ].map((values) => tf.tensor(values)),
    );
    const before = averages(layer);
    const expected = tf.batchNorm(x() as tf.Tensor4D, [0.5, -0.5], [4, 0.25], [1, -1], [2, 3], 1e-5);
    layer.trainable = false;
    const frozen = layer.apply(x(), { training: true }) as Tensor;
    layer.trainable = true;
    const used = layer.apply(x(), { training: false }) as Tensor;
    for (const y of [frozen, used]) expect(tf.max(tf.abs(tf.sub(y, expected))).dataSync()[0]).toBeLessThan(1e-6);
    expect(averages(layer)).toEqual(before);
    layer.apply(x(), { training: true });
    expect(averages(layer)).not.toEqual(before);
  });

  test("does not hide tf.layers' own", () => {
    const own = tfl.layers.batchNormalization({}).getClassName();
    expect(own).toBe("BatchNormalization");
    expect(batchNormalization().getClassName()).toBe("DdlBatchNormalization");
  });

  test("names a batch of one value", () => {
    expect(messageOf(() => batchNormalization().apply(tf.zeros([1, 1, 1, 3]), { training: true }))).toBe(
      "BatchNormalization: input must have more than one value a channel in training; received [1, 1, 1, 3].",
    );
  });
});

test("ChannelAffine multiplies and adds, each channel its own numbers", () => {
  const layer = channelAffine({ scale: [2, -1, 0.5], offset: [0, 10, -1] });
  const x = tf.tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
  expect((layer.apply(x) as Tensor).arraySync()).toEqual([
    [
      [2, 8, 0.5],
      [8, 5, 2],
    ],
  ]);
  expect(layer.weights).toEqual([]);
});

describe("initialisers", () => {
  const shape = [3, 5, 40, 60];
  const moments = (initializer: { apply(shape: number[]): Tensor }) => {
    const values = [...initializer.apply(shape).dataSync()];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    return { mean, variance, largest: Math.max(...values.map(Math.abs)), first: values.slice(0, 3) };
  };

  test("have torch's variances and ranges", () => {
    const cases: [ReturnType<typeof kaimingNormal>, number, number][] = [
      [kaimingNormal({ name: "a" }), 2 / 600, Number.POSITIVE_INFINITY],
      [kaimingNormal({ name: "b", mode: "fanOut", slope: 2 }), 2 / 5 / 900, Number.POSITIVE_INFINITY],
      [kaimingUniform({ name: "c" }), 2 / 600, Math.sqrt(6 / 600)],
      [torchDefault({ name: "d" }), 1 / 3 / 600, Math.sqrt(1 / 600)],
      [torchDefault({ name: "e", fanIn: 7 }), 1 / 3 / 7, Math.sqrt(1 / 7)],
    ];
    for (const [initializer, variance, bound] of cases) {
      const got = moments(initializer);
      expect(Math.abs(got.variance / variance - 1)).toBeLessThan(0.03);
      expect(Math.abs(got.mean)).toBeLessThan(5 * Math.sqrt(variance / 36_000));
      expect(got.largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
      if (Number.isFinite(bound)) expect(got.largest).toBeGreaterThan(0.999 * bound);
      // Not cut off at two deviations, as tf.layers' heNormal is.
      else expect(got.largest).toBeGreaterThan(3.5 * Math.sqrt(variance));
    }
  });

  test("follow from seed and name alone", () => {
    const first = (options: { name: string; seed?: number }) => moments(kaimingNormal(options)).first;
    expect(first({ name: "a", seed: 4 })).toEqual(first({ name: "a", seed: 4 }));
    expect(first({ name: "a", seed: 4 })).not.toEqual(first({ name: "a", seed: 5 }));
    expect(first({ name: "a" })).not.toEqual(first({ name: "b" }));
  });

  test("of a convolution are torch's by default, from its name", () => {
    const weights = (name: string) => {
      const layer = convolution2D({ filters: 3, kernelSize: 2, name });
      layer.apply(tf.zeros([1, 2, 2, 9]));
      return layer.getWeights().map((w) => [...w.dataSync()]);
    };
    const [kernel, bias] = weights("conv1");
    expect(weights("conv1")).toEqual([kernel, bias]);
    expect(weights("conv2")).not.toEqual([kernel, bias]);
    expect(Math.max(...kernel!.map(Math.abs))).toBeLessThanOrEqual(1 / 6);
    expect(Math.max(...kernel!.map(Math.abs))).toBeGreaterThan(0.9 / 6);
    expect(Math.max(...bias!.map(Math.abs))).toBeLessThanOrEqual(1 / 6);
  });
});

describe("normalization", () => {
  test("gives the layer of each kind", () => {
    const options = { name: "bn1", epsilon: 0.02 };
    const configs = (["batch", "instance"] as const).map((kind) => normalization(kind, options)!.getConfig());
    expect(configs[0]).toMatchObject({ name: "bn1", epsilon: 0.02, momentum: 0.9 });
    expect(configs[1]).toMatchObject({ name: "bn1", epsilon: 0.02, affine: true });
    expect(normalization("group", { ...options, groups: 4 })!.getConfig()).toMatchObject({ groups: 4, epsilon: 0.02 });
    expect(normalization("group", options)!.getConfig()).toMatchObject({ groups: 32 });
    expect(normalization("none", options)).toBeUndefined();
  });
});

describe("sizes that are not known yet", () => {
  test("stay unknown, the others do not", () => {
    const conv = new Convolution2D({ filters: 5, kernelSize: 3, strides: 2, padding: 1 });
    expect(conv.computeOutputShape([null, null, 7, 3])).toEqual([null, null, 4, 5]);
    expect(resize2D({ scale: 2 }).computeOutputShape([null, 3, null, 2])).toEqual([null, 6, null, 2]);
    expect(resize2D({ size: [4, 5] }).computeOutputShape([null, null, null, 2])).toEqual([null, 4, 5, 2]);
  });

  test("fit a model of any size", () => {
    const image = tfl.input({ shape: [null, null, 2] });
    const y = convolution2D({ filters: 3, kernelSize: 3, strides: 2, padding: 1 }).apply(image) as SymbolicTensor;
    const model = tfl.model({
      inputs: image,
      outputs: resize2D({ scale: 2, mode: "bilinear" }).apply(y) as SymbolicTensor,
    });
    expect((model.predict(tf.zeros([1, 5, 8, 2])) as Tensor).shape).toEqual([1, 6, 8, 3]);
    expect((model.predict(tf.zeros([1, 4, 3, 2])) as Tensor).shape).toEqual([1, 4, 4, 3]);
  });
});

describe("names what is wrong", () => {
  const rows: [string, object, string][] = [
    ["convolution2D", { filters: 0, kernelSize: 1 }, "Convolution2D: filters must be an integer ≥ 1; received 0."],
    [
      "convolution2D",
      { filters: 2, kernelSize: [1, 2, 3] },
      "Convolution2D: kernelSize must be a number or have 2 entries, one an axis; received [1, 2, 3].",
    ],
    [
      "convolution2D",
      { filters: 2, kernelSize: 1, padding: [[1, 2], 3, 4] },
      'Convolution2D: padding must be "same", "valid", a number, or 2 numbers or pairs [before, after], one an axis; received [[1, 2], 3, 4].',
    ],
    [
      "convolution2D",
      { filters: 4, kernelSize: 1, groups: 3 },
      "Convolution2D: groups must divide the 4 filters; received 3.",
    ],
    [
      "convolution2D",
      { filters: 6, kernelSize: 1, groups: 3 },
      "Convolution2D: groups must divide the 4 input channels; received 3.",
    ],
    [
      "convolution2D",
      { filters: 6, kernelSize: [1, 9], padding: [0, 1] },
      "Convolution2D: input must hold a window of [1, 9] pixels within its padding; received [1, 3, 5, 4].",
    ],
    [
      "convolution2D",
      { filters: 6, kernelSize: 1, dilationRate: 2 },
      'Convolution2D: options must have only the keys filters, kernelSize, strides, padding, dilations, useBias, groups, kernelInitializer, biasInitializer, kernelRegularizer, biasRegularizer, inputShape, batchInputShape, batchSize, dtype, name, trainable, weights; received "dilationRate".',
    ],
    [
      "convolution2D",
      { filters: 6, kernelSize: 1, dtype: "int32" },
      'Convolution2D: dtype must be "float32"; received "int32".',
    ],
    [
      "batchNormalization",
      { momentum: 1.1 },
      "BatchNormalization: momentum must be a finite number ≥ 0 and ≤ 1; received 1.1.",
    ],
    ["groupNormalization", { groups: 3 }, "GroupNormalization: groups must divide the 4 input channels; received 3."],
    ["instanceNormalization", { affine: 1 }, "InstanceNormalization: affine must be true or false; received 1."],
    ["layerNormalization", { epsilon: 0 }, "LayerNormalization: epsilon must be a finite number > 0; received 0."],
    [
      "maxPooling2D",
      { poolSize: 2, padding: 2 },
      "MaxPooling2D: padding must be less than the window of [2, 2] pixels on each side; received 2.",
    ],
    ["averagePooling2D", { poolSize: 2, ceilMode: 0 }, "AveragePooling2D: ceilMode must be true or false; received 0."],
    [
      "averagePooling2D",
      { poolSize: 4 },
      "AveragePooling2D: input must hold a window of [4, 4] pixels within its padding; received [1, 3, 5, 4].",
    ],
    [
      "channelAffine",
      { scale: [1, 2], offset: [0, 0] },
      "ChannelAffine: input must have 2 channels, as many as scale has numbers; received [1, 3, 5, 4].",
    ],
    [
      "channelAffine",
      { scale: [1, 2], offset: [0] },
      "ChannelAffine: offset must have 2 numbers, as scale has; received [0].",
    ],
    [
      "channelAffine",
      { scale: [1, Number.NaN], offset: [0, 0] },
      "ChannelAffine: scale[1] must be a finite number; received NaN.",
    ],
    [
      "channelAffine",
      { scale: 2, offset: [0] },
      "ChannelAffine: scale must be an array of at least one number; received 2.",
    ],
    ["resize2D", {}, "Resize2D: size must be given if scale is not; received undefined."],
    ["resize2D", { scale: 2, size: 3 }, "Resize2D: size must be left out with scale; received 3."],
    ["resize2D", { scale: 0 }, "Resize2D: scale must be a finite number > 0; received 0."],
    [
      "resize2D",
      { scale: 0.25 },
      "Resize2D: input must have at least one pixel a side when scaled by [0.25, 0.25]; received [1, 3, 5, 4].",
    ],
    [
      "resize2D",
      { scale: 2, mode: "linear" },
      'Resize2D: mode must be one of "nearest", "bilinear"; received "linear".',
    ],
    [
      "resize2D",
      { scale: 2, alignCorners: true },
      'Resize2D: alignCorners must be left out with mode "nearest"; received true.',
    ],
  ];
  test.each(rows)("%s %j", (factory, args, message) => {
    expect(messageOf(() => make[factory]!(args).apply(tf.zeros([1, 3, 5, 4])))).toBe(message);
  });

  test.each([
    [() => kaimingNormal({ name: "" }), 'kaimingNormal: name must be a non-empty string; received "".'],
    [() => kaimingUniform({ name: "a", slope: -1 }), "kaimingUniform: slope must be a finite number ≥ 0; received -1."],
    [() => torchDefault({ name: "a", fanIn: 0 }), "torchDefault: fanIn must be an integer ≥ 1; received 0."],
    [
      () => normalization("layer" as never, { name: "a" }),
      'normalization: kind must be one of "batch", "group", "instance", "none"; received "layer".',
    ],
  ])("%#", (call, message) => {
    expect(messageOf(call)).toBe(message);
  });
});
