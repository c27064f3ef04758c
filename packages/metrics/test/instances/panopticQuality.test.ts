import type { PanopticQuality } from "@ddl/metrics/instances";
import { panopticQuality, sumPanopticQuality } from "@ddl/metrics/instances";
import { goldenArray } from "@ddl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import golden from "../goldens/instances.json" with { type: "json" };

function expectScores(found: PanopticQuality, expected: { classes: number[][]; means: number[] }): void {
  expect(found.classes.map((c) => [c.class, c.truePositives, c.falsePositives, c.falseNegatives])).toEqual(
    expected.classes.map((row) => row.slice(0, 4)),
  );
  for (const [i, row] of expected.classes.entries()) {
    expect(found.classes[i]!.segmentationQuality).toBeCloseTo(row[4]!, 14);
    expect(found.classes[i]!.recognitionQuality).toBeCloseTo(row[5]!, 14);
    expect(found.classes[i]!.panopticQuality).toBeCloseTo(row[6]!, 14);
  }
  const [sq, rq, pq] = expected.means as [number, number, number];
  expect(found.segmentationQuality).toBeCloseTo(sq, 14);
  expect(found.recognitionQuality).toBeCloseTo(rq, 14);
  expect(found.panopticQuality).toBeCloseTo(pq, 14);
}

describe("one class, as MONAI's rules in scipy", () => {
  test.each(golden.plain.flatMap((one, k) => one.results.map((result) => ({ k, one, ...result }))))(
    "image $k above $threshold",
    ({ one, threshold, counts, smoothed }) => {
      const found = panopticQuality(goldenArray(one.reference), goldenArray(one.prediction), {
        threshold,
        smoothing: 1e-6,
      });
      expect([found.truePositives, found.falsePositives, found.falseNegatives]).toEqual(counts);
      const { segmentationQuality, recognitionQuality, panopticQuality: pq } = found;
      [segmentationQuality, recognitionQuality, pq].forEach((value, i) => {
        expect(value).toBeCloseTo(smoothed[i]!, 14);
      });
    },
  );

  test("MONAI's own case: 4 × 4, thresholds 0.5 and 0.3", () => {
    const prediction = [0, 1, 1, 1, 0, 0, 0, 0, 2, 0, 3, 3, 4, 2, 2, 0];
    const reference = [1, 1, 2, 1, 0, 0, 0, 0, 1, 3, 0, 0, 4, 3, 3, 3];
    expect(panopticQuality(reference, prediction).panopticQuality).toBeCloseTo(0.25, 12);
    const loose = panopticQuality(reference, prediction, { threshold: 0.3 });
    expect(loose.segmentationQuality).toBeCloseTo(0.6, 12);
    expect(loose.recognitionQuality).toBe(0.75);
  });
});

describe("classes, void and crowds, as panopticapi's rules in numpy", () => {
  const { images } = golden.classwise;
  const results = images.map(({ reference, prediction, references, predictions }) =>
    panopticQuality(goldenArray(reference), goldenArray(prediction), {
      referenceSegments: references,
      predictionSegments: predictions,
      voidLabel: 0,
    }),
  );

  test.each(images.map((image, k) => [k, image] as const))("image %i", (k, image) => {
    expectScores(results[k]!, image);
  });

  test("all images together", () => {
    expectScores(sumPanopticQuality(results), golden.classwise);
  });
});

describe("hand-countable segments", () => {
  const two = (id: number) => ({ id, class: 2 });

  test("void leaves the union", () => {
    const reference = [5, 5, 5, 9, 9, 1, 1, 0];
    const prediction = [3, 3, 0, 3, 3, 4, 4, 4];
    const quality = (options: object) => panopticQuality(reference, prediction, options);
    // 5 and 3 share 2 of 5, or of 3 if label 9 is void; 1 and 4 share 2 of 3.
    expect(quality({})).toMatchObject({ truePositives: 1, falsePositives: 1, falseNegatives: 2, iouSum: 2 / 3 });
    expect(quality({ voidLabel: 9 })).toMatchObject({
      truePositives: 2,
      falsePositives: 0,
      falseNegatives: 0,
      iouSum: 4 / 3,
    });
  });

  test("half on void is false, more than half is nothing; likewise on a crowd of its class", () => {
    const counts = (prediction: number[], crowd: boolean, of = 2) => {
      const { truePositives, falsePositives, falseNegatives } = panopticQuality([7, 7, 7, 0, 0, 0], prediction, {
        ...(crowd
          ? { referenceSegments: [{ id: 7, class: 2, crowd: true }] }
          : { voidLabel: 7, referenceSegments: [] }),
        predictionSegments: [{ id: 1, class: of }],
      });
      return [truePositives, falsePositives, falseNegatives];
    };
    for (const crowd of [true, false]) {
      expect(counts([0, 1, 1, 1, 1, 0], crowd)).toEqual([0, 1, 0]);
      expect(counts([1, 1, 1, 1, 1, 0], crowd)).toEqual([0, 0, 0]);
    }
    expect(counts([1, 1, 1, 1, 1, 0], true, 3)).toEqual([0, 1, 0]); // a crowd of another class
    expect(counts([1, 1, 1, 1, 1, 0], false, 3)).toEqual([0, 0, 0]);
  });

  test("all crowds of a class count", () => {
    const found = panopticQuality([7, 7, 8, 8, 8, 0, 0], [1, 1, 1, 1, 0, 1, 1], {
      referenceSegments: [7, 8].map((id) => ({ id, class: 2, crowd: true })),
      predictionSegments: [two(1)],
    });
    expect(found).toMatchObject({ falsePositives: 0, falseNegatives: 0, classes: [] });
  });

  test("another class is no match", () => {
    const segments = (id: number, of: number) => [{ id, class: of }];
    const found = panopticQuality([4, 4, 0], [6, 6, 0], {
      referenceSegments: segments(4, 1),
      predictionSegments: segments(6, 2),
    });
    expect(found.classes.map((c) => [c.class, c.truePositives, c.falsePositives, c.falseNegatives])).toEqual([
      [1, 0, 0, 1],
      [2, 0, 1, 0],
    ]);
    expect(found.panopticQuality).toBe(0);
  });

  test("without instances the policy decides", () => {
    expect(panopticQuality([0, 0], [0, 0]).panopticQuality).toBeNaN();
    expect(panopticQuality([0, 0], [0, 0], { emptyPolicy: { bothEmpty: "zero" } }).recognitionQuality).toBe(0);
    expect(panopticQuality([0, 3], [0, 0])).toMatchObject({
      panopticQuality: 0,
      segmentationQuality: 0,
      falseNegatives: 1,
    });
    expect(panopticQuality([0, 0], [0, 2], { emptyPolicy: { referenceEmpty: "nan" } }).panopticQuality).toBeNaN();
    expect(() => sumPanopticQuality([], { emptyPolicy: { bothEmpty: "error" } })).toThrow(
      expect.objectContaining({ message: 'sumPanopticQuality: both masks are empty, and emptyPolicy says "error".' }),
    );
  });
});

test("PQ = SQ·RQ, the F1 score of instances is RQ, and swapping the images swaps FP and FN", () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 3,
    maxLength: 30,
  });
  fc.assert(
    fc.property(rows, (pairs) => {
      const [r, p] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      fc.pre(r.some((a) => a > 0) || p.some((b) => b > 0));
      const found = panopticQuality(r, p);
      const { truePositives: tp, falsePositives: fp, falseNegatives: fn } = found;
      expect(tp + fn).toBe(new Set(r.filter((a) => a > 0)).size);
      expect(tp + fp).toBe(new Set(p.filter((b) => b > 0)).size);
      expect(found.recognitionQuality).toBeCloseTo((2 * tp) / (2 * tp + fp + fn), 14);
      expect(found.panopticQuality).toBeCloseTo(found.iouSum / (tp + fp / 2 + fn / 2), 14);
      const swapped = panopticQuality(p, r);
      expect([swapped.falsePositives, swapped.falseNegatives]).toEqual([fn, fp]);
      expect(swapped.panopticQuality).toBeCloseTo(found.panopticQuality, 14);
    }),
  );
});

test.each([
  [
    () => panopticQuality([4, 0], [6, 0], { referenceSegments: [{ id: 3, class: 1 }] }),
    "panopticQuality: referenceSegments must list the labels of the image, each once; received 3.",
  ],
  [
    () => panopticQuality([4, 0], [6, 0], { referenceSegments: [{ id: 4, class: 1, iscrowd: 1 } as never] }),
    'panopticQuality: referenceSegments: options must have only the keys id, class, crowd; received "iscrowd".',
  ],
  [
    () => panopticQuality([4, 0], [6, 5], { predictionSegments: [{ id: 6, class: 1 }] }),
    "panopticQuality: predictionSegments must list the labels of the image, each once; received 5.",
  ],
  [
    () =>
      panopticQuality([4, 0], [6, 0], {
        predictionSegments: [
          { id: 6, class: 1 },
          { id: 6, class: 2 },
        ],
      }),
    "panopticQuality: predictionSegments must list the labels of the image, each once; received 6.",
  ],
  [
    () => panopticQuality([4, 0], [6, 0], { predictionSegments: [{ id: 6 } as never] }),
    "panopticQuality: every class of predictionSegments must be an integer; received undefined.",
  ],
  [
    () => panopticQuality([1], [1], { smoothing: -1 }),
    "panopticQuality: smoothing must be a finite number ≥ 0; received -1.",
  ],
  [
    () => panopticQuality([1], [1], { voidLabel: 0.5 }),
    "panopticQuality: voidLabel must be an integer ≥ 0; received 0.5.",
  ],
  [
    () => panopticQuality([1], [Number.NaN]),
    "panopticQuality: prediction must hold no NaN; received NaN. This is element 0.",
  ],
  [
    () => panopticQuality([1], [1], { void: 0 } as never),
    'panopticQuality: options must have only the keys threshold, referenceSegments, predictionSegments, voidLabel, smoothing, emptyPolicy; received "void".',
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
