import * as backbones from "@ddl/backbones";
import { googlenet, inceptionV3, resnet18, resnet50 } from "@ddl/backbones";
import "@ddl/testing/tensor";
import { describeBackend } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { build, fill, image, trainable } from "./parity.js";

const shapesOf = (model: LayersModel): (number | null)[][] => model.outputs.map(({ shape }) => shape.slice(1));
const namesOf = (model: LayersModel, className: string): string[] =>
  model.layers.filter((layer) => layer.getClassName() === className).map(({ name }) => name);
const dilationsOf = (model: LayersModel, stage: string): unknown[] =>
  model.layers
    .filter(({ name }) => name.startsWith(stage) && name.endsWith("conv2"))
    .map((layer) => (layer.getConfig()["dilations"] as number[])[0]);

describeBackend("architectures", "cpu", () => {
  test.each([
    ["resnet50", {}, 25_557_032],
    ["resnext50_32x4d", {}, 25_028_904],
    ["inception_v3", { auxiliary: true }, 27_161_264],
    ["inception_v3", {}, 23_834_568],
    ["googlenet", { auxiliary: true }, 13_004_888],
    ["googlenet", {}, 6_624_904],
  ])("%s %j with 1000 classes has torchvision's %d parameters", (name, options, parameters) => {
    const model = build(name, { classes: 1000, ...options });
    expect(trainable(model)).toBe(parameters);
    model.dispose();
  });

  test("without classes the results are five levels, rounded up", () => {
    const model = build("resnet18", { inputShape: [97, 130, 2] });
    expect(shapesOf(model)).toEqual([
      [49, 65, 64],
      [25, 33, 64],
      [13, 17, 128],
      [7, 9, 256],
      [4, 5, 512],
    ]);
    expect(shapesOf(build("googlenet", { inputShape: [96, 128, 1] }))).toEqual([
      [48, 64, 64],
      [24, 32, 192],
      [12, 16, 480],
      [6, 8, 832],
      [3, 4, 1024],
    ]);
    expect(shapesOf(build("inception_v3", { inputShape: [299, 299, 3] }))).toEqual([
      [147, 147, 64],
      [71, 71, 192],
      [35, 35, 288],
      [17, 17, 768],
      [8, 8, 2048],
    ]);
    expect(shapesOf(build("inception_v3", { inputShape: [97, 128, 3], padding: "same" }))).toEqual([
      [49, 64, 64],
      [25, 32, 192],
      [13, 16, 288],
      [7, 8, 768],
      [4, 4, 2048],
    ]);
    expect(shapesOf(build("resnet18", { inputChannels: 4 }))[4]).toEqual([null, null, 512]);
  });

  test("outputStride dilates as torchvision does, or as mmcv does", () => {
    const sixteen = build("resnet50", { inputShape: [64, 96, 3], outputStride: 16 });
    expect(shapesOf(sixteen).map((shape) => shape[0])).toEqual([32, 16, 8, 4, 4]);
    expect([dilationsOf(sixteen, "layer3"), dilationsOf(sixteen, "layer4")]).toEqual([
      [1, 1, 1, 1, 1, 1],
      [1, 2, 2],
    ]);
    const eight = build("resnet50", { inputShape: [64, 96, 3], outputStride: 8, firstDilation: "own" });
    expect(shapesOf(eight).map((shape) => shape[1])).toEqual([48, 24, 12, 12, 12]);
    expect([dilationsOf(eight, "layer3"), dilationsOf(eight, "layer4")]).toEqual([
      [2, 2, 2, 2, 2, 2],
      [4, 4, 4],
    ]);
    const previous = build("resnet50", { outputStride: 8 });
    expect([dilationsOf(previous, "layer3"), dilationsOf(previous, "layer4")]).toEqual([
      [1, 2, 2, 2, 2, 2],
      [2, 4, 4],
    ]);
  });

  test("version 1 deforms the last stage's, version 2 the last three stages' 3 × 3 convolutions", () => {
    const one = namesOf(build("resnet50", { deformable: { version: 1 } }), "DeformConv2D");
    expect(one).toEqual(["layer4.0.conv2", "layer4.1.conv2", "layer4.2.conv2"]);
    const two = build("resnext50_32x4d", { deformable: {}, prefix: "encoder." });
    expect(namesOf(two, "DeformConv2D").length).toBe(4 + 6 + 3);
    expect(two.getLayer("encoder.layer2.0.conv2").getConfig()).toMatchObject({
      ...{ modulated: true, offsetLearningRate: 0.1, offsetGroups: 1, groups: 32, strides: [2, 2] },
    });
    const options = { stages: [4], offsetGroups: 2, offsetLearningRate: 0.5, version: 1 };
    const third = build("resnet18", { deformable: options, outputStride: 8 });
    expect(namesOf(third, "DeformConv2D")).toEqual([
      "layer3.0.conv1",
      "layer3.0.conv2",
      "layer3.1.conv1",
      "layer3.1.conv2",
    ]);
    const config = third.getLayer("layer3.1.conv1").getConfig();
    expect(config).toMatchObject({ modulated: false, offsetLearningRate: 0.5, offsetGroups: 2, dilationRate: [2, 2] });
  });

  test("norm chooses the layer everywhere", () => {
    const group = build("resnet18", { norm: "group", normGroups: 16 });
    expect(namesOf(group, "DdlGroupNormalization").length).toBe(20);
    expect(group.getLayer("bn1").getConfig()).toMatchObject({ groups: 16, epsilon: 1e-5 });
    const instance = build("googlenet", { norm: "instance" });
    expect(namesOf(instance, "DdlBatchNormalization")).toEqual([]);
    expect(instance.getLayer("inception3a.branch2.0.bn").getConfig()).toMatchObject({ affine: true, epsilon: 1e-3 });
  });

  test("names follow torch's module paths behind the prefix", () => {
    const { name, layers, weights } = build("resnet18", { prefix: "encoder.", name: "mine" });
    expect(name).toBe("mine");
    expect(layers.every((layer) => layer.name.startsWith("encoder."))).toBe(true);
    const names = weights.map(({ originalName }) => originalName);
    expect(names.slice(0, 2)).toEqual(["encoder.conv1/kernel", "encoder.bn1/gamma"]);
    expect(names).toContain("encoder.layer2.0.downsample.1/moving_variance");
  });
});

describeBackend("backbones", "simd", () => {
  const option = { inputShape: [32, 48, 3] as const };
  const valuesOf = (model: LayersModel): number[][] => {
    const x = image("any", 1, [32, 48]);
    return [model.predict(x)].flat().map((y) => [...(y as tf.Tensor).dataSync()]);
  };

  test("start from the same numbers for the same seed; deformable ones as the plain ones", () => {
    const plain = resnet18({ ...option, seed: 5 });
    const deformable = resnet18({ ...option, seed: 5, deformable: { version: 2, stages: [2, 5] } });
    const [expected, got] = [valuesOf(plain), valuesOf(deformable)];
    expect(Math.max(...expected[4]!)).toBeGreaterThan(0.1);
    for (const [k, level] of expected.entries()) {
      const worst = Math.max(...level.map((value, i) => Math.abs(value - got[k]![i]!)));
      expect(worst).toBeLessThan(1e-4 * Math.max(...level));
    }
    const kernel = (model: LayersModel) => [
      ...model.getLayer("layer1.0.conv2").getWeights()[0]!.dataSync().slice(0, 4),
    ];
    expect(kernel(resnet18({ ...option, seed: 6 }))).not.toEqual(kernel(plain));
    expect(kernel(plain)).not.toEqual([...plain.getLayer("layer1.1.conv2").getWeights()[0]!.dataSync().slice(0, 4)]);
    const deviation = tf.moments(plain.getLayer("layer3.1.conv1").getWeights()[0]!).variance.dataSync()[0]!;
    expect(deviation / (2 / (9 * 256))).toBeCloseTo(1, 1);
  });

  test("zeroInitResidual makes a block its shortcut", () => {
    const model = build("resnet50", { ...option, zeroInitResidual: true });
    const gammas = model.weights.filter(({ originalName }) => originalName.endsWith("gamma"));
    const zeros = gammas.filter((weight) => weight.read().dataSync()[0] === 0).map(({ originalName }) => originalName);
    expect(zeros.length).toBe(16);
    expect(zeros.every((name) => name.endsWith("bn3/gamma"))).toBe(true);
  });

  test("take images of any size", () => {
    const model = build("resnet18", { classes: 3 });
    fill(model.weights, 0.5);
    for (const size of [
      [32, 48],
      [33, 35],
    ] as const) {
      const y = model.predict(image("any", 2, size)) as tf.Tensor;
      expect(y.shape).toEqual([2, 3]);
    }
  });

  test("are saved and loaded with every kind of layer", async () => {
    const deformable = { version: 2, stages: [4], offsetGroups: 2 } as const;
    const model = build("resnet18", { ...option, norm: "group", outputStride: 16, deformable, prefix: "encoder." });
    fill(model.weights, 0.5);
    let saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      }),
    );
    const modelTopology = JSON.parse(JSON.stringify(saved.modelTopology)) as object;
    const loaded = await loadLayersModel(tf.io.fromMemory({ ...saved, modelTopology }));
    expect(valuesOf(loaded)).toEqual(valuesOf(model));
  });

  test("auxiliary heads follow the logits, aux2 before aux1", () => {
    const model = build("googlenet", { inputShape: [64, 80, 3], classes: 3, auxiliary: true });
    expect(model.outputs.map(({ sourceLayer }) => sourceLayer.name)).toEqual(["fc", "aux2.fc2", "aux1.fc2"]);
    expect(namesOf(model, "Dropout").sort()).toEqual(["aux1.dropout", "aux2.dropout", "dropout"]);
  });
});

describe("names what is wrong", () => {
  const known = "inputShape, inputChannels, norm, normGroups, classes, seed, name, prefix";
  const rows: [() => unknown, string][] = [
    [
      () => resnet50({ stride: 16 } as never),
      `resnet50: options must have only the keys ${known}, outputStride, firstDilation, deformable, zeroInitResidual; received "stride".`,
    ],
    [
      () => resnet18({ inputShape: [32, 32] as never }),
      "resnet18: inputShape must have 3 entries (rows, columns, channels); received [32, 32].",
    ],
    [() => resnet18({ inputShape: [32, 0, 3] }), "resnet18: inputShape must be an integer ≥ 1; received 0."],
    [
      () => resnet18({ inputShape: [32, 32, null] as never }),
      "resnet18: inputShape must be an integer ≥ 1; received null.",
    ],
    [
      () => resnet18({ inputShape: [32, 32, 3], inputChannels: 3 }),
      "resnet18: inputChannels must be left out with inputShape; received 3.",
    ],
    [
      () => resnet18({ norm: "layer" as never }),
      'resnet18: norm must be one of "batch", "group", "instance"; received "layer".',
    ],
    [() => resnet18({ normGroups: 8 }), 'resnet18: normGroups must be left out unless norm is "group"; received 8.'],
    [() => resnet18({ outputStride: 4 as never }), "resnet18: outputStride must be one of 8, 16, 32; received 4."],
    [() => resnet18({ classes: 0 }), "resnet18: classes must be an integer ≥ 1; received 0."],
    [
      () => resnet18({ deformable: { stages: [6] } }),
      "resnet18: deformable.stages must be a list of stages, each 2, 3, 4 or 5; received [6].",
    ],
    [
      () => resnet18({ deformable: { version: 3 as never } }),
      "resnet18: deformable.version must be one of 1, 2; received 3.",
    ],
    [
      () => resnet18({ deformable: { groups: 2 } as never }),
      'resnet18: deformable: options must have only the keys version, stages, offsetGroups, offsetLearningRate; received "groups".',
    ],
    [() => googlenet({ dropout: 0.1 }), "googlenet: dropout must be left out without classes; received 0.1."],
    [() => inceptionV3({ auxiliary: true }), "inceptionV3: auxiliary must be left out without classes; received true."],
    [
      () => inceptionV3({ inputChannels: 4, transformInput: true }),
      "inceptionV3: transformInput must be false for an image of 4 channels: ImageNet's statistics are those of three; received true.",
    ],
    [
      () => googlenet({ transformInput: "yes" as never }),
      'googlenet: transformInput must be true or false; received "yes".',
    ],
    [() => inceptionV3({ padding: 1 as never }), 'inceptionV3: padding must be one of "valid", "same"; received 1.'],
    [
      () => googlenet({ classes: 2, auxiliaryDropout: 1 }),
      "googlenet: auxiliaryDropout must be a finite number ≥ 0 and < 1; received 1.",
    ],
  ];
  test.each(rows)("%#", (call, message) => {
    let got = "no error";
    try {
      call();
    } catch (error) {
      got = (error as Error).message;
    }
    expect(got).toBe(message);
  });

  test("there are nine backbones", () => {
    expect(Object.keys(backbones).sort()).toEqual([
      "googlenet",
      "inceptionV3",
      "resnet101",
      "resnet152",
      "resnet18",
      "resnet34",
      "resnet50",
      "resnext101_32x8d",
      "resnext50_32x4d",
    ]);
  });
});
