import { convolution2D } from "@ddl/backbones/layers";
import "@ddl/backend-simd";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { input, loadLayersModel, model as modelOf } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("simd");
});

function trainable(model: LayersModel): number {
  return model.trainableWeights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);
}

/**
 * Parameters for `filters` of the first level, from those of small networks: all filters are multiples of that number, so that the count is a
 * polynomial of second degree in it.
 */
function extrapolated(make: (baseFilters: number) => LayersModel, filters: number): number {
  const [one, two, three] = [1, 2, 3].map((baseFilters) => {
    const model = make(baseFilters);
    const count = trainable(model);
    model.dispose();
    return count;
  }) as [number, number, number];
  const square = (three - 2 * two + one) / 2;
  const linear = two - one - 3 * square;
  return square * filters * filters + linear * filters + (one - square - linear);
}

/** Features as a ResNet's, of so many channels, each half as large as the one before. */
function encoderOf(channels: number[], inputShape: number[]): LayersModel {
  const image = input({ shape: inputShape });
  const features: SymbolicTensor[] = [];
  for (const [k, filters] of channels.entries()) {
    const layer = convolution2D({ filters, kernelSize: 1, strides: 2, name: `stage${k}` });
    features.push(layer.apply(features.at(-1) ?? image) as SymbolicTensor);
  }
  return modelOf({ inputs: image, outputs: features });
}

const names = (model: LayersModel): string[] => model.weights.map(({ originalName }) => originalName);

async function bytes(model: LayersModel): Promise<string> {
  const values = await Promise.all(model.getWeights().map((weight) => weight.data()));
  return values.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("base64")).join();
}

async function reloaded(model: LayersModel): Promise<LayersModel> {
  let saved: tf.io.ModelArtifacts = {};
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return loadLayersModel(
    tf.io.fromMemory({ ...saved, modelTopology: JSON.parse(JSON.stringify(saved.modelTopology)) }),
  );
}

describe("unet has the parameters of", () => {
  test.each([
    [64, 31_037_633],
    [32, 7_763_041],
    [16, 1_942_577],
  ])("Buda's network with %d base filters", (filters, parameters) => {
    expect(extrapolated((baseFilters) => unet({ inputShape: [16, 16, 3], baseFilters }), filters)).toBe(parameters);
    const make = (baseFilters: number) => unet.buda({ inputShape: [16, null, 3], baseFilters });
    expect(extrapolated(make, filters)).toBe(parameters);
  });

  test("Buda's network by default", () => {
    expect(trainable(unet.buda())).toBe(7_763_041);
  });

  test.each([
    [2, 31_030_658],
    [1, 31_030_593],
  ])("Ronneberger's network with %d classes", (classes, parameters) => {
    const make = (baseFilters: number) => unet.ronneberger({ inputShape: [188, 204, 1], classes, baseFilters });
    expect(extrapolated(make, 64)).toBe(parameters);
  });

  test.each([
    ["resnet34", [64, 64, 128, 256, 512], 24_436_369 - 21_284_672],
    ["resnet50", [64, 256, 512, 1024, 2048], 32_521_105 - 23_508_032],
  ])("segmentation_models.pytorch's decoder on %s", (_, channels, parameters) => {
    const encoder = encoderOf(channels, [32, 32, 3]);
    const own = trainable(encoder);
    expect(trainable(unet({ inputShape: [32, 32, 3], encoder })) - own).toBe(parameters);
  });
});

describe("unet", () => {
  test("gives logits of the image's size for every class", () => {
    const model = unet({ inputShape: [8, 12, 2], classes: 3, depth: 2, baseFilters: 2 });
    const x = tf.randomNormal([5, 8, 12, 2], 0, 1, "float32", 3);
    const y = model.predict(x) as tf.Tensor;
    expect(y.shape).toEqual([5, 8, 12, 3]);
    expect(tf.min(y).dataSync()[0]).toBeLessThan(0);
    expect(tf.max(y).dataSync()[0]).toBeGreaterThan(0);
  });

  test("takes any size that divides if rows and columns are null", () => {
    const model = unet({ inputShape: [null, null, 1], depth: 2, baseFilters: 2, attention: "scse" });
    for (const size of [
      [4, 12],
      [16, 8],
    ]) {
      expect((model.predict(tf.zeros([1, ...size, 1])) as tf.Tensor).shape).toEqual([1, ...size, 1]);
    }
  });

  test.each(["transpose", "nearest", "bilinear"] as const)("takes volumes, with upsampling %s", async (upsampling) => {
    for (const attention of ["scse", "gate", "attUnetGate"] as const) {
      const options = { depth: 2, baseFilters: 2, upsampling, attention };
      const model = unet({ inputShape: [4, 8, 12, 2], classes: 3, norm: "instance", ...options });
      const y = model.predict(tf.randomNormal([1, 4, 8, 12, 2], 0, 1, "float32", 2)) as tf.Tensor;
      expect(y.shape, attention).toEqual([1, 4, 8, 12, 3]);
      expect((await y.data()).every(Number.isFinite), attention).toBe(true);
    }
  });

  test("resizes volumes as images, plane by plane and across", async () => {
    // A volume that is the same in each plane stays what its image becomes, if planes are resized to their number.
    const image = unet({ inputShape: [4, 6, 1], depth: 1, baseFilters: 1, upsampling: "bilinear", seed: 2 });
    expect(image.layers.some((layer) => layer.name === "decoder.blocks.0.up")).toBe(true);
    const { LayerBuilder } = await import("../src/unet/layerBuilder.js");
    const build = new LayerBuilder({
      ...{ rank: 3, norm: "none", groups: 1, activation: "relu" },
      ...{ kernelInitializer: () => undefined as never, biasInitializer: () => undefined as never },
    });
    const volume = input({ shape: [2, 3, 4, 2] });
    for (const mode of ["nearest", "bilinear"] as const) {
      const up = build.resize(volume, { size: [4, 6, 8], scale: [2, 2, 2], mode, name: mode });
      const x = tf.reshape(tf.range(0, 48), [1, 2, 3, 4, 2]);
      const y = modelOf({ inputs: volume, outputs: up }).predict(x) as tf.Tensor;
      const values = x.dataSync();
      const at = (p: number, r: number, c: number, k: number): number => values[((p * 3 + r) * 4 + c) * 2 + k]!;
      // Along each axis of two, nearest takes 0 0 1 1, linear 0, ¼, ¾, 1.
      const weights: [number, number][][] =
        mode === "nearest"
          ? [[[0, 1]], [[0, 1]], [[1, 1]], [[1, 1]]]
          : [
              [[0, 1]],
              [
                [0, 0.75],
                [1, 0.25],
              ],
              [
                [0, 0.25],
                [1, 0.75],
              ],
              [[1, 1]],
            ];
      for (const [q, row, column, k] of [
        [1, 0, 0, 0],
        [2, 1, 1, 1],
      ] as const) {
        let expected = 0;
        for (const [p, a] of weights[q]!) {
          for (const [r, b] of weights[row]!)
            for (const [c, d] of weights[column]!) expected += a * b * d * at(p, r, c, k);
        }
        expect(y.dataSync()[((q * 6 + row) * 8 + column) * 2 + k], `${mode} ${q}`).toBeCloseTo(expected, 4);
      }
    }
  });

  test("starts from the same bytes for the same seed and from others for another", async () => {
    const make = (seed: number) => unet({ inputShape: [8, 8, 1], depth: 1, baseFilters: 2, seed });
    expect(await bytes(make(4))).toBe(await bytes(make(4)));
    expect(await bytes(make(4))).not.toBe(await bytes(make(5)));
    const withEncoder = (seed: number) => {
      const encoder = encoderOf([2, 3], [8, 8, 1]);
      return unet({ inputShape: [8, 8, 1], encoder, baseFilters: 2, seed });
    };
    expect(await bytes(withEncoder(4))).toBe(await bytes(withEncoder(4)));
    expect(await bytes(withEncoder(4))).not.toBe(await bytes(withEncoder(5)));
  });

  test("starts no two layers from the same numbers", () => {
    const model = unet({ inputShape: [8, 8, 2], depth: 1, baseFilters: 2, norm: "none" });
    const [first, second] = [1, 2].map((k) => model.getLayer(`encoder.blocks.0.conv${k}.0`).getWeights()[0]!);
    expect(first!.shape).toEqual(second!.shape);
    expect([...first!.dataSync()]).not.toEqual([...second!.dataSync()]);
  });

  test("has a bias in place of normalisation if asked", () => {
    const weights = names(unet({ inputShape: [4, 4, 1], depth: 1, baseFilters: 1, norm: "none" }));
    expect(weights.filter((name) => name.includes("gamma"))).toEqual([]);
    expect(weights).toContain("encoder.blocks.0.conv1.0/bias");
    expect(names(unet({ inputShape: [4, 4, 1], depth: 1, baseFilters: 1 }))).not.toContain(
      "encoder.blocks.0.conv1.0/bias",
    );
  });

  test("has the names of segmentation_models.pytorch and of brain-segmentation-pytorch", () => {
    const encoder = encoderOf([2, 3], [8, 8, 3]);
    const decoder = names(unet({ inputShape: [8, 8, 3], encoder, baseFilters: 2, attention: "scse" }));
    for (const name of [
      "decoder.blocks.0.conv1.0/kernel",
      "decoder.blocks.0.conv1.1/moving_variance",
      "decoder.blocks.0.attention1.attention.cSE.1/kernel",
      "decoder.blocks.1.attention2.attention.sSE.0/bias",
      "segmentation_head.0/bias",
    ]) {
      expect(decoder).toContain(name);
    }
    // No skip, no attention before the first convolution.
    expect(decoder.filter((name) => name.startsWith("decoder.blocks.1.attention1"))).toEqual([]);
    const buda = names(unet.buda({ inputShape: [16, 16, 3], baseFilters: 1 }));
    for (const name of [
      "encoder1.enc1conv1/kernel",
      "encoder4.enc4norm2/gamma",
      "bottleneck.bottleneckconv1/kernel",
      "upconv4/bias",
      "decoder1.dec1norm1/beta",
      "conv/bias",
    ]) {
      expect(buda).toContain(name);
    }
  });

  test("decodes features of odd sizes, resized to the finer ones", () => {
    const encoder = encoderOf([2, 3, 4], [13, 22, 3]);
    const model = unet({ inputShape: [13, 22, 3], encoder, baseFilters: 2, classes: 2, upsampling: "bilinear" });
    expect((model.predict(tf.zeros([1, 13, 22, 3])) as tf.Tensor).shape).toEqual([1, 13, 22, 2]);
    // Its encoder's own layers train with it.
    expect(names(model)).toContain("stage0/kernel");
  });

  test("decodes the pyramid of a backbone that loses its border", () => {
    const encoder = "googlenet";
    const model = unet({ inputShape: [45, 70, 1], encoder, baseFilters: 2, norm: "group", groups: 4 });
    expect(model.outputs[0]!.shape).toEqual([null, 45, 70, 1]);
    expect(names(model)).toContain("encoder.inception3a.branch1.conv/kernel");
  });

  test("gives a head for every level if asked, the finest first", () => {
    const model = unet({ inputShape: [8, 16, 1], depth: 3, baseFilters: 1, classes: 2, deepSupervision: true });
    const heads = model.predict(tf.zeros([3, 8, 16, 1])) as tf.Tensor[];
    expect(heads.map(({ shape }) => shape.slice(1))).toEqual([
      [8, 16, 2],
      [4, 8, 2],
      [2, 4, 2],
    ]);
  });

  test("drops outputs of the two last levels, in training alone", () => {
    const model = unet({ inputShape: [8, 8, 1], depth: 2, baseFilters: 2, dropout: 0.5, norm: "none" });
    const dropping = model.layers.filter((layer) => layer.getClassName() === "Dropout").map(({ name }) => name);
    expect(dropping).toHaveLength(2);
    const x = tf.ones([1, 8, 8, 1]);
    const [plain, again] = [0, 1].map(() => (model.predict(x) as tf.Tensor).dataSync());
    expect([...plain!]).toEqual([...again!]);
    expect([...(model.apply(x, { training: true }) as tf.Tensor).dataSync()]).not.toEqual([...plain!]);
  });

  test.each<[string, () => LayersModel]>([
    ["an image", () => unet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2, seed: 8, attention: "gate" })],
    ["a volume", () => unet({ inputShape: [4, 4, 8, 2], depth: 1, baseFilters: 2, attention: "scse", norm: "group" })],
    ["nnunet", () => unet.nnunet({ inputShape: [8, 16, 1], baseFilters: 2 })],
    ["ronneberger", () => unet.ronneberger({ inputShape: [20, 24, 1], depth: 1, baseFilters: 2 })],
  ])("saves and reloads: %s", async (_, make) => {
    const model = make();
    const copy = await reloaded(model);
    const x = tf.randomNormal([1, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, "float32", 1);
    const outputs = (one: LayersModel): number[][] =>
      [one.predict(x)].flat().map((y) => [...(y as tf.Tensor).dataSync()]);
    expect(outputs(copy)).toEqual(outputs(model));
    expect(await bytes(copy)).toBe(await bytes(model));
  });
});

describe("unet.nnunet", () => {
  /** Strides of the first convolutions and kernels of all stages. */
  const topology = (model: LayersModel): { strides: string[]; kernels: string[] } => {
    const first = model.layers.filter(({ name }) => /^encoder\.stages\.\d+\.0\.convs\.0\.conv$/.test(name));
    const configs = first.map((layer) => layer.getConfig() as { strides: number[]; kernelSize: number[] });
    return {
      strides: configs.map((one) => one.strides.join("")),
      kernels: configs.map((one) => one.kernelSize.join("")),
    };
  };

  test.each([
    // Plans that nnU-Net made: the cardiac set ACDC, the prostates of the decathlon, and its livers.
    [[20, 256, 224], [5, 1.5625, 1.5625], "111 122 222 222 122 122", "133 333 333 333 333 333"],
    [[20, 320, 256], [3.6, 0.62, 0.62], "111 122 122 222 222 122 122", "133 133 333 333 333 333 333"],
    [[128, 128, 128], [1, 0.77, 0.77], "111 222 222 222 222 222", "333 333 333 333 333 333"],
  ])("halves a patch of %j with spacing %j as nnU-Net does", async (size, spacing, strides, kernels) => {
    const { planTopology } = await import("../src/unet/nnunetTopology.js");
    const plan = planTopology(size, spacing);
    expect(plan.strides.map((one) => one.join("")).join(" ")).toBe(strides);
    expect(plan.kernelSizes.map((one) => one.join("")).join(" ")).toBe(kernels);
  });

  test("builds what it planned, with a bias before each normalisation and as many filters as allowed", () => {
    const model = unet.nnunet({
      inputShape: [8, 16, 16, 2],
      spacing: [3, 1, 1],
      baseFilters: 4,
      maxFilters: 6,
      classes: 3,
    });
    expect(topology(model)).toEqual({
      strides: ["1,1,1", "1,2,2", "2,2,2"].map((s) => s.replaceAll(",", "")),
      kernels: ["133", "333", "333"],
    });
    expect(names(model)).toContain("encoder.stages.2.0.convs.1.conv/bias");
    expect(model.getLayer("encoder.stages.2.0.convs.1.norm").getWeights()[0]!.shape).toEqual([6]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([
      [null, 8, 16, 16, 3],
      [null, 8, 8, 8, 3],
    ]);
  });
});

describe("unet refuses", () => {
  const small = () => encoderOf([2, 3], [8, 8, 3]);
  const same = (): LayersModel => {
    const { inputs, outputs } = encoderOf([2], [8, 8, 3]);
    return modelOf({ inputs, outputs: [...outputs, ...outputs] });
  };
  test.each<[string, () => LayersModel]>([
    [
      "unet: inputShape must have rows and columns that are multiples of 16 (2^depth); received [100, 96, 3]. In place of 100, 96 or 112 would do.",
      () => unet({ inputShape: [100, 96, 3] }),
    ],
    [
      "unet: inputShape must have rows and columns that are multiples of 8 (2^depth); received [4, 4, 1]. In place of 4, 8 would do. In place of 4, 8 would do.",
      () => unet({ inputShape: [4, 4, 1], depth: 3 }),
    ],
    [
      "unet: inputShape must have planes, rows and columns that are multiples of 4 (2^depth); received [6, 8, 8, 1]. In place of 6, 4 or 8 would do.",
      () => unet({ inputShape: [6, 8, 8, 1], depth: 2 }),
    ],
    [
      "unet: inputShape must have 3 entries (rows, columns, channels) or 4 (planes, rows, columns, channels); received [16, 16].",
      () => unet({ inputShape: [16, 16] as never }),
    ],
    ["unet: inputShape must be an integer ≥ 1; received null.", () => unet({ inputShape: [16, 16, null] as never })],
    ["unet: inputShape must be an integer ≥ 1; received null.", () => unet({ inputShape: [null, 16, 16, 1] as never })],
    [
      'unet: options must have only the keys inputShape, classes, depth, baseFilters, norm, groups, activation, encoder, attention, upsampling, deepSupervision, dropout, seed, name; received "filters".',
      () => unet({ inputShape: [16, 16, 1], filters: 3 } as never),
    ],
    ["unet: depth must be an integer ≥ 1 and ≤ 12; received 0.", () => unet({ inputShape: [16, 16, 1], depth: 0 })],
    [
      'unet: norm must be one of "batch", "group", "instance", "none"; received "layer".',
      () => unet({ inputShape: [16, 16, 1], norm: "layer" as never }),
    ],
    [
      'unet: groups must be left out unless norm is "group"; received 4.',
      () => unet({ inputShape: [16, 16, 1], groups: 4 }),
    ],
    [
      'unet: attention must be one of "none", "scse", "gate", "attUnetGate"; received "self".',
      () => unet({ inputShape: [16, 16, 1], attention: "self" as never }),
    ],
    [
      'unet: upsampling must be one of "transpose", "bilinear", "nearest"; received "cubic".',
      () => unet({ inputShape: [16, 16, 1], upsampling: "cubic" as never }),
    ],
    [
      'unet: activation must be one of "relu", "leakyRelu", "elu"; received "gelu".',
      () => unet({ inputShape: [16, 16, 1], activation: "gelu" as never }),
    ],
    [
      "unet: dropout must be a finite number ≥ 0 and < 1; received 1.",
      () => unet({ inputShape: [16, 16, 1], dropout: 1 }),
    ],
    [
      'unet: encoder must be one of "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "inceptionV3", "googlenet", or a LayersModel whose outputs are features, the finest first; received "vgg16".',
      () => unet({ inputShape: [32, 32, 3], encoder: "vgg16" as never }),
    ],
    [
      'unet: norm must not be "none" with the name of a backbone, which normalises as its decoder does; received "none".',
      () => unet({ inputShape: [32, 32, 3], encoder: "resnet18", norm: "none" }),
    ],
    [
      'unet: encoder must be a LayersModel where inputShape is that of a volume; received "resnet18".',
      () => unet({ inputShape: [32, 32, 32, 3], encoder: "resnet18" }),
    ],
    [
      "unet: depth must be left out with an encoder, whose features tell it; received 2.",
      () => unet({ inputShape: [8, 8, 3], depth: 2, encoder: small() }),
    ],
    [
      "unet: encoder must have one input of shape [16, 8, 3], which is inputShape; received [8, 8, 3].",
      () => unet({ inputShape: [16, 8, 3], encoder: small() }),
    ],
    [
      "unet: encoder must give features of images, each coarser than the one before; received",
      () => unet({ inputShape: [8, 8, 3], encoder: same() }),
    ],
    [
      "unet.ronneberger: inputShape must have rows and columns that every level can halve after its two convolutions without padding; received [256, 572, 1]. In place of 256, 252 or 268 would do.",
      () => unet.ronneberger({ inputShape: [256, 572, 1] }),
    ],
    [
      "received [100, 188, 1]. In place of 100, 188 would do.",
      () => unet.ronneberger({ inputShape: [100, 188, 1], baseFilters: 1 }),
    ],
    [
      "unet.buda: inputShape must have rows and columns that are multiples of 16; received [250, 256, 3]. In place of 250, 240 or 256 would do.",
      () => unet.buda({ inputShape: [250, 256, 3] }),
    ],
    [
      'unet.buda: output must be one of "probability", "logits"; received "mask".',
      () => unet.buda({ output: "mask" as never }),
    ],
    [
      "unet.nnunet: inputShape must have planes, rows and columns that are multiples of 4, 16 and 16; received [20, 72, 64, 1]. In place of 72, 64 or 80 would do.",
      () => unet.nnunet({ inputShape: [20, 72, 64, 1], spacing: [3, 1, 1] }),
    ],
    [
      "unet.nnunet: inputShape must have at least 8 entries along two axes, or 12 along one, to be halved; received [8, 7, 1].",
      () => unet.nnunet({ inputShape: [8, 7, 1] }),
    ],
    [
      "unet.nnunet: spacing must have 2 entries, one an axis; received [1, 1, 1].",
      () => unet.nnunet({ inputShape: [16, 16, 1], spacing: [1, 1, 1] }),
    ],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});
