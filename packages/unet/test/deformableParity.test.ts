import "@ddl/backend-simd";
import "@ddl/deform-conv/simd";
import { deformableUnet, duNet } from "@ddl/unet";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import deformableGolden from "./goldens/deformableUnet.json" with { type: "json" };
import duNetGolden from "./goldens/duNet.json" with { type: "json" };
import { expectSameStep, fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

describe("predicts as torch, and has torch's weights after a step of SGD", () => {
  test("deformableUnet, all of it deformable and modulated", async () => {
    const model = deformableUnet({ inputShape: [12, 8, 3], classes: 2, depth: 2, baseFilters: 4, modulated: true });
    // Weights of branches are stored divided by the rate, 0.1.
    fillByRule(model, [
      [".offset.", 0.5 / 0.1],
      [".mask.", 1 / 0.1],
    ]);
    const rates = [
      [".offset.", 0.1],
      [".mask.", 0.1],
    ] as const;
    await expectSameStep(model, image("deformable", [2, 12, 8, 3]), deformableGolden.deformable, { rates });
  });

  test("deformableUnet with one deformable level, a limit, plain pooling and decoder", async () => {
    const model = deformableUnet({
      inputShape: [8, 12, 2],
      ...{ depth: 2, baseFilters: 3, deformableLevels: [2], decoder: "transpose", pooling: "max", norm: "none" },
      ...{ offsetLimit: 0.5, offsetLearningRate: 0.25 },
    });
    fillByRule(model, [[".offset.", 0.5 / 0.25]]);
    const rates = [[".offset.", 0.25]] as const;
    await expectSameStep(model, image("mixed", [2, 8, 12, 2]), deformableGolden.mixed, { rates });
  });

  test("deformableUnet that pools by learnt weights", async () => {
    const model = deformableUnet({
      ...{ inputShape: [8, 12, 2], depth: 2, baseFilters: 3, deformableLevels: [3] },
      ...{ decoder: "transpose", pooling: "deformableWeighted" },
    });
    fillByRule(model, [[".offset.", 0.5 / 0.1]]);
    const rates = [[".offset.", 0.1]] as const;
    await expectSameStep(model, image("weighted", [2, 8, 12, 2]), deformableGolden.weighted, { rates });
  });

  test("duNet as published", async () => {
    const model = duNet({ inputShape: [33, 32, 1], baseFilters: 2, modulated: true, asPublished: true });
    fillByRule(model);
    await expectSameStep(model, image("published", [2, 33, 32, 1]), duNetGolden.published);
  });

  test("duNet", async () => {
    const model = duNet({ inputShape: [32, 37, 3], baseFilters: 2 });
    fillByRule(model);
    await expectSameStep(model, image("centred5", [1, 32, 37, 3]), duNetGolden.centred);
  });
});
