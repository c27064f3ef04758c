import * as losses from "@ddl/losses";
import "@ddl/testing/tensor"; // registers the backend cpu
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

type Row = [words: string, value: (t: Tensor, p: Tensor) => Tensor, expected: number];

async function expectRows(rows: Row[], t: Tensor, p: Tensor): Promise<void> {
  for (const [words, value, expected] of rows) expect((await value(t, p).data())[0], words).toBeCloseTo(expected, 6);
}

/** p and t of one sample and class: tp 1.5, fp ½, fn ½. */
const exampleA = () => [tf.tensor([1, 1, 0, 0], [1, 4, 1]), tf.tensor([0.9, 0.6, 0.3, 0.2], [1, 4, 1])] as const;
/** Logits 0 and ln 3, targets 1 and 0. */
const exampleB = () => [tf.tensor([1, 0], [1, 2, 1]), tf.tensor([0, Math.log(3)], [1, 2, 1])] as const;

test("region losses of four pixels, by hand", async () => {
  const rows: Row[] = [
    ["dice", (t, p) => losses.diceLoss(t, p, { smooth: 0 }), 0.25],
    ["dice of MONAI", (t, p) => losses.diceLoss(t, p, { reference: "monai" }), 0.2499994],
    ["dice of Buda", (t, p) => losses.diceLoss(t, p), 0.2],
    ["dice of smp", (t, p) => losses.diceLoss(t, p, { reference: "smp", fromLogits: false }), 0.25],
    ["squared", (t, p) => losses.diceLoss(t, p, { smooth: 0, squared: true }), 0.0909091],
    ["logarithm", (t, p) => losses.diceLoss(t, p, { smooth: 0, logLoss: true }), 0.2876821],
    ["jaccard", (t, p) => losses.jaccardLoss(t, p, { smooth: 0 }), 0.4],
    ["jaccard, logarithm", (t, p) => losses.jaccardLoss(t, p, { smooth: 0, logLoss: true }), -Math.log(0.6)],
    ["tversky", (t, p) => losses.tverskyLoss(t, p, { alpha: 0.3, beta: 0.7, smooth: 0 }), 0.25],
    ["tversky, one-sided", (t, p) => losses.tverskyLoss(t, p, { alpha: 0, beta: 0, smooth: [1, 2] }), 1 - 2.5 / 3.5],
    ["focal tversky", (t, p) => losses.focalTverskyLoss(t, p, { alpha: 0.3, beta: 0.7, smooth: 0 }), 0.3535534],
    ["matthews", (t, p) => losses.matthewsLoss(t, p, { smooth: 0 }), 0.5],
    ["combo", (t, p) => losses.comboLoss(t, p, { smooth: 0 }), -0.3002497],
    ["combo, 1 added", (t, p) => losses.comboLoss(t, p), -0.3252497],
    ["unified focal", (t, p) => losses.unifiedFocalLoss(t, p), 0.2484715],
    ["unified focal, symmetric", (t, p) => losses.unifiedFocalLoss(t, p, { symmetric: true }), 0.291487],
  ];
  await expectRows(rows, ...exampleA());
});

test("alpha weighs false positives, beta false negatives", async () => {
  const t = tf.tensor([1, 1, 0, 0, 0], [1, 5, 1]);
  const p = tf.tensor([1, 0, 1, 1, 1], [1, 5, 1]); // tp 1, fp 3, fn 1
  const tversky = async (alpha: number, beta: number) =>
    (await losses.tverskyLoss(t, p, { alpha, beta, smooth: 0 }).data())[0];
  expect(await tversky(1, 0)).toBeCloseTo(3 / 4, 6);
  expect(await tversky(0, 1)).toBeCloseTo(1 / 2, 6);
});

test("generalised dice of two classes", async () => {
  const t = tf.tensor([0, 1, 1, 0, 1, 0, 1, 0], [1, 4, 2]);
  const p = tf.tensor([0.1, 0.9, 0.4, 0.6, 0.7, 0.3, 0.8, 0.2], [1, 4, 2]);
  const value = (weighting: "square" | "simple") => losses.generalizedDiceLoss(t, p, { smooth: 0, weighting });
  expect((await value("square").data())[0]).toBeCloseTo(0.375, 6);
  expect((await value("simple").data())[0]).toBeCloseTo(0.3428571, 6);
});

test("smoothing decides the generalised dice of big volumes, unless weights are divided by the largest", async () => {
  const size = 1e6;
  const t = tf.concat([tf.ones([1, size, 1]), tf.zeros([1, size, 1])], 1);
  const p = tf.sub(1, t);
  expect((await losses.generalizedDiceLoss(t, p, { reference: "monai" }).data())[0]).toBeCloseTo(0.1667, 4);
  expect((await losses.generalizedDiceLoss(t, p).data())[0]).toBeCloseTo(1, 4);
});

test("Lovász losses, by hand", async () => {
  const hinge = async (z: number[], y: number[]) =>
    (await losses.lovaszHingeLoss(tf.tensor(y, [1, 3, 1]), tf.tensor(z, [1, 3, 1]), { fromLogits: true }).data())[0];
  expect(await hinge([2, -1, 0.5], [1, 0, 0])).toBeCloseTo(0.75, 6);
  expect(await hinge([2, -0.5, 0.25], [1, 1, 0])).toBeCloseTo(0.9583333, 6);
  expect(await hinge([2, -1, 0.5], [0, 0, 0]), "no foreground: the largest error").toBeCloseTo(3, 6);
  const p1 = [0.3, 0.6, 0.2];
  const p = tf.tensor(
    p1.flatMap((x) => [1 - x, x]),
    [1, 3, 2],
  );
  expect((await losses.lovaszSoftmaxLoss(tf.tensor([0, 1, 1], [1, 3], "int32"), p).data())[0]).toBeCloseTo(
    0.5833333,
    6,
  );
});

test("cross-entropies of two logits, by hand", async () => {
  const logits = { fromLogits: true };
  const rows: Row[] = [
    ["mean", (t, z) => losses.binaryCrossEntropy(t, z, logits), 1.0397208],
    ["positives three times", (t, z) => losses.binaryCrossEntropy(t, z, { ...logits, positiveWeight: 3 }), 1.732868],
    ["smoothed", (t, z) => losses.binaryCrossEntropy(t, z, { ...logits, labelSmoothing: 0.1 }), 1.0122555],
    ["focal", (t, z) => losses.focalLoss(t, z, logits), (0.1732868 + 0.7797906) / 2],
    ["focal α", (t, z) => losses.focalLoss(t, z, { ...logits, alpha: 0.25 }), (0.0433217 + 0.5848429) / 2],
  ];
  await expectRows(rows, ...exampleB());
  const [t, z] = exampleB();
  const focal = await losses.focalLoss(t, z, { ...logits, reduction: "none" }).data();
  expect(focal[0]).toBeCloseTo(0.1732868, 6);
  expect(focal[1]).toBeCloseTo(0.7797906, 6);
  const wrong = losses.binaryCrossEntropy(tf.tensor([0, 1], [1, 2, 1]), tf.tensor([100, -100], [1, 2, 1]), logits);
  expect((await wrong.data())[0], "±100 the wrong way").toBe(100);
});

test("hard voxels: three of probability ½, ¾ and ¼", async () => {
  const t = tf.tensor([1, 1, 1], [1, 3, 1]);
  const p = tf.tensor([0.5, 0.75, 0.25], [1, 3, 1]);
  const rows: Row[] = [
    ["two of three", (a, b) => losses.topKLoss(a, b, { k: 67 }), 1.0397208],
    ["at least one", (a, b) => losses.topKLoss(a, b, { k: 1 }), 1.3862944],
    ["below 0.6", (a, b) => losses.ohemLoss(a, b, { threshold: 0.6, minKept: 1 }), 1.0397208],
    ["below ½, not at it", (a, b) => losses.ohemLoss(a, b, { threshold: 0.3, minKept: 1 }), 1.3862944],
    ["none below", (a, b) => losses.ohemLoss(a, b, { threshold: 0.2, minKept: 0 }), 0],
  ];
  await expectRows(rows, t, p);
});

describe("ignored voxels", () => {
  const t = () => tf.tensor([1, 0, 255, 255], [1, 4], "int32");
  const z = () => tf.tensor([0, Math.log(3), 5, -5], [1, 4, 1]);
  const options = { fromLogits: true, ignoreIndex: 255 };

  test("leave the mean; smp divides by all", async () => {
    expect((await losses.binaryCrossEntropy(t(), z(), options).data())[0]).toBeCloseTo(1.0397208, 6);
    const smp = losses.binaryCrossEntropy(t(), z(), { ...options, reference: "smp" });
    expect((await smp.data())[0]).toBeCloseTo(1.0397208 / 2, 6);
  });

  test("count for nothing in an overlap, and have no gradient", async () => {
    const loss = (x: Tensor) => losses.diceLoss(t(), x, { ...options, smooth: 0 });
    // σ(0) = ½, σ(ln 3) = ¾.
    expect((await loss(z()).data())[0]).toBeCloseTo(1 - 1 / 2.25, 6);
    const gradient = await tf
      .grad((x: Tensor) => loss(x) as Tensor)(z())
      .data();
    expect([gradient[2], gradient[3]]).toEqual([0, 0]);
    expect(gradient[0]).toBeLessThan(0);
  });
});

test("a class that is absent counts, counts as 0, or is left out of the mean", async () => {
  const t = tf.tensor([0, 0, 1, 1], [1, 4], "int32");
  const p = tf.tensor([1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0], [1, 4, 3]);
  // Class 0: tp 1, P 1, T 2 → loss 1/3; class 1: tp 2, P 2, T 2 → 0; class 2: absent, P 1 → 1.
  const value = async (absent: "count" | "zero" | "skip") =>
    (await losses.diceLoss(t, p, { over: "class", smooth: 0, absent }).data())[0];
  expect(await value("count")).toBeCloseTo((1 / 3 + 0 + 1) / 3, 6);
  expect(await value("zero")).toBeCloseTo(1 / 9, 6);
  expect(await value("skip")).toBeCloseTo(1 / 6, 6);
});
