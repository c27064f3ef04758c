import { describeBackend } from "@ddl/testing/tensor";
import { deformableUnet, MultiHeadSelfAttention } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import goldens from "./goldens/transformerEncoder.json" with { type: "json" };
import { expectClose, tensorOf } from "./goldenTensors.js";
import { trainer } from "./tinyTraining.js";
import { image } from "./torchRule.js";

// What tests in Node do on the other backends. To compile a program takes long where a processor stands in for a graphics card.
describeBackend("networks", "webgl", () => {
  test("deformableUnet trains its pooling; packages/deform-conv tests deformable convolutions here", () => {
    const x = image("trains", [1, 4, 8, 2]);
    const plain = { encoder: "plain", decoder: "transpose", norm: "none" } as const;
    const model = deformableUnet({ inputShape: [4, 8, 2], depth: 1, baseFilters: 2, ...plain });
    const step = trainer(model, x);
    const [first, second] = [step(), step()];
    expect(second).toBeLessThan(first);
    const offsets = model.getLayer("pool1").getWeights()[0]!;
    expect(tf.max(tf.abs(offsets)).dataSync()[0]).toBeGreaterThan(0.01);
    model.dispose();
  }, 120_000);

  test("MultiHeadSelfAttention is torch's and has a gradient", async () => {
    const [golden] = goldens.cases;
    const layer = new MultiHeadSelfAttention({ heads: golden!.heads, inputShape: golden!.x.shape.slice(1) });
    const x = tensorOf(golden!.x);
    layer.apply(x);
    const { weights } = golden!;
    const names = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"] as const;
    layer.setWeights(names.map((name) => tensorOf(weights[`self_attn.${name}`])));
    const cotangent = tensorOf(golden!.cotangent);
    const { value, grad } = tf.valueAndGrad((v) => tf.sum(tf.mul(layer.apply(v) as Tensor, cotangent)))(x);
    await expectClose("result", layer.apply(x) as Tensor, golden!.attended, 5e-6);
    const ascended = tf.add(x, tf.mul(grad, 1e-3));
    const gained = tf.sub(tf.sum(tf.mul(layer.apply(ascended) as Tensor, cotangent)), value).dataSync()[0]!;
    const expected = 1e-3 * tf.sum(tf.square(grad)).dataSync()[0]!;
    expect(Math.abs(gained - expected)).toBeLessThan(0.03 * expected);
  }, 120_000);
});
