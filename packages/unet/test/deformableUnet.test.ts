import "@ddl/backend-simd";
import { samplePoints } from "@ddl/deform-conv/layers";
import "@ddl/deform-conv/simd";
import type { DeformableUnetOptions } from "@ddl/unet";
import { deformableUnet } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { savedAndLoaded } from "./savedAndLoaded.js";
import { fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

const small = { inputShape: [8, 12, 2], depth: 2, baseFilters: 2 } as const;
const make = (options: Partial<DeformableUnetOptions> = {}): LayersModel => deformableUnet({ ...small, ...options });
const x = (): Tensor => image("x", [2, 8, 12, 2]);
const values = (tensor: Tensor): number[] => [...tensor.dataSync()];
const largestDifference = (a: Tensor, b: Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;
const namesOf = (model: LayersModel): string[] => model.weights.map(({ originalName }) => originalName);
const isBranch = (name: string): boolean => /\/(offset|mask)_|\/pool_logits$/.test(name);

/** Gives a model the weights of another of the same names, and of branches 0. */
function copyWeights(to: LayersModel, from: LayersModel): void {
  const own = new Map(from.weights.map((weight) => [weight.originalName, weight.read()]));
  to.setWeights(to.weights.map(({ originalName: name, shape }) => own.get(name) ?? tf.zeros(shape as number[])));
}

describe("with zero offsets it is the plain network of the same weights", () => {
  test.each([
    ["encoder", { decoder: "transpose", pooling: "max" }, { pooling: "max" }],
    ["decoder", { encoder: "plain", pooling: "max" }, { pooling: "max" }],
    ["pooling", { encoder: "plain", decoder: "transpose" }, { pooling: "average" }],
    [
      "weighted pooling",
      { encoder: "plain", decoder: "transpose", pooling: "deformableWeighted" },
      { pooling: "average" },
    ],
    ["all of it", {}, { pooling: "average" }],
    ["all of it, modulated and limited", { modulated: true, offsetLimit: 2 }, { pooling: "average" }],
  ] as const)("%s", (_, deformable, { pooling }) => {
    const plain = make({ encoder: "plain", decoder: "transpose", pooling });
    fillByRule(plain);
    const model = make(deformable);
    copyWeights(model, plain);
    const names = namesOf(model);
    expect(names.filter(isBranch).length).toBeGreaterThan(0);
    expect(names.filter((name) => !isBranch(name)).sort()).toEqual(namesOf(plain).sort());
    const expected = plain.predict(x()) as Tensor;
    expect(tf.max(tf.abs(expected)).dataSync()[0]).toBeGreaterThan(0.1);
    expect(largestDifference(model.predict(x()) as Tensor, expected)).toBeLessThan(2e-6);
  });

  test("and starts so: branches are 0, and other weights follow from seed and name alone", () => {
    const [plain, model] = [make({ encoder: "plain", decoder: "transpose", pooling: "average" }), make()];
    const started = make();
    copyWeights(started, plain);
    expect(started.getWeights().map(values)).toEqual(model.getWeights().map(values));
    expect(make({ seed: 1 }).getWeights().map(values)).not.toEqual(model.getWeights().map(values));
  });
});

test("the switches make the layers that they name", () => {
  const branches = (options: Partial<DeformableUnetOptions>): string[] => [
    ...new Set(
      namesOf(make(options))
        .filter(isBranch)
        .map((name) => name.split("/")[0]!),
    ),
  ];
  const convolutions = ["encoder1", "encoder2", "bottleneck"].flatMap((part) => [`${part}.conv1`, `${part}.conv2`]);
  expect(branches({ decoder: "transpose", pooling: "average" })).toEqual(convolutions);
  expect(branches({ decoder: "transpose", pooling: "max", deformableLevels: [1, 3] })).toEqual([
    ...["encoder1.conv1", "encoder1.conv2", "bottleneck.conv1", "bottleneck.conv2"],
  ]);
  expect(branches({ encoder: "plain", pooling: "average" })).toEqual(["upconv2", "upconv1"]);
  expect(branches({ encoder: "plain", decoder: "transpose" })).toEqual(["pool1", "pool2"]);
  const normalized = (norm: DeformableUnetOptions["norm"]): number =>
    namesOf(make({ norm: norm!, baseFilters: 8 })).filter((name) => name.includes("norm")).length;
  expect((["none", "batch", "group", "instance"] as const).map(normalized)).toEqual([0, 40, 20, 20]);
});

test("takes any size that halves, after it was saved and read too, where samplePoints shows its places", async () => {
  const model = make({ inputShape: [null, null, 2], classes: 3, modulated: true, offsetLimit: 0.5 });
  fillByRule(model, [[".offset.", 10]]);
  const loaded = await savedAndLoaded(model);
  const wide = image("wide", [1, 4, 20, 2]);
  const logits = model.predict(wide) as Tensor;
  expect(logits.shape).toEqual([1, 4, 20, 3]);
  expect(values(loaded.predict(wide) as Tensor)).toEqual(values(logits));
  const layer = loaded.getLayer("encoder2.conv1");
  const before = tfl.model({ inputs: loaded.inputs, outputs: layer.input as SymbolicTensor });
  const points = samplePoints(layer as never, before.predict(wide) as Tensor);
  expect(points.shape).toEqual([1, 2, 10, 9, 2]);
  const centre = tf.slice(points, [0, 1, 3, 4, 0], [1, 1, 1, 1, 2]).dataSync();
  const moved = [centre[0]! - 1, centre[1]! - 3].map(Math.abs);
  expect(Math.min(...moved)).toBeGreaterThan(0);
  expect(Math.max(...moved)).toBeLessThanOrEqual(0.5);
});

test("offsetLearningRate slows the branches, and only them", () => {
  const after = (offsetLearningRate: number): Map<string, Tensor> => {
    const model = make({ offsetLearningRate });
    const loss = () => tf.mean(tf.square(model.apply(x(), { training: true }) as Tensor)) as tf.Scalar;
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    tf.train.adam(1e-3).minimize(loss, false, variables);
    return new Map(
      model.weights.map((weight) => {
        const used = isBranch(weight.originalName) ? tf.mul(weight.read(), offsetLearningRate) : weight.read();
        return [weight.originalName, used];
      }),
    );
  };
  const [full, slow] = [after(1), after(0.1)];
  for (const [name, value] of full) {
    const expected = isBranch(name) ? tf.mul(value, 0.1) : value;
    expect(largestDifference(slow.get(name)!, expected), name).toBeLessThan(1e-7);
  }
  expect(tf.max(tf.abs(full.get("pool1/offset_bias")!)).dataSync()[0]).toBeGreaterThan(5e-4);
});

describe("names what is wrong", () => {
  const plain = { encoder: "plain", decoder: "transpose", pooling: "max" };
  test.each<[object, string]>([
    [{ inputShape: [8, 12] }, "inputShape must have 3 entries (rows, columns, channels); received [8, 12]."],
    [
      { inputShape: [8, 10, 2] },
      "inputShape must have rows and columns that are multiples of 4 (2^depth); received [8, 10, 2]. In place of 10, 8 or 12 would do.",
    ],
    [{ inputShape: [8, 12, 0] }, "inputShape must be an integer ≥ 1; received 0."],
    [{ classes: 0 }, "classes must be an integer ≥ 1; received 0."],
    [{ depth: 13 }, "depth must be an integer ≥ 1 and ≤ 12; received 13."],
    [{ baseFilters: 1.5 }, "baseFilters must be an integer ≥ 1; received 1.5."],
    [{ encoder: "resnet" }, 'encoder must be one of "deformable", "plain"; received "resnet".'],
    [{ decoder: "plain" }, 'decoder must be one of "deformableTranspose", "transpose"; received "plain".'],
    [
      { pooling: "mean" },
      'pooling must be one of "deformable", "deformableWeighted", "average", "max"; received "mean".',
    ],
    [{ modulated: 1 }, "modulated must be true or false; received 1."],
    [{ norm: "layer" }, 'norm must be one of "batch", "group", "instance", "none"; received "layer".'],
    [{ norm: "group", groups: 3 }, "groups must divide the 2 base filters; received 3."],
    [{ groups: 2 }, 'groups must be left out unless norm is "group"; received 2.'],
    [{ offsetLearningRate: 0 }, "offsetLearningRate must be a finite number > 0; received 0."],
    [{ offsetLimit: -1 }, "offsetLimit must be a finite number > 0; received -1."],
    [{ deformableLevels: [] }, "deformableLevels must be an array of one level or more; received []."],
    [{ deformableLevels: [4] }, "deformableLevels must be an integer ≥ 1 and ≤ 3; received 4."],
    [
      { encoder: "plain", deformableLevels: [1] },
      'deformableLevels must be left out with encoder "plain"; received [1].',
    ],
    [
      { ...plain, modulated: true },
      "modulated must be left out without a deformable encoder or decoder; received true.",
    ],
    [{ ...plain, offsetLimit: 2 }, "offsetLimit must be left out in a network without offsets; received 2."],
    [{ seed: 0.5 }, "seed must be an integer; received 0.5."],
    [{ name: 3 }, "name must be a non-empty string; received 3."],
    [
      { filters: 8 },
      'options must have only the keys inputShape, classes, depth, baseFilters, encoder, deformableLevels, decoder, pooling, modulated, norm, groups, offsetLearningRate, offsetLimit, seed, name; received "filters".',
    ],
  ])("%j", (options, message) => {
    const before = tf.memory().numTensors;
    expect(() => make(options as never)).toThrow(`deformableUnet: ${message}`);
    expect(tf.memory().numTensors).toBe(before);
  });
});
