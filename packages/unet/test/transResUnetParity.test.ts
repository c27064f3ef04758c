import "@ddl/backend-simd";
import { transResUnet } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import golden from "./goldens/transResUnet.json" with { type: "json" };
import { expectClose } from "./goldenTensors.js";
import { expectSameStep, fillByRule, image } from "./torchRule.js";

beforeAll(async () => {
  await tf.setBackend("simd");
});

describe("predicts as torch, and has torch's weights after a step of SGD", () => {
  const narrow = { baseFilters: 2, dropout: 0 };

  test('with attention "tokens"', async () => {
    const model = transResUnet({ inputShape: [48, 32, 3], classes: 2, ...narrow });
    fillByRule(model);
    await expectSameStep(model, image("tokens2", [2, 48, 32, 3]), golden.tokens);
  });

  test("as published, where an image becomes something else in company", async () => {
    const model = transResUnet({ inputShape: [64, 64, 2], attention: "asPublished", ...narrow });
    fillByRule(model);
    const x = image("published2", [3, 64, 64, 2]);
    const first = (y: Tensor): Tensor => tf.slice(y, 0, 1);
    const alone = model.predict(first(x)) as Tensor;
    const kept = alone.dataSync().filter((_, i) => i % golden.published.every === 0);
    await expectClose("alone", tf.tensor1d(kept), golden.alone, 1e-5);
    const change = tf.max(tf.abs(tf.sub(first(model.predict(x) as Tensor), alone))).dataSync()[0]!;
    expect(Math.abs(change - golden.companyChanges)).toBeLessThan(1e-5);
    await expectSameStep(model, x, golden.published);
  });
});
