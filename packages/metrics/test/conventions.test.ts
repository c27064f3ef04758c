import type { OverlapScore } from "@ddl/metrics";
import * as metrics from "@ddl/metrics";
import { conventions, diceScore, generalizedDice, jaccardIndex, reduceScores } from "@ddl/metrics";
import { goldenArray, mask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "./goldens/overlap.json" with { type: "json" };

const presets = conventions as unknown as Record<string, Record<string, object>>;
const scores = metrics as unknown as Record<string, OverlapScore<object>>;
const value = (x: number | string): number => (x === "nan" ? Number.NaN : Number(x));

describe.each(golden.conventions)(
  "$pair: each tool's published formula",
  ({ reference, prediction, scores: tools }) => {
    const masks = [goldenArray(reference), goldenArray(prediction)] as const;
    test.each(Object.entries(tools))("%s", (tool, expected) => {
      for (const [metric, score] of Object.entries<number | string>(expected)) {
        const ours = scores[metric]!(...masks, presets[tool]![metric]!);
        if (score === "nan") expect(ours, metric).toBeNaN();
        else expect(ours, metric).toBeCloseTo(value(score), 13);
      }
    });
  },
);

test("every overlap metric of every preset has a formula it was compared with", () => {
  const overlap = new Set(Object.values(golden.conventions[0]!.scores).flatMap((formulas) => Object.keys(formulas)));
  for (const [tool, formulas] of Object.entries(golden.conventions[0]!.scores)) {
    expect(
      Object.keys(presets[tool]!)
        .filter((metric) => overlap.has(metric))
        .sort(),
    ).toEqual(Object.keys(formulas).sort());
  }
});

describe("the table of empty masks: both, only the reference, only the prediction", () => {
  const none = mask("...", "...");
  const some = mask("##.", "...");
  const { NaN: nan } = Number;
  test.each<[string, string, number[]]>([
    ["medpy", "diceScore", [1, 0, 0]],
    ["medpy", "jaccardIndex", [1, 0, 0]],
    ["medpy", "precision", [0, 0, 0]],
    ["medpy", "recall", [0, 0, 0]],
    ["medpy", "specificity", [1, 1, 4 / 6]],
    ["monai", "diceScore", [nan, 0, nan]],
    ["monai", "jaccardIndex", [nan, 0, nan]],
    ["monai", "precision", [nan, nan, 0]],
    ["monai", "recall", [nan, 0, nan]],
    ["monai", "specificity", [1, 1, 4 / 6]],
    ["monai", "matthewsCorrelation", [nan, nan, nan]],
    ["monai", "fBeta", [nan, 0, 0]],
    ["monai", "balancedAccuracy", [nan, 0.5, nan]],
    ["monai", "generalizedDice", [1, 0, 0]],
    ["surfaceDistance", "diceScore", [nan, 0, 0]],
    ["metricsReloaded", "diceScore", [1, 0, 0]],
    ["metricsReloaded", "fBeta", [1, 0, 0]],
    ["metricsReloaded", "jaccardIndex", [nan, 0, 0]],
    ["metricsReloaded", "precision", [nan, 0, 0]],
    ["metricsReloaded", "recall", [nan, 0, nan]],
    ["metricsReloaded", "specificity", [1, 1, 4 / 6]],
    ["metricsReloaded", "balancedAccuracy", [nan, 0.5, nan]],
    ["metricsReloaded", "matthewsCorrelation", [nan, nan, nan]],
    ["metricsReloaded", "cohenKappa", [nan, 0, 0]],
    ["torchmetrics", "diceScore", [nan, 0, 0]],
    ["torchmetrics", "fBeta", [0, 0, 0]],
    ["torchmetrics", "jaccardIndex", [nan, 0, 0]],
    ["torchmetrics", "precision", [0, 0, 0]],
    ["torchmetrics", "recall", [0, 0, 0]],
    ["torchmetrics", "specificity", [1, 1, 4 / 6]],
    ["torchmetrics", "cohenKappa", [nan, 0, 0]],
    ["torchmetrics", "generalizedDice", [0, 0, 0]],
  ])("%s %s", (tool, metric, expected) => {
    const options = presets[tool]![metric]!;
    const score = scores[metric]!;
    expect([score(none, none, options), score(some, none, options), score(none, some, options)]).toEqual(expected);
  });

  test("a metric that a tool has not is absent, also from the type", () => {
    // @ts-expect-error: medpy has no kappa
    expect(conventions.medpy.cohenKappa).toBeUndefined();
    expect(Object.keys(conventions.surfaceDistance)).toContain("diceScore");
  });
});

type Channels = number[][][];
/** Scores of (cases, channels, pixels) masks, one mask a channel, as MONAI compares them. */
function channelScores(
  metric: string,
  y: Channels,
  prediction: Channels,
  options = presets["monai"]![metric]!,
): number[][] {
  return y.map((channels, n) => channels.map((channel, c) => scores[metric]!(channel, prediction[n]![c]!, options)));
}
const close = (received: number[], expected: number[]) =>
  expected.forEach((x, k) => {
    if (Number.isNaN(x)) expect(received[k]).toBeNaN();
    else expect(Math.abs(received[k]! - x)).toBeLessThan(1e-4);
  });

describe("MONAI's own tests of Dice and IoU (test_compute_meandice, test_compute_meaniou)", () => {
  const y2 = [
    [
      [0, 0, 0, 1],
      [1, 0, 1, 0],
      [0, 1, 0, 0],
    ],
    [
      [0, 0, 0, 1],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ];
  const p2 = [
    [
      [0, 1, 0, 0],
      [0, 0, 1, 1],
      [1, 0, 0, 0],
    ],
    [
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 1, 1, 0],
    ],
  ];
  const p4 = [
    [
      [1, 1, 1, 0],
      [0, 1, 0, 0],
      [0, 1, 1, 1],
    ],
    [
      [1, 0, 1, 1],
      [0, 1, 1, 1],
      [0, 1, 1, 0],
    ],
  ];
  const y4 = [
    [
      [1, 1, 1, 1],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ],
    [
      [0, 0, 0, 1],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ];
  const y6 = [y4[0]!, y4[0]!];
  const monai = { ...conventions.monai.reduceScores };

  test.each([
    ["diceScore", [0.8], [0.5, 0, 0.6667, 0.6667]],
    ["jaccardIndex", [0.6667], [0.3333, 0, 0.5, 0.5]],
  ])("%s, cases 1, 2 and 9", (metric, one, two) => {
    close([scores[metric]!([1, 0, 1, 1], [1, 0, 0, 1], presets["monai"]![metric])], one);
    close(
      channelScores(metric, y2, p2).flatMap((row) => row.slice(1)),
      two,
    );
    expect(scores[metric]!(Array(9).fill(1), Array(9).fill(1), presets["monai"]![metric])).toBe(1);
  });

  test.each(["diceScore", "jaccardIndex"])("%s, case 3: NaN where the reference is empty", (metric) => {
    const p3 = [0, 1].map(() => [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ]);
    const y3 = [
      [
        [1, 1, 1, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
      [
        [0, 1, 1, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    ];
    expect(channelScores(metric, y3, p3).map((row) => row.map(Number.isNaN))).toEqual([
      [false, true, true],
      [false, false, true],
    ]);
  });

  test.each([
    ["diceScore", [0.6786, 0.4, 0.6667], 0.689683, [1.7143, 0, 0], 0.857143],
    ["jaccardIndex", [0.5416, 0.25, 0.5], 0.5555, [1.5, 0, 0], 0.75],
  ] as const)("%s, cases 4 to 8: reductions", (metric, meanBatch, mean, sumBatch, meanSix) => {
    const four = channelScores(metric, y4, p4);
    const six = channelScores(
      metric,
      y6,
      p4.map((channels, k) => (k === 0 ? channels : p4[1]!)),
    );
    close(reduceScores(four, { ...monai, order: ["case"] }).values, [...meanBatch]);
    close(reduceScores(four, monai).values, [mean]);
    close(reduceScores(six, { ...monai, order: ["case"], statistic: "sum" }).values, [...sumBatch]);
    close(reduceScores(six, monai).values, [meanSix]);
    const foreground = six.map((row) => row.slice(1));
    expect(reduceScores(foreground, { ...monai, order: ["case"], statistic: "sum" })).toEqual({
      values: [0, 0],
      steps: [{ over: "case", undefinedScores: 4 }],
    });
  });

  test("cases 11 and 12: ignore_empty=False is bothEmpty one", () => {
    const emptyPolicy = { bothEmpty: "one", oneEmpty: "zero" } as const;
    for (const score of [diceScore, jaccardIndex]) {
      expect(score([0, 0, 0], [0, 0, 0], { emptyPolicy })).toBe(1);
      expect(score([0, 0, 0], [1, 1, 1], { emptyPolicy })).toBe(0);
    }
  });

  test("generalised Dice (test_compute_generalized_dice), cases 1, 2, 6 to 9", () => {
    const options = conventions.monai.generalizedDice;
    close([generalizedDice([1, 0, 1, 1], [1, 0, 0, 1], options)], [0.8]);
    // The one-hot channels of case 2 as labels; background left out.
    const labelled = (channels: number[][]) =>
      channels[0]!.map((_, i) => channels.findIndex((channel) => channel[i] === 1));
    const scored = y2.map((channels, n) =>
      generalizedDice(metrics.confusionMatrix(labelled(channels), labelled(p2[n]!), { classes: 3 }), options),
    );
    close(scored, [0.1667, 0.6667]);
    const ones = Array(9).fill(1);
    const zeros = Array(9).fill(0);
    expect(generalizedDice(ones, ones, options)).toBe(1);
    expect(generalizedDice(zeros, ones, options)).toBe(0);
    expect(generalizedDice(ones, zeros, options)).toBe(0);
    expect(generalizedDice(zeros, zeros, options)).toBe(1);
  });

  test.each([
    ["recall", [0.5, 0.5, 0.5], 0.5],
    ["specificity", [0.8333, 0.75, 0.6667], 0.75],
    ["precision", [0.5, 0.75, 0.25], 0.5],
    ["jaccardIndex", [0.5, 0.4167, 0.25], 0.3889],
    ["accuracy", [0.75, 0.625, 0.625], 0.6667],
    ["balancedAccuracy", [0.6667, 0.625, 0.5833], 0.625],
    ["fBeta", [0.5, 0.5833, 0.3333], 0.4722],
    ["matthewsCorrelation", [0.3333, 0.2887, 0.122], 0.248],
  ] as const)(
    "%s of the confusion matrix with compute_sample (test_compute_confusion_matrix)",
    (metric, meanBatch, mean) => {
      const table = channelScores(metric, y2, p2);
      close(reduceScores(table, { ...monai, order: ["case"] }).values, [...meanBatch]);
      close(reduceScores(table, monai).values, [mean]);
    },
  );

  test.each([
    ["recall", 0.5, 6, [0, 0.5, 0], [3, 2, 1]],
    ["specificity", 4.8333, 8, [1.6667, 2.5, 0.6667], [2, 3, 3]],
  ] as const)(
    "%s with zero denominators: sums, and how many were defined",
    (metric, sum, defined, sumBatch, definedBatch) => {
      const full = [
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [1, 1, 1, 1],
      ];
      const p = [p2[0]!, full, full];
      const y = [
        y2[0]!,
        [
          [1, 1, 1, 1],
          [0, 0, 0, 0],
          [0, 0, 0, 0],
        ],
        [
          [0, 1, 1, 0],
          [1, 0, 0, 1],
          [0, 0, 0, 0],
        ],
      ];
      const table = channelScores(metric, y, p);
      const flat = reduceScores(table, { order: "flat", statistic: "sum" });
      close(flat.values, [sum]);
      expect(9 - flat.steps[0]!.undefinedScores).toBe(defined);
      close(reduceScores(table, { ...monai, order: ["case"], statistic: "sum" }).values, [...sumBatch]);
      expect(definedBatch.map((_, c) => table.filter((row) => !Number.isNaN(row[c])).length)).toEqual([
        ...definedBatch,
      ]);
    },
  );
});

describe("surface-distance's own tests, volumetric Dice", () => {
  const options = conventions.surfaceDistance.diceScore;
  const voxels = (shape: number[], inside: (index: number) => boolean) => ({
    data: Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (inside(i) ? 1 : 0)),
    shape,
  });
  test("two pixels apart, one pixel lower, and empty masks", () => {
    const dot = voxels([128, 128], (i) => i === 50 * 128 + 70);
    const none = voxels([128, 128], () => false);
    expect(
      diceScore(
        dot,
        voxels([128, 128], (i) => i === 50 * 128 + 72),
        options,
      ),
    ).toBe(0);
    expect(diceScore(dot, none, options)).toBe(0);
    expect(diceScore(none, dot, options)).toBe(0);
    expect(diceScore(none, none, options)).toBeNaN();
  });
  test("two boxes shifted by one voxel", () => {
    const box = (planes: number) => voxels([100, 100, 100], (i) => i < planes * 1e4);
    expect(diceScore(box(50), box(51), options)).toBeCloseTo(0.99, 3);
  });
});

describe("torchmetrics' published examples", () => {
  const { torchmetrics } = conventions;
  test("binary", () => {
    const target = [1, 1, 0, 0];
    const preds = [0, 1, 0, 0];
    expect(metrics.matthewsCorrelation(target, preds, torchmetrics.matthewsCorrelation)).toBeCloseTo(0.5774, 4);
    expect(metrics.cohenKappa(target, preds, torchmetrics.cohenKappa)).toBeCloseTo(0.5, 4);
    expect(metrics.specificity([0, 1, 0, 1, 0, 1], [0, 0, 1, 1, 0, 1], torchmetrics.specificity)).toBeCloseTo(
      0.6667,
      4,
    );
  });
  test.each([
    [[2, 1, 0, 0], [2, 1, 0, 1], 0.8889],
    [[0, 1, 2, 1, 0, 2], [0, 2, 2, 0, 0, 1], 0.75],
    [[1, 1, 2, 0, 1, 2], [2, 2, 2, 1, 1, 0], 0.6556],
  ])("specificity of the classes of %j and %j", (target, preds, expected) => {
    const matrix = metrics.confusionMatrix(target, preds, { classes: 3 });
    expect(metrics.specificity(matrix, { ...torchmetrics.specificity, background: true })).toBeCloseTo(expected, 4);
  });
});
