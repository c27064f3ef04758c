import type { CocoImage } from "@ddl/metrics/instances";
import { cocoAveragePrecision } from "@ddl/metrics/instances";
import { describe, expect, test } from "vitest";
import golden from "../goldens/coco.json" with { type: "json" };

type Row = { class: number; box?: number[]; patches?: number[][]; score: number; crowd?: boolean; area?: number };
type Rows = { references: Row[]; detections: Row[] };

function paint(shape: readonly number[], patches: readonly number[][], label: number, data: Uint8Array): Uint8Array {
  for (const [r0, r1, c0, c1] of patches as [number, number, number, number][])
    for (let r = r0; r < Math.min(r1, shape[0]!); r++)
      for (let c = c0; c < Math.min(c1, shape[1]!); c++) data[r * shape[1]! + c] = label;
  return data;
}

function imagesOf(rows: readonly Rows[], shape: readonly number[] | undefined): CocoImage[] {
  const one = ({ patches, ...rest }: Row) =>
    shape === undefined || patches === undefined
      ? rest
      : { ...rest, mask: { data: paint(shape, patches, 7, new Uint8Array(shape[0]! * shape[1]!)), shape }, label: 7 };
  return rows.map(({ references, detections }) => ({
    references: references.map(one),
    detections: detections.map(one),
  })) as never;
}

describe.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k, $iouType, as pycocotools", (one) => {
  const shape = "shape" in one ? (one.shape as number[]) : undefined;
  const iouType = one.iouType as "bbox" | "segmentation";
  const options = "maxDetections" in one ? { iouType, maxDetections: one.maxDetections as number[] } : { iouType };
  const result = cocoAveragePrecision(imagesOf(one.images as never, shape), options);

  test("all twelve numbers", () => {
    const { averageRecall } = result;
    const numbers = [
      result.averagePrecision,
      result.averagePrecision50,
      result.averagePrecision75,
      result.averagePrecisionSmall,
      result.averagePrecisionMedium,
      result.averagePrecisionLarge,
      ...averageRecall,
      result.averageRecallSmall,
      result.averageRecallMedium,
      result.averageRecallLarge,
    ];
    expect(numbers).toHaveLength(12);
    for (const [i, value] of one.summary.entries()) expect(numbers[i], `number ${i}`).toBeCloseTo(value, 12);
  });

  test("precision and recall of every threshold, class, area and limit", () => {
    expect(result.classes).toEqual(one.classes);
    const [T, R, K, A, M] = result.precision.shape as [number, number, number, number, number];
    const cells = K * A * M;
    expect(one.meanPrecision).toHaveLength(T * cells);
    one.meanPrecision.forEach((value, i) => {
      let sum = 0;
      for (let r = 0; r < R; r++) sum += result.precision.data[(Math.floor(i / cells) * R + r) * cells + (i % cells)]!;
      expect(sum / R, `cell ${i}`).toBeCloseTo(value, 9);
    });
    expect(result.recall.shape).toEqual([T, K, A, M]);
    one.recall.forEach((value, i) => {
      expect(result.recall.data[i], `recall ${i}`).toBeCloseTo(value, 9);
    });
    // Every recall of the first class, all areas, the last limit.
    one.precisionAll.forEach((value, i) => {
      expect(result.precision.data[i * cells + M - 1], `point ${i}`).toBeCloseTo(value, 7);
    });
  });

  test("NaN in place of −1", () => {
    const { averagePrecisionLarge, classAveragePrecision } = cocoAveragePrecision(
      imagesOf(one.images as never, shape),
      { ...options, undefinedValue: Number.NaN },
    );
    const nan = (value: number) => (value === -1 ? Number.NaN : value);
    expect(averagePrecisionLarge).toBe(nan(result.averagePrecisionLarge));
    expect(classAveragePrecision).toEqual(result.classAveragePrecision.map(nan));
  });
});

describe("hand-countable detections", () => {
  const found = (box: number[], score = 0.5) => ({ class: 1, box, score });
  const bbox = { iouType: "bbox" } as const;

  test("an IoU of 0.95 passes every threshold, one of 0.9 all but the last", () => {
    const references = [{ class: 1, box: [10, 20, 20, 40] }];
    const ap = (height: number) =>
      cocoAveragePrecision([{ references, detections: [found([10, 20, 20, height])] }], bbox).averagePrecision;
    expect(ap(38)).toBeCloseTo(1, 12);
    expect(ap(36)).toBeCloseTo(0.9, 12);
    expect(ap(19)).toBe(0);
  });

  test("two of three found by the second and third of four: precision ⅔ up to recall ⅔", () => {
    const references = [0, 50, 100].map((x) => ({ class: 4, box: [x, 0, 10, 20] }));
    const detections = [
      { class: 4, box: [30, 0, 10, 20], score: 0.9 },
      { class: 4, box: [50, 0, 10, 20], score: 0.8 },
      { class: 4, box: [0, 0, 10, 20], score: 0.7 },
      { class: 4, box: [70, 0, 10, 20], score: 0.6 },
    ];
    const result = cocoAveragePrecision([{ references, detections }], bbox);
    expect(result.averagePrecision).toBeCloseTo(((2 / 3) * 67) / 101, 12); // recalls 0 … 0.66
    expect(result.averageRecall).toEqual([0, expect.closeTo(2 / 3, 12), expect.closeTo(2 / 3, 12)]);
    expect(result.classAveragePrecision).toHaveLength(1);
  });

  test("a label image and its masks one by one give the same", () => {
    const shape = [5, 7];
    const labels = paint(shape, [[0, 2, 0, 3]], 1, paint(shape, [[3, 5, 2, 7]], 2, new Uint8Array(35)));
    const masks = [1, 2].map((label) => ({ data: labels.map((value) => Number(value === label)), shape }));
    const detections = [
      { class: 1, mask: { data: labels, shape }, label: 2, score: 0.25 },
      { class: 1, mask: masks[0]!, score: 0.5 },
    ];
    const references = [
      { class: 1, mask: masks[1]! },
      { class: 1, mask: masks[0]! },
    ];
    const result = cocoAveragePrecision([{ references, detections }], { iouType: "segmentation" });
    expect(result.averagePrecision).toBeCloseTo(1, 12);
    const missed = [{ references, detections: detections.slice(1) }];
    expect(cocoAveragePrecision(missed, { iouType: "segmentation" }).averageRecall).toEqual([0.5, 0.5, 0.5]);
  });

  test("thresholds of one's own; AP50 is undefined without 0.5", () => {
    const images = [{ references: [{ class: 1, box: [0, 0, 10, 10] }], detections: [found([0, 0, 10, 3])] }];
    const result = cocoAveragePrecision(images, { iouType: "bbox", iouThresholds: [0.1, 0.3, 0.4] });
    expect(result.averagePrecision).toBeCloseTo(2 / 3, 12);
    expect(result.averagePrecision50).toBe(-1);
  });

  test.each([
    [
      () => cocoAveragePrecision([], bbox),
      "cocoAveragePrecision: images must be a list that is not empty; received [].",
    ],
    [
      () =>
        cocoAveragePrecision(
          [{ references: [{ class: 1, box: [0, 0, 1, 2], iscrowd: 1 } as never], detections: [] }],
          bbox,
        ),
      'cocoAveragePrecision: images[0].references[0]: options must have only the keys class, box, mask, label, crowd, area; received "iscrowd".',
    ],
    [
      () =>
        cocoAveragePrecision(
          [{ references: [{ class: 1, box: [0, 0, 1, 2], crowd: 1 as never }], detections: [] }],
          bbox,
        ),
      "cocoAveragePrecision: images[0].references[0].crowd must be true or false; received 1.",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [] }], { iouType: "bbox", iouThresholds: [] }),
      "cocoAveragePrecision: iouThresholds must be a list that is not empty; received [].",
    ],
    [
      () => cocoAveragePrecision([], undefined as never),
      "cocoAveragePrecision: options must be an object; received undefined.",
    ],
    [
      () => cocoAveragePrecision([{ references: [] } as never], bbox),
      "cocoAveragePrecision: images[0].detections must be a list; received undefined.",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [{ class: 1, score: 1 }] }], bbox),
      "cocoAveragePrecision: images[0].detections[0].box must be [x, y, width, height], finite, without a negative size; received undefined.",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [found([0, 0, -1, 2])] }], bbox),
      "cocoAveragePrecision: images[0].detections[0].box must be [x, y, width, height], finite, without a negative size; received [0, 0, -1, 2].",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [found([0, 0, 1, 2], Number.NaN)] }], bbox),
      "cocoAveragePrecision: images[0].detections[0].score must be a finite number; received NaN.",
    ],
    [
      () =>
        cocoAveragePrecision(
          [
            {
              references: [
                { class: 1, mask: [1, 0] },
                { class: 1, mask: [1, 0, 1] },
              ],
              detections: [],
            },
          ],
          { iouType: "segmentation" },
        ),
      "cocoAveragePrecision: images[0].references[1].mask must have the shape of the image's first mask, [2]; received [3].",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [] }], { iouType: "bbox", maxDetections: [10, 1] }),
      "cocoAveragePrecision: maxDetections[1] must be an integer ≥ 1 and > 10; received 1.",
    ],
    [
      () => cocoAveragePrecision([{ references: [], detections: [] }], { iouType: "box" as "bbox" }),
      'cocoAveragePrecision: iouType must be one of "bbox", "segmentation"; received "box".',
    ],
  ])("bad input is named, %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
