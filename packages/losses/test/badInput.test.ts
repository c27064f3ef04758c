import * as losses from "@ddl/losses";
import "@ddl/testing/tensor"; // registers the backend cpu
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const mask = () => tf.zeros([2, 3, 4, 1]);
const classes = () => tf.fill([2, 3, 4, 3], 1 / 3);
const labels = () => tf.zeros([2, 3, 4], "int32");

describe("what does not fit is named", () => {
  test.each<[string, () => unknown]>([
    [
      "diceLoss: yPred must have the shape of yTrue, [2, 4, 3]; received [2, 3, 4, 3].",
      () => losses.diceLoss(tf.zeros([2, 4, 3]), classes()),
    ],
    ["jaccardLoss: yTrue must be a tensor; received undefined.", () => losses.jaccardLoss(undefined as never, mask())],
    ["tverskyLoss: yPred must be a tensor; received null.", () => losses.tverskyLoss(mask(), null as never)],
    [
      'diceLoss: yPred must have dtype float32; received "int32".',
      () => losses.diceLoss(mask(), tf.zeros([2, 3, 4, 1], "int32")),
    ],
    [
      'focalLoss: yTrue must have dtype float32, int32, bool; received "string".',
      () => losses.focalLoss(tf.tensor(["a", "b"], [1, 2, 1]), tf.zeros([1, 2, 1])),
    ],
    [
      "diceLoss: yPred must have elements; received [0, 3, 4, 1].",
      () => losses.diceLoss(tf.zeros([0, 3, 4, 1]), tf.zeros([0, 3, 4, 1])),
    ],
    [
      "categoricalCrossEntropy: yPred must have at least 2 channels; received [2, 3, 4, 1].",
      () => losses.categoricalCrossEntropy(mask(), mask()),
    ],
    [
      "focalLoss: yPred must have at least 2 channels; received [2, 3, 4, 1].",
      () => losses.focalLoss(mask(), mask(), { activation: "softmax" }),
    ],
    [
      "topKLoss: yPred must have at least 2 channels; received [2, 3, 4, 1].",
      () => losses.topKLoss(mask(), mask(), { activation: "softmax" }),
    ],
    [
      "unifiedFocalLoss: yPred must have 1 or 2 channels; received [2, 3, 4, 3].",
      () => losses.unifiedFocalLoss(labels(), classes()),
    ],
    [
      "diceLoss: background must be true for one channel; received false.",
      () => losses.diceLoss(mask(), mask(), { background: false }),
    ],
    [
      "lovaszSoftmaxLoss: background must be true for one channel; received false.",
      () => losses.lovaszSoftmaxLoss(mask(), mask(), { background: false }),
    ],
    [
      "diceLoss: classWeights must have 3 entries, one a channel of yPred; received 2.",
      () => losses.diceLoss(labels(), classes(), { over: "class", classWeights: [1, 2] }),
    ],
    [
      "diceLoss: classWeights must be an array of numbers, one a channel; received 2.",
      () => losses.diceLoss(labels(), classes(), { over: "class", classWeights: 2 as never }),
    ],
    [
      "diceLoss: classWeights must be a finite number ≥ 0; received -1.",
      () => losses.diceLoss(labels(), classes(), { over: "class", classWeights: [1, -1, 1] }),
    ],
    [
      'jaccardLoss: classWeights must be left out when over is "all"; received [1, 1, 2].',
      () => losses.jaccardLoss(labels(), classes(), { classWeights: [1, 1, 2] }),
    ],
    [
      "diceLoss: ignoreIndex must be left out unless yTrue holds labels or has one channel; received 255.",
      () => losses.diceLoss(classes(), classes(), { ignoreIndex: 255 }),
    ],
    [
      "diceLoss: ignoreIndex must be an integer; received 0.5.",
      () => losses.diceLoss(mask(), mask(), { ignoreIndex: 0.5 }),
    ],
    [
      'diceLoss: reference must be one of "monai", "smp", "paper"; received "torch".',
      () => losses.diceLoss(mask(), mask(), { reference: "torch" as never }),
    ],
    [
      'diceLoss: reduction must be one of "mean", "sum", "none"; received "max".',
      () => losses.diceLoss(mask(), mask(), { reduction: "max" as never }),
    ],
    [
      "diceLoss: validate must be true or false; received 1.",
      () => losses.diceLoss(mask(), mask(), { validate: 1 as never }),
    ],
    [
      "diceLoss: smooth must have 2 entries, for numerator and denominator; received 1.",
      () => losses.diceLoss(mask(), mask(), { smooth: [1] as never }),
    ],
    [
      "tverskyLoss: alpha must be a finite number ≥ 0; received -0.1.",
      () => losses.tverskyLoss(mask(), mask(), { alpha: -0.1 }),
    ],
    [
      "focalTverskyLoss: gamma must be a finite number > 0; received 0.",
      () => losses.focalTverskyLoss(mask(), mask(), { gamma: 0 }),
    ],
    [
      'generalizedDiceLoss: over must be one of "sample-class", "class"; received "all".',
      () => losses.generalizedDiceLoss(mask(), mask(), { over: "all" as never }),
    ],
    [
      'generalizedDiceLoss: weighting must be one of "square", "simple", "uniform"; received "cube".',
      () => losses.generalizedDiceLoss(mask(), mask(), { weighting: "cube" as never }),
    ],
    [
      'lovaszSoftmaxLoss: over must be one of "class", "sample-class"; received "all".',
      () => losses.lovaszSoftmaxLoss(mask(), mask(), { over: "all" as never }),
    ],
    [
      "matthewsLoss: smooth must be a finite number ≥ 0; received NaN.",
      () => losses.matthewsLoss(mask(), mask(), { smooth: Number.NaN }),
    ],
    [
      "binaryCrossEntropy: positiveWeight must be a number or have 3 entries, one a channel of yPred; received 2.",
      () => losses.binaryCrossEntropy(labels(), classes(), { positiveWeight: [1, 2] }),
    ],
    [
      "binaryCrossEntropy: labelSmoothing must be a finite number ≥ 0 and < 1; received 1.",
      () => losses.binaryCrossEntropy(mask(), mask(), { labelSmoothing: 1 }),
    ],
    [
      "focalLoss: gamma must be a finite number ≥ 0; received -2.",
      () => losses.focalLoss(mask(), mask(), { gamma: -2 }),
    ],
    [
      "focalLoss: alpha must be a finite number ≥ 0 and ≤ 1; received 2.",
      () => losses.focalLoss(mask(), mask(), { alpha: 2 }),
    ],
    [
      "focalLoss: reducedThreshold must be a finite number > 0 and < 1; received 1.",
      () => losses.focalLoss(mask(), mask(), { reducedThreshold: 1 }),
    ],
    ["topKLoss: k must be a finite number > 0 and ≤ 100; received 0.", () => losses.topKLoss(mask(), mask(), { k: 0 })],
    [
      "ohemLoss: minKept must be an integer ≥ 0; received 0.5.",
      () => losses.ohemLoss(mask(), mask(), { minKept: 0.5 }),
    ],
    [
      "diceCrossEntropy: diceWeight must be a finite number ≥ 0; received -1.",
      () => losses.diceCrossEntropy(mask(), mask(), { diceWeight: -1 }),
    ],
    [
      'diceFocal: reference must be one of "monai"; received "smp".',
      () => losses.diceFocal(mask(), mask(), { reference: "smp" as never }),
    ],
    [
      "comboLoss: beta must be a finite number ≥ 0 and ≤ 1; received 2.",
      () => losses.comboLoss(mask(), mask(), { beta: 2 }),
    ],
    [
      "unifiedFocalLoss: lambda must be a finite number ≥ 0 and ≤ 1; received -1.",
      () => losses.unifiedFocalLoss(mask(), mask(), { lambda: -1 }),
    ],
    ["combine: parts must be an array of at least one [loss, weight]; received [].", () => losses.combine([])],
    ["combine: parts[0] must be a [loss, weight]; received [1, 2].", () => losses.combine([[1 as never, 2]])],
    [
      "combine: parts[0][1] must be a finite number; received Infinity.",
      () => losses.combine([[losses.diceLoss, Number.POSITIVE_INFINITY]]),
    ],
  ])("%s", (message, call) => {
    const error = catchError(call);
    expect(error).toBe(message);
  });
});

function catchError(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing thrown";
}

describe("validate", () => {
  const four = (values: number[]) => tf.tensor(values, [1, 4, 1]);

  test("reads values back and names the first that does not fit", () => {
    const options = { validate: true };
    expect(() => losses.diceLoss(four([0, 1, 2, 3]), four([0, 0, 0, 0]), options)).toThrow(
      "diceLoss: yTrue must contain only values in [0, 1]; received 2. The first other value is at flat index 2.",
    );
    expect(() => losses.diceLoss(four([0, 1, 0, 1]), four([0.5, 1, -0.25, 2]), options)).toThrow(
      "diceLoss: yPred must contain only probabilities in [0, 1]; received -0.25. The first other value is at flat index 2.",
    );
    const nan = four([0, Number.NaN, 0, 0]);
    expect(() => losses.focalLoss(four([0, 1, 0, 1]), nan, { ...options, fromLogits: true })).toThrow(
      "focalLoss: yPred must contain only finite numbers; received NaN. The first other value is at flat index 1.",
    );
    const wrong = tf.tensor([0, 1, 255, 3], [1, 4], "int32");
    const p = tf.fill([1, 4, 3], 1 / 3);
    expect(() => losses.categoricalCrossEntropy(wrong, p, { ...options, ignoreIndex: 255 })).toThrow(
      "categoricalCrossEntropy: yTrue must contain only labels 0 to 2 or 255; received 3. The first other value is at flat index 3.",
    );
  });

  test("lets good values pass, and is off by default", async () => {
    const t = four([0, 1, 255, 0.25]);
    const p = four([0, 1, 0.3, 0.6]);
    const checked = losses.diceLoss(t, p, { validate: true, ignoreIndex: 255 });
    expect((await checked.data())[0]).toBeCloseTo(1 - (2 * 1.15 + 1) / (1.6 + 1.25 + 1), 6);
    expect((await losses.diceLoss(t, four([0, 2, 0.3, 0.6])).data())[0]).toBeLessThan(1);
  });
});

test("reduction none has the shape of what is averaged", () => {
  const none = { reduction: "none" } as const;
  const p = classes();
  expect(losses.diceLoss(labels(), p, { ...none, over: "sample-class" }).shape).toEqual([2, 3]);
  expect(losses.diceLoss(labels(), p, { ...none, over: "class", background: false }).shape).toEqual([2]);
  expect(losses.matthewsLoss(labels(), p, none).shape).toEqual([]);
  expect(losses.generalizedDiceLoss(labels(), p, none).shape).toEqual([2]);
  expect(losses.generalizedDiceLoss(labels(), p, { ...none, over: "class" }).shape).toEqual([]);
  expect(losses.lovaszHingeLoss(labels(), p, none).shape).toEqual([2, 3]);
  expect(losses.lovaszHingeLoss(labels(), p, { ...none, over: "class" }).shape).toEqual([3]);
  expect(losses.lovaszHingeLoss(labels(), p, { ...none, over: "all" }).shape).toEqual([]);
  expect(losses.lovaszSoftmaxLoss(labels(), p, { ...none, over: "sample-class" }).shape).toEqual([2]);
  expect(losses.lovaszSoftmaxLoss(labels(), p, none).shape).toEqual([]);
  expect(losses.binaryCrossEntropy(labels(), p, none).shape).toEqual([2, 3, 4, 3]);
  expect(losses.categoricalCrossEntropy(labels(), p, none).shape).toEqual([2, 3, 4]);
  expect(losses.focalLoss(labels(), p, none).shape).toEqual([2, 3, 4]);
  expect(losses.focalLoss(labels(), p, { ...none, activation: "sigmoid", normalized: true }).shape).toEqual([
    2, 3, 4, 3,
  ]);
});
