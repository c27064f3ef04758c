import "@ddl/backend-simd";
import { unet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/unet.json" with { type: "json" };
import { expectClose } from "./goldenTensors.js";
import type { StepGolden } from "./torchRule.js";
import { expectSameStep, fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

const cases: Record<string, [shape: number[], make: () => LayersModel]> = {
  buda3: [[2, 32, 48, 3], () => unet.buda({ inputShape: [null, 48, 3], baseFilters: 2 })],
  ronneberger: [
    [2, 44, 48, 2],
    () => unet.ronneberger({ inputShape: [44, 48, 2], depth: 2, baseFilters: 3, dropout: 0 }),
  ],
  scse: [
    [2, 6, 10, 3],
    () => unet({ inputShape: [6, 10, 3], classes: 2, depth: 1, baseFilters: 16, attention: "scse" }),
  ],
  gate: [[2, 12, 8, 3], () => unet({ inputShape: [12, null, 3], depth: 2, baseFilters: 4, attention: "gate" })],
  attUnetGate: [
    [2, 12, 8, 3],
    () =>
      unet({
        ...{ inputShape: [12, 8, 3], depth: 2, baseFilters: 4 },
        ...{ attention: "attUnetGate", upsampling: "bilinear", activation: "leakyRelu" },
      }),
  ],
  group: [
    [2, 6, 10, 2],
    () =>
      unet({
        ...{ inputShape: [null, null, 2], classes: 3, depth: 1, baseFilters: 4 },
        ...{ upsampling: "nearest", norm: "group", groups: 4, activation: "elu" },
      }),
  ],
  smp: [
    [2, 64, 96, 3],
    () => unet({ inputShape: [64, 96, 3], classes: 2, baseFilters: 2, encoder: "resnet18", attention: "scse" }),
  ],
  nnunet: [[2, 16, 24, 1], () => unet.nnunet({ inputShape: [16, 24, 1], baseFilters: 3, deepSupervision: false })],
};

describe("predicts as torch, and has torch's weights after a step of SGD", () => {
  test.each(Object.entries(cases))("%s", async (name, [shape, make]) => {
    const model = make();
    fillByRule(model);
    await expectSameStep(model, image(name, shape), golden[name as "gate"] as unknown as StepGolden);
  });
});

test("nnunet of volumes predicts at every stage as torch", async () => {
  const options = { classes: 3, spacing: [3, 1, 1], baseFilters: 4, maxFilters: 10 };
  const model = unet.nnunet({ inputShape: [8, 16, 24, 2], ...options });
  fillByRule(model);
  const heads = model.predict(image("volume", [1, 8, 16, 24, 2])) as tf.Tensor[];
  const { every, heads: expected } = golden.nnunetVolume;
  expect(heads.map(({ shape }) => shape)).toEqual([
    [1, 8, 16, 24, 3],
    [1, 8, 8, 12, 3],
  ]);
  for (const [k, head] of heads.entries()) {
    const kept = (await head.data()).filter((_, i) => i % every === 0);
    await expectClose(`head ${k}`, tf.tensor1d(kept), expected[k]!, 1e-4);
  }
});
