import * as losses from "@ddl/losses";
import { expectGradient } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

// Soft targets, which the goldens do not have: two samples of one row of three pixels.
const shape = [2, 1, 3, 2];
const target = [1, 0, 0, 0.1, 0.8, 1, 0, 0.9, 0.25, 0, 0.3, 1];
const logits = [1.2, -0.7, -0.4, 2.1, 0.3, -1.6, 0.9, -2.2, -0.8, 0.6, 1.7, -0.3];
const indices = target.map((_, i) => i);
const total = (f: (i: number) => number, over = indices) => over.reduce((sum, i) => sum + f(i), 0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softmax = (z: number[]) =>
  z.map((x, i) => Math.exp(x) / (Math.exp(z[i - (i % 2)]!) + Math.exp(z[i - (i % 2) + 1]!)));

/** Loss of tensors; its definition of probabilities (and logits) as plain numbers. */
type Row = [words: string, loss: (t: Tensor, y: Tensor, o: object) => Scalar, o: object, f: (p: number[]) => number];
const inside = (p: number[], i: number) => -Math.log(p[i]!);
const outside = (p: number[], i: number) => -Math.log(1 - p[i]!);
const entropy = (p: number[], i: number) => target[i]! * inside(p, i) + (1 - target[i]!) * outside(p, i);

const sigmoidRows: Row[] = [
  [
    "tversky of each class",
    losses.tverskyLoss,
    { over: "class", alpha: 0.2, beta: 0.9, smooth: 0.1 },
    (p) => {
      const ofClass = (c: number) => {
        const own = indices.filter((i) => i % 2 === c);
        const tp = total((i) => p[i]! * target[i]!, own);
        const fp = total((i) => p[i]! * (1 - target[i]!), own);
        const fn = total((i) => (1 - p[i]!) * target[i]!, own);
        return 1 - (tp + 0.1) / (tp + 0.2 * fp + 0.9 * fn + 0.1);
      };
      return (ofClass(0) + ofClass(1)) / 2;
    },
  ],
  [
    "squared dice, logarithm",
    losses.diceLoss,
    { squared: true, logLoss: true },
    (p) => -Math.log((2 * total((i) => p[i]! * target[i]!) + 1) / (total((i) => p[i]! ** 2 + target[i]! ** 2) + 1)),
  ],
  [
    "jaccard without the background",
    losses.jaccardLoss,
    { background: false, smooth: 0.3 },
    (p) => {
      const own = indices.filter((i) => i % 2 === 1);
      const both = total((i) => p[i]! * target[i]!, own);
      return 1 - (both + 0.3) / (total((i) => p[i]! + target[i]!, own) - both + 0.3);
    },
  ],
  [
    "focal",
    losses.focalLoss,
    { gamma: 1.7, alpha: 0.3 },
    (p) =>
      total((i) => {
        // The published form for soft targets: 1 − p_t is the sigmoid of −z·(2t − 1).
        const wrong = sigmoid(-Math.log(p[i]! / (1 - p[i]!)) * (2 * target[i]! - 1));
        return wrong ** 1.7 * entropy(p, i) * (0.3 * target[i]! + 0.7 * (1 - target[i]!));
      }) / 12,
  ],
  [
    "combo",
    losses.comboLoss,
    { alpha: 0.3, beta: 0.8 },
    (p) => {
      const one = (i: number) => 0.8 * target[i]! * inside(p, i) + 0.2 * (1 - target[i]!) * outside(p, i);
      const dice = (2 * total((i) => p[i]! * target[i]!) + 1) / (total((i) => p[i]! + target[i]!) + 1);
      return (0.3 * total(one)) / 12 - 0.7 * dice;
    },
  ],
];

const softmaxRows: Row[] = [
  [
    "categorical cross-entropy, smoothed",
    losses.categoricalCrossEntropy,
    { labelSmoothing: 0.2, reduction: "sum" },
    (p) => total((i) => (0.8 * target[i]! + 0.1) * inside(p, i)),
  ],
  [
    "focal",
    losses.focalLoss,
    { gamma: 0.6, reduction: "sum" },
    (p) => total((i) => target[i]! * (1 - p[i]!) ** 0.6 * inside(p, i)),
  ],
  [
    "dice",
    losses.diceLoss,
    { smooth: [0.4, 0.7] },
    (p) => 1 - (2 * total((i) => p[i]! * target[i]!) + 0.4) / (total((i) => p[i]! + target[i]!) + 0.7),
  ],
];

describe.each([
  ["sigmoid", sigmoidRows, (z: number[]) => z.map(sigmoid)],
  ["softmax", softmaxRows, softmax],
] as const)("gradients for soft targets against central differences, %s", (activation, rows, activate) => {
  test.each(rows)("%s", async (_, loss, options, definition) => {
    const t = tf.tensor(target, shape);
    const hasActivation = loss !== losses.categoricalCrossEntropy;
    const chosen = { ...options, ...(hasActivation ? { activation } : {}) };
    const ofLogits = (z?: Tensor) => loss(t, z!, { ...chosen, fromLogits: true });
    await expectGradient(ofLogits, (z) => definition(activate(z)), [{ values: logits, shape }]);
    const ofProbabilities = (p?: Tensor) => loss(t, p!, { ...chosen, fromLogits: false });
    await expectGradient(ofProbabilities, definition, [{ values: activate(logits), shape }]);
    t.dispose();
  });
});
