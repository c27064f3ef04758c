import { classCounts, confusionMatrix, diceScore, jaccardIndex, precision, recall } from "@ddl/metrics";
import type { LayersMetric, LayersMetricOptions } from "@ddl/metrics/layers";
import {
  accuracyMetric,
  diceMetric,
  fBetaMetric,
  jaccardMetric,
  precisionMetric,
  recallMetric,
  specificityMetric,
} from "@ddl/metrics/layers";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Value of a metric, with all tensors but the result given back. */
function value(metric: LayersMetric, yTrue: number[], yPred: number[], shape: number[]): number {
  const [t, p] = [tf.tensor(yTrue, shape), tf.tensor(yPred, shape)];
  const before = tf.memory().numTensors;
  const result = metric(t, p);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(result.shape).toEqual([]);
  const number = result.dataSync()[0]!;
  tf.dispose([t, p, result]);
  return number;
}

const makers = {
  diceScore: diceMetric,
  jaccardIndex: jaccardMetric,
  precision: precisionMetric,
  recall: recallMetric,
  specificity: specificityMetric,
  pixelAccuracy: accuracyMetric,
  fBeta: (options: LayersMetricOptions) => fBetaMetric({ ...options, beta: 2 }),
};

describe("counted by hand: TP 2, FP 1, FN 3, TN 4 in the first sample; 1, 2, 0, 7 in the second", () => {
  const shape = [2, 2, 5, 1];
  const t = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const p = [0.9, 0.6, 0.4, 0.2, 0.1, 0.7, 0.3, 0, 0.1, 0.2, 0.8, 0.6, 0.55, 0.2, 0, 0, 0.1, 0.3, 0.2, 0.1];
  test.each([
    ["diceScore", 4 / 8, 2 / 4, 6 / 12],
    ["jaccardIndex", 2 / 6, 1 / 3, 3 / 9],
    ["precision", 2 / 3, 1 / 3, 3 / 6],
    ["recall", 2 / 5, 1, 3 / 6],
    ["specificity", 4 / 5, 7 / 9, 11 / 14],
    ["pixelAccuracy", 6 / 10, 8 / 10, 14 / 20],
    ["fBeta", 10 / 23, 5 / 7, 15 / 30],
  ] as const)("%s", (name, first, second, whole) => {
    expect(makers[name]({}).name).toBe(name);
    expect(value(makers[name]({}), t, p, shape)).toBeCloseTo((first + second) / 2, 6);
    expect(value(makers[name]({ over: "class" }), t, p, shape)).toBeCloseTo(whole, 6);
    expect(value(makers[name]({ over: "all" }), t, p, shape)).toBeCloseTo(whole, 6);
  });

  test("another threshold, and logits", () => {
    expect(value(recallMetric({ threshold: 0.3 }), t, p, shape)).toBeCloseTo((3 / 5 + 1) / 2, 6);
    const logits = p.map((probability) => Math.log((probability + 1e-6) / (1 - probability + 1e-6)));
    expect(value(recallMetric({ threshold: 0.3, fromLogits: true }), t, logits, shape)).toBeCloseTo(0.8, 6);
  });
});

describe("several channels", () => {
  const shape = [2, 3, 3];
  // Classes of the target 0 1 2 | 2 2 1, of the largest channel 0 2 2 | 2 0 1; no channel of the fifth is above one half.
  const t = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0];
  const p = [0.8, 0.1, 0.1, 0.1, 0.3, 0.6, 0, 0.1, 0.9, 0.2, 0.1, 0.7, 0.4, 0.3, 0.3, 0, 0.7, 0.3];

  test("the largest decides, without the background", () => {
    // Sample 1: class 1 missed, 0; class 2 TP 1, FP 1: 2/3. Sample 2: class 1 1; class 2 TP 1, FN 1: 2/3.
    expect(value(diceMetric(), t, p, shape)).toBeCloseTo((0 + 2 / 3 + 1 + 2 / 3) / 4, 6);
    // Class 1: TP 1, FN 1; class 2: TP 2, FP 1, FN 1.
    expect(value(diceMetric({ over: "class" }), t, p, shape)).toBeCloseTo((2 / 3 + 4 / 6) / 2, 6);
    expect(value(precisionMetric({ over: "all" }), t, p, shape)).toBeCloseTo(3 / 4, 6);
    // Background: sample 1 TP 1; sample 2 FP 1.
    expect(value(diceMetric({ skipBackground: false }), t, p, shape)).toBeCloseTo(
      (1 + 0 + 2 / 3 + 0 + 1 + 2 / 3) / 6,
      6,
    );
  });

  test("or each channel by itself", () => {
    expect(value(diceMetric({ decision: "threshold", over: "all" }), t, p, shape)).toBeCloseTo((2 * 4) / (6 + 5), 6);
    expect(
      value(precisionMetric({ decision: "threshold", over: "class", skipBackground: true }), t, p, shape),
    ).toBeCloseTo((1 + 2 / 3) / 2, 6);
  });
});

describe("always finite", () => {
  const [none, all, some] = [
    [0, 0, 0],
    [1, 1, 1],
    [1, 0, 0],
  ];
  const shape = [1, 3, 1];
  test.each([
    ["diceScore", 1, 0, 0, 1],
    ["jaccardIndex", 1, 0, 0, 1],
    ["precision", 1, 0, 0, 1],
    ["recall", 1, 0, 0, 1],
    ["specificity", 1, 1, 2 / 3, 1],
    ["pixelAccuracy", 1, 2 / 3, 2 / 3, 1],
    ["fBeta", 1, 0, 0, 1],
  ] as const)(
    "%s of two empty masks %d, an empty prediction %d, an empty target %d, two full ones %d",
    (name, ...rest) => {
      const wanted: readonly unknown[] = rest;
      const metric = makers[name]({});
      const pairs = [
        [none, none],
        [some, none],
        [none, some],
        [all, all],
      ] as const;
      pairs.forEach(([t, p], k) => {
        expect(value(metric, t, p, shape)).toBeCloseTo(wanted[k] as number, 6);
      });
    },
  );
  test("specificity has bothEmpty where nothing is outside in either, and 0 where only the target is full", () => {
    expect(value(specificityMetric({ bothEmpty: 0.25 }), all, all, shape)).toBe(0.25);
    expect(value(specificityMetric({ bothEmpty: 0.25 }), all, some, shape)).toBe(0);
    expect(value(diceMetric({ bothEmpty: 0.25 }), none, none, shape)).toBe(0.25);
  });
  test("of NaN, too: it is outside", () => {
    expect(value(diceMetric(), some, [Number.NaN, 0.9, 0.1], shape)).toBe(0);
  });
});

test("as the plain metrics of each sample, for any masks", () => {
  const masks = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3 * 2 * 4, maxLength: 3 * 2 * 4 });
  const emptyPolicy = { bothEmpty: "one", oneEmpty: "zero" } as const;
  const mean = (of: (reference: Uint8Array, prediction: Uint8Array) => number, pairs: [Uint8Array, Uint8Array][]) =>
    pairs.reduce((sum, [r, p]) => sum + of(r, p), 0) / pairs.length;
  fc.assert(
    fc.property(masks, (codes) => {
      const t = codes.map((code) => code & 1);
      const p = codes.map((code) => code >> 1);
      const part = (values: number[], k: number) => Uint8Array.from(values.slice(8 * k, 8 * k + 8));
      const pairs = [0, 1, 2].map((k) => [part(t, k), part(p, k)] as [Uint8Array, Uint8Array]);
      const shape = [3, 2, 4, 1];
      for (const [make, plain] of [
        [diceMetric, diceScore],
        [jaccardMetric, jaccardIndex],
        [precisionMetric, precision],
        [recallMetric, recall],
      ] as const) {
        expect(value(make(), t, p, shape)).toBeCloseTo(
          mean((a, b) => plain(a, b, { emptyPolicy }), pairs),
          5,
        );
      }
      const { truePositives: tp, trueNegatives: tn } = classCounts(
        confusionMatrix(Uint8Array.from(t), Uint8Array.from(p)),
        1,
      );
      expect(value(accuracyMetric({ over: "all" }), t, p, shape)).toBeCloseTo((tp + tn) / 24, 5);
    }),
    { numRuns: 60 },
  );
});

describe("in tf.layers", () => {
  // Three samples; the model passes probabilities through.
  const truth = [1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1];
  const found = [0.9, 0.1, 0.2, 0.1, 0.9, 0.8, 0.7, 0.2, 0.6, 0.9, 0.1, 0.8];
  const compiled = (over: "sample-class" | "all") => {
    const model = tfl.sequential({ layers: [tfl.layers.activation({ activation: "linear", inputShape: [2, 2, 1] })] });
    model.compile({
      optimizer: "sgd",
      loss: "meanSquaredError",
      metrics: [diceMetric({ over }), recallMetric({ over })],
    });
    return model;
  };
  const evaluated = (over: "sample-class" | "all", batchSize: number): number[] => {
    const model = compiled(over);
    const [x, y] = [tf.tensor(found, [3, 2, 2, 1]), tf.tensor(truth, [3, 2, 2, 1])];
    const scalars = model.evaluate(x, y, { batchSize }) as tf.Scalar[];
    const numbers = scalars.map((scalar) => scalar.dataSync()[0]!);
    tf.dispose([x, y, ...scalars]);
    model.dispose();
    return numbers.slice(1);
  };

  test("model.evaluate shows the mean over samples for any batch size", () => {
    const wanted = [(2 / 3 + 2 / 4 + 4 / 6) / 3, (1 / 2 + 1 + 2 / 3) / 3];
    for (const batchSize of [1, 2, 3]) {
      evaluated("sample-class", batchSize).forEach((number, k) => {
        expect(number).toBeCloseTo(wanted[k]!, 6);
      });
    }
  });

  test("but over all, another value for another batch size", () => {
    expect(evaluated("all", 3)[0]).toBeCloseTo((2 * 4) / (6 + 7), 6);
    expect(evaluated("all", 2)[0]).toBeCloseTo((2 * (4 / 7) + 4 / 6) / 3, 6);
  });

  test("logs have the names of the metrics", () => {
    const model = compiled("sample-class");
    expect(model.metricsNames).toEqual(["loss", "diceScore", "recall"]);
    model.dispose();
  });
});

describe("bad input is named", () => {
  const t = () => tf.zeros([1, 2, 1]);
  test.each<[string, () => unknown]>([
    ["diceMetric: threshold must be a finite number > 0 and < 1; received 1.", () => diceMetric({ threshold: 1 })],
    [
      'diceMetric: over must be one of "sample-class", "class", "all"; received "batch".',
      () => diceMetric({ over: "batch" as "all" }),
    ],
    [
      'recallMetric: options must have only the keys decision, threshold, fromLogits, skipBackground, over, bothEmpty; received "smooth".',
      () => recallMetric({ smooth: 1 } as never),
    ],
    ["fBetaMetric: beta must be a finite number > 0; received 0.", () => fBetaMetric({ beta: 0 })],
    ["diceMetric: bothEmpty must be a finite number; received NaN.", () => diceMetric({ bothEmpty: Number.NaN })],
    [
      "diceMetric: yPred must have the shape of yTrue, [1, 2, 1]; received [1, 3, 1].",
      () => diceMetric()(t(), tf.zeros([1, 3, 1])),
    ],
    ["diceMetric: yTrue must be a tensor; received 3.", () => diceMetric()(3 as never, t())],
    [
      "diceMetric: yTrue must have at least two axes (batch, …, classes); received [2].",
      () => diceMetric()(tf.zeros([2]), tf.zeros([2])),
    ],
    [
      "diceMetric: yTrue must have at least one element; received [0, 2, 1].",
      () => diceMetric()(tf.zeros([0, 2, 1]), tf.zeros([0, 2, 1])),
    ],
    [
      "diceMetric: threshold must be left out where the largest of several channels decides; received 0.4.",
      () => diceMetric({ threshold: 0.4 })(tf.zeros([1, 2]), tf.zeros([1, 2])),
    ],
    [
      'diceMetric: decision must be threshold for one channel; received "argmax".',
      () => diceMetric({ decision: "argmax" })(t(), t()),
    ],
  ])("%s", (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
