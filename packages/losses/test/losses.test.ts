import { binaryCrossEntropy, diceLoss } from "@ddl/losses";
import { expectGradient } from "@ddl/testing/tensor";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const shape = [2, 1, 3, 2];
const target = [1, 0, 0, 0, 1, 1, 0, 1, 0.25, 0, 0, 1];
const probability = [0.9, 0.2, 0.35, 0.1, 0.6, 0.8, 0.15, 0.45, 0.3, 0.05, 0.7, 0.55];

describe("gradients against central differences of the definition in float64", () => {
  test("binaryCrossEntropy of probabilities", async () => {
    const definition = (p: number[]) =>
      -target.reduce((sum, t, i) => sum + t * Math.log(p[i]!) + (1 - t) * Math.log(1 - p[i]!), 0) / target.length;
    const t = tf.tensor(target, shape);
    await expectGradient((p) => binaryCrossEntropy(t, p!), definition, [{ values: probability, shape }]);
    t.dispose();
  });

  test("diceLoss over samples and classes", async () => {
    const definition = (p: number[]): number => {
      let total = 0;
      for (const sample of [0, 1]) {
        for (const channel of [0, 1]) {
          let both = 0;
          let sizes = 0;
          for (let x = 0; x < 3; x++) {
            const i = sample * 6 + x * 2 + channel;
            both += p[i]! * target[i]!;
            sizes += p[i]! + target[i]!;
          }
          total += 1 - (2 * both + 0.1) / (sizes + 0.1);
        }
      }
      return total / 4;
    };
    const t = tf.tensor(target, shape);
    const loss = (p?: tf.Tensor) => diceLoss(t, p!, { over: "sample-class", smooth: 0.1 });
    await expectGradient(loss, definition, [{ values: probability, shape }]);
    t.dispose();
  });
});

test("known values: one sample, one class", async () => {
  const t = tf.tensor([1, 1, 0, 0], [1, 4, 1]);
  const p = tf.tensor([0.9, 0.6, 0.3, 0.2], [1, 4, 1]);
  expect((await diceLoss(t, p, { smooth: 0 }).data())[0]).toBeCloseTo(0.25, 6);
  expect((await diceLoss(t, p).data())[0]).toBeCloseTo(0.2, 6);
  const z = tf.tensor([0, Math.log(3)], [1, 2, 1]);
  expect((await binaryCrossEntropy(tf.tensor([1, 0], [1, 2, 1]), z, { fromLogits: true }).data())[0]).toBeCloseTo(
    1.0397208,
    6,
  );
});

test("the three ways to sum differ where samples and classes do", async () => {
  const values = await Promise.all(
    (["all", "class", "sample-class"] as const).map(async (over) => {
      return (await diceLoss(tf.tensor(target, shape), tf.tensor(probability, shape), { over, smooth: 0 }).data())[0]!;
    }),
  );
  expect(new Set(values.map((value) => value.toFixed(4))).size).toBe(3);
});

test("bad input is named", () => {
  const t = tf.zeros([1, 2, 3, 1]);
  expect(() => diceLoss(t, tf.zeros([1, 3, 2, 1]))).toThrow(
    "diceLoss: yPred must have the shape of yTrue, [1, 2, 3, 1]; received [1, 3, 2, 1].",
  );
  expect(() => diceLoss(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(
    "diceLoss: yTrue must have at least 3 axes (batch, …, classes); received [2, 3].",
  );
  expect(() => diceLoss(t, t, { smooth: -1 })).toThrow("diceLoss: smooth must be a finite number ≥ 0; received -1.");
  expect(() => diceLoss(t, t, { over: "sample" as "all" })).toThrow(
    'diceLoss: over must be one of "all", "class", "sample-class"; received "sample".',
  );
  expect(() => binaryCrossEntropy(t, t, { logits: true } as object)).toThrow(
    'binaryCrossEntropy: options must have only the keys fromLogits, classWeights, ignoreIndex, reduction, validate, positiveWeight, labelSmoothing, reference; received "logits".',
  );
  expect(() => binaryCrossEntropy(5 as never, t)).toThrow("binaryCrossEntropy: yTrue must be a tensor; received 5.");
});
