import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** What the scripts under goldens write. */
export interface LossGoldens {
  fixtures: Record<string, { shape: number[]; logits: number[]; labels: number[]; ignored: number[] }>;
  cases: {
    name: string;
    fixture: string;
    options: Record<string, unknown>;
    ignored: boolean;
    loss: number;
    gradient: number[];
    /** `logits`: not from probabilities. */
    only?: string;
    channelwise?: boolean;
  }[];
}

type AnyLoss = (yTrue: Tensor, yPred: Tensor, options: object) => Scalar;

/** float32 sums of some tens of terms; webgl computes exp and log to about 1e-6. */
const tolerance = 2e-5;

/** Value and gradient of every form in which a case can be given: logits and probabilities, labels and one-hot targets. */
export async function expectGolden(loss: AnyLoss, goldens: LossGoldens, index: number): Promise<void> {
  const one = goldens.cases[index]!;
  const { shape, logits, labels, ignored } = goldens.fixtures[one.fixture]!;
  const channels = shape.at(-1)!;
  const space = shape.slice(0, -1);
  const softmax =
    !one.channelwise && (one.options["activation"] ?? (channels === 1 ? "sigmoid" : "softmax")) === "softmax";
  const truth = tf.tensor(one.ignored ? ignored : labels, space, "int32");
  const targets: Record<string, Tensor> = {
    labels: truth,
    voxels: tf.cast(tf.reshape(truth, [...space, 1]), "float32"),
  };
  if (!one.ignored && channels > 1) targets["one-hot"] = tf.oneHot(truth as tf.Tensor1D, channels);
  const z = tf.tensor(logits, shape);
  for (const [form, t] of Object.entries(targets)) {
    for (const from of one.only === undefined ? ["logits", "probabilities"] : [one.only]) {
      const ready = { ...one.options, fromLogits: from === "logits" };
      const { value, grad } = tf.valueAndGrad((x: Tensor) => {
        const activated = from !== "probabilities" ? x : softmax ? tf.softmax(x) : tf.sigmoid(x);
        return loss(t, activated, ready);
      })(z);
      const words = `${form}, ${from}`;
      expect(Math.abs((await value.data())[0]! - one.loss), `${words}: value`).toBeLessThan(tolerance);
      const gradient = await grad.data();
      const worst = Array.from(gradient).reduce((most, g, i) => Math.max(most, Math.abs(g - one.gradient[i]!)), 0);
      const largest = Math.max(...one.gradient.map(Math.abs));
      expect(worst, `${words}: gradient`).toBeLessThan(tolerance * largest + 1e-7);
      expect(gradient.length).toBe(one.gradient.length);
      tf.dispose([value, grad]);
    }
  }
  tf.dispose([z, ...Object.values(targets)]);
}
