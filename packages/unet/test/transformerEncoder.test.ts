import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import { MultiHeadSelfAttention } from "@ddl/unet";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { input, model } from "@tensorflow/tfjs-layers";
import { test } from "vitest";
import { transformerEncoderLayer } from "../src/transResUnet/transformerEncoderLayer.js";
import goldens from "./goldens/transformerEncoder.json" with { type: "json" };
import { expectClose, tensorOf } from "./goldenTensors.js";

type Case = (typeof goldens.cases)[number];
const torchNames: Record<string, keyof Case["weights"]> = {
  "self_attn/in_proj_kernel": "self_attn.in_proj_weight",
  "self_attn/in_proj_bias": "self_attn.in_proj_bias",
  "self_attn/out_proj_kernel": "self_attn.out_proj.weight",
  "self_attn/out_proj_bias": "self_attn.out_proj.bias",
  "linear1/kernel": "linear1.weight",
  "linear1/bias": "linear1.bias",
  "linear2/kernel": "linear2.weight",
  "linear2/bias": "linear2.bias",
  "norm1/gamma": "norm1.weight",
  "norm1/beta": "norm1.bias",
  "norm2/gamma": "norm2.weight",
  "norm2/beta": "norm2.bias",
};

/** torch's layer as a model whose outputs are what its attention makes, and the whole. */
function modelOf(golden: Case): LayersModel {
  const sequence = golden.sequence as "positions" | "batch";
  const { heads, feedForward } = golden;
  const x = input({ shape: golden.x.shape.slice(1) });
  const y = transformerEncoderLayer(x, { name: "layer", heads, sequence, feedForward, dropout: 0, seed: 1 });
  const whole = model({ inputs: x, outputs: y });
  const attended = whole.getLayer("layer.self_attn").output as SymbolicTensor;
  const made = model({ inputs: x, outputs: [attended, y] });
  made.setWeights(made.weights.map(({ originalName }) => tensorOf(golden.weights[torchNameOf(originalName)])));
  return made;
}

const torchNameOf = (originalName: string): keyof Case["weights"] => torchNames[originalName.replace("layer.", "")]!;

describeKernel("the transformer's layer", () => {
  test.each(goldens.cases)("is torch's, with its gradients, along the $sequence", async (golden) => {
    const layer = modelOf(golden);
    const [x, cotangent] = [tensorOf(golden.x), tensorOf(golden.cotangent)];
    const [attended, y] = layer.predict(x) as [Tensor, Tensor];
    await expectClose("attention", attended, golden.attended, 5e-6);
    await expectClose("result", y, golden.y, 1e-5);
    const loss = (): tf.Scalar => tf.sum(tf.mul((layer.apply(x, { training: true }) as Tensor[])[1]!, cotangent));
    const { grads } = tf.variableGrads(loss);
    for (const weight of layer.trainableWeights) {
      const got = grads[(weight.read() as tf.Variable).name]!;
      await expectClose(weight.originalName, got, golden.gradients[torchNameOf(weight.originalName)], 2e-5);
    }
    const xGradient = tf.grad((v) => tf.sum(tf.mul((layer.apply(v) as Tensor[])[1]!, cotangent)))(x);
    await expectClose("x", xGradient, golden.xGradient, 2e-5);
    layer.dispose();
  });

  const attention = new MultiHeadSelfAttention({ heads: 2, sequence: "batch", rate: 0.5, inputShape: [3, 2, 4] });
  testNoLeak("leaves no tensor behind in training", () => {
    const x = tf.ones([5, 3, 2, 4]);
    tf.dispose([
      x,
      attention.apply(x) as Tensor,
      tf.grad((v) => tf.sum(attention.apply(v, { training: true }) as Tensor))(x),
    ]);
  });
});
