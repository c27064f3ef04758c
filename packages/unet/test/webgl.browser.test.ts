import { describeBackend } from "@ddl/testing/tensor";
import { MultiHeadSelfAttention } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import goldens from "./goldens/transformerEncoder.json" with { type: "json" };
import { expectClose, tensorOf } from "./goldenTensors.js";

// Tests in Node do this and more on the other backends. To compile a program takes long where a processor stands in for a graphics card.
describeBackend("MultiHeadSelfAttention", "webgl", () => {
  test("is torch's and has a gradient", async () => {
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
