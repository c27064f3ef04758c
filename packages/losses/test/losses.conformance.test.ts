import * as losses from "@ddl/losses";
import { describeKernel, testNoLeak } from "@ddl/testing/tensor";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers"; // registers the gradients of tfjs-core's operations
import { expect, test } from "vitest";

type Loss = (t: Tensor, z: Tensor, options: object) => Scalar;
const { combine, ...all } = losses;
const fromLogits = { fromLogits: true };

/** Every loss with the options that change its path, for labels and logits of some channels. */
const everySetting: [name: keyof typeof all, channels: number, options: object][] = [
  ["diceLoss", 1, fromLogits],
  ["diceLoss", 1, { ...fromLogits, smooth: 0, over: "sample-class" }],
  ["diceLoss", 3, { ...fromLogits, reference: "monai", background: false }],
  ["diceLoss", 3, { ...fromLogits, reference: "smp", logLoss: true }],
  ["diceLoss", 3, { ...fromLogits, reference: "paper" }],
  ["generalizedDiceLoss", 3, fromLogits],
  ["generalizedDiceLoss", 1, { ...fromLogits, smooth: 0 }],
  ["jaccardLoss", 3, { ...fromLogits, smooth: 0 }],
  ["tverskyLoss", 3, { ...fromLogits, reference: "smp" }],
  ["focalTverskyLoss", 1, { ...fromLogits, smooth: 0 }],
  ["focalTverskyLoss", 3, { ...fromLogits, over: "class" }],
  ["matthewsLoss", 1, fromLogits],
  ["matthewsLoss", 1, { ...fromLogits, smooth: 0 }],
  ["lovaszHingeLoss", 1, fromLogits],
  ["lovaszSoftmaxLoss", 3, fromLogits],
  ["binaryCrossEntropy", 1, fromLogits],
  ["binaryCrossEntropy", 3, { ...fromLogits, positiveWeight: 2, labelSmoothing: 0.1 }],
  ["categoricalCrossEntropy", 3, fromLogits],
  ["categoricalCrossEntropy", 3, { ...fromLogits, labelSmoothing: 0.1, classWeights: [0, 1, 2] }],
  ["focalLoss", 1, { ...fromLogits, gamma: 0.5, alpha: 0.25 }],
  ["focalLoss", 1, { ...fromLogits, normalized: true, reducedThreshold: 0.5 }],
  ["focalLoss", 3, { ...fromLogits, gamma: 0.5 }],
  ["focalLoss", 3, { ...fromLogits, normalized: true }],
  ["topKLoss", 3, fromLogits],
  ["ohemLoss", 3, fromLogits],
  ["ohemLoss", 1, { ...fromLogits, minKept: 2 }],
  ["diceCrossEntropy", 3, fromLogits],
  ["diceFocal", 1, fromLogits],
  ["comboLoss", 1, fromLogits],
  ["unifiedFocalLoss", 1, fromLogits],
  ["unifiedFocalLoss", 2, { ...fromLogits, symmetric: true }],
];
/** All in Node; in a browser, where webgl compiles programs for each, the first of a loss. */
const settings =
  typeof document === "undefined"
    ? everySetting
    : everySetting.filter(([name], k) => everySetting.findIndex((one) => one[0] === name) === k);
const shape = [2, 3, 4];
const voxels = 24;
const extreme = [100, -100, 0, 30, -30, 1e-3, 88, -88];

describeKernel("losses", () => {
  for (const target of ["empty", "full", "ignored", "mixed"]) {
    test.each(settings)(
      `%s of %i channels, %j: finite at logits of ±100, target ${target}`,
      async (name, channels, options) => {
        const label = (i: number) =>
          ({ empty: 0, full: channels === 1 ? 1 : channels - 1, ignored: 255 })[target] ?? i % 2;
        const t = tf.tensor(
          Array.from({ length: voxels }, (_, i) => label(i)),
          shape,
          "int32",
        );
        const values = Array.from({ length: voxels * channels }, (_, i) => extreme[(i * 5 + 3) % 8]!);
        const z = tf.tensor(values, [...shape, channels]);
        const ready = target === "ignored" ? { ...options, ignoreIndex: 255 } : options;
        for (const logits of [z, tf.mul(z, 0), tf.mul(tf.onesLike(z), 100), tf.mul(tf.onesLike(z), -100)]) {
          const { value, grad } = tf.valueAndGrad((x: Tensor) => (all[name] as Loss)(t, x, ready))(logits);
          const numbers = [...(await value.data()), ...(await grad.data())];
          expect(numbers.every(Number.isFinite), numbers.join(", ")).toBe(true);
          tf.dispose([value, grad, logits]);
        }
        t.dispose();
      },
    );
  }

  for (const [name, channels, options] of settings) {
    testNoLeak(`${name} of ${channels} channels leaves no tensor behind, ${JSON.stringify(options)}`, () => {
      const t = tf.tensor(
        Array.from({ length: voxels }, (_, i) => ((i * 7) % 5 === 0 ? 1 : 0)),
        shape,
        "int32",
      );
      const z = tf.randomNormal([...shape, channels], 0, 1, "float32", 5);
      const loss = (x: Tensor) => (all[name] as Loss)(t, x, { ...options, ignoreIndex: 255 });
      const { value, grad } = tf.valueAndGrad(loss)(z);
      tf.dispose([loss(z), value, grad, t, z]);
    });
  }

  test("focal loss with γ = 0 is the cross-entropy to the bit, value and gradient", async () => {
    for (const [channels, entropy] of [
      [1, losses.binaryCrossEntropy],
      [3, losses.categoricalCrossEntropy],
    ] as const) {
      const t = tf.tensor(
        Array.from({ length: voxels }, (_, i) => (i * 7) % Math.max(2, channels)),
        shape,
        "int32",
      );
      const z = tf.randomNormal([...shape, channels], 0, 3, "float32", 7);
      const focal = tf.valueAndGrad((x: Tensor) => losses.focalLoss(t, x, { fromLogits: true, gamma: 0 }))(z);
      const plain = tf.valueAndGrad((x: Tensor) => entropy(t, x, { fromLogits: true }))(z);
      expect(await focal.value.data()).toEqual(await plain.value.data());
      expect(await focal.grad.data()).toEqual(await plain.grad.data());
      tf.dispose([t, z, focal.value, focal.grad, plain.value, plain.grad]);
    }
  });

  test("combine weighs the values and the gradients", async () => {
    const t = tf.ones([1, 2, 3, 1]);
    const z = tf.tensor([1, -1, 0.5, 2, 0, -3], [1, 2, 3, 1]);
    const loss = combine([
      [(a, b) => losses.diceLoss(a, b, fromLogits), 2],
      [(a, b) => losses.binaryCrossEntropy(a, b, fromLogits), -0.5],
    ]);
    const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(t, x))(z);
    const dice = tf.valueAndGrad((x: Tensor) => losses.diceLoss(t, x, fromLogits))(z);
    const entropy = tf.valueAndGrad((x: Tensor) => losses.binaryCrossEntropy(t, x, fromLogits))(z);
    const [d, e] = [(await dice.grad.data())[1]!, (await entropy.grad.data())[1]!];
    expect((await value.data())[0]).toBeCloseTo(
      2 * (await dice.value.data())[0]! - 0.5 * (await entropy.value.data())[0]!,
      6,
    );
    expect((await grad.data())[1]).toBeCloseTo(2 * d - 0.5 * e, 6);
    tf.dispose([t, z, value, grad, dice.value, dice.grad, entropy.value, entropy.grad]);
  });
});
