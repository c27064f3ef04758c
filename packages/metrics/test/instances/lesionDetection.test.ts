import { lesionDetection } from "@ddl/metrics/instances";
import { goldenArray, layouts, mask, volumeMask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "../goldens/instances.json" with { type: "json" };

const scans = golden.lesions.flatMap((one, k) => one.rows.map((row) => ({ k, one, ...row })));

describe.each(scans)("scan $k, connectivity $connectivity, as scipy's labels", ({ one, connectivity, ...row }) => {
  const call = (options: object) =>
    lesionDetection(goldenArray(one.reference), goldenArray(one.prediction), { connectivity, ...options });

  test("the lesions and how they are covered, in any layout", () => {
    const predictions = layouts(goldenArray(one.prediction)).reverse();
    for (const [k, [, reference]] of layouts(goldenArray(one.reference)).entries()) {
      const { lesions, predictions: count } = lesionDetection(reference, predictions[k]![1], { connectivity });
      expect(lesions.map((lesion) => lesion.size)).toEqual(row.size);
      expect(lesions.map((lesion) => lesion.covered)).toEqual(row.covered);
      for (const [i, iou] of row.iou.entries()) expect(lesions[i]!.iou).toBeCloseTo(iou, 14);
      expect(count).toBe(row.predictions);
    }
  });

  test.each([
    ["overlap", {}, row.overlap],
    ["overlap of 3", { threshold: 3 }, row.overlap3],
    ["fraction of 0.4", { criterion: "fraction", threshold: 0.4 }, row["fraction0.4"]],
    ["IoU of 0.3", { criterion: "iou", threshold: 0.3 }, row["iou0.3"]],
  ] as const)("%s", (_name, options, [detected, falsePositives]) => {
    const found = call(options);
    expect(found).toMatchObject({ detected, falsePositives });
    expect(found.sensitivity).toBeCloseTo(detected! / row.size.length, 15);
    expect(found.lesions.filter((lesion) => lesion.detected)).toHaveLength(detected!);
  });
});

describe("hand-countable lesions", () => {
  const reference = mask("##....#", "......#", ".##...#", ".......", "...#...");
  const prediction = mask("#.....#", ".......", "...#...", "...#...", "#......");

  test("touching is not sharing", () => {
    expect(lesionDetection(reference, prediction)).toEqual({
      sensitivity: 0.5,
      detected: 2,
      falsePositives: 2,
      predictions: 4,
      lesions: [
        { size: 2, covered: 1, iou: 0.5, detected: true },
        { size: 3, covered: 1, iou: 1 / 3, detected: true },
        { size: 2, covered: 0, iou: 0, detected: false },
        { size: 1, covered: 0, iou: 0, detected: false },
      ],
    });
    expect(lesionDetection(reference, prediction, { criterion: "fraction" }).detected).toBe(1); // one half is enough
    expect(lesionDetection(reference, prediction, { criterion: "iou" })).toMatchObject({
      detected: 1,
      falsePositives: 3,
    });
  });

  test("corners join at connectivity 2 of two axes, 3 of three", () => {
    const corners = mask("#..#", ".#..", "...#");
    expect(lesionDetection(corners, corners).predictions).toBe(4);
    expect(lesionDetection(corners, corners, { connectivity: 2 }).predictions).toBe(3);
    const volume = volumeMask(["#..", "..."], ["...", ".#."], [".#.", "..."]);
    expect([1, 2, 3].map((connectivity) => lesionDetection(volume, volume, { connectivity }).predictions)).toEqual([
      3, 2, 1,
    ]);
  });

  test("rows that end and begin are no neighbours", () => {
    const ends = mask("..#", "#..");
    expect(lesionDetection(ends, ends, { connectivity: 2 }).predictions).toBe(2);
  });

  test("no lesion: no sensitivity, but false positives; no prediction: none detected", () => {
    expect(lesionDetection(mask("..."), mask("#.#"))).toMatchObject({
      sensitivity: Number.NaN,
      falsePositives: 2,
      lesions: [],
    });
    expect(lesionDetection(mask("#.#"), mask("..."))).toMatchObject({
      sensitivity: 0,
      falsePositives: 0,
      predictions: 0,
    });
  });
});

test.each([
  [
    () => lesionDetection([1, 0], [1, Number.NaN]),
    "lesionDetection: prediction must hold no NaN; received NaN. This is element 1.",
  ],
  [
    () => lesionDetection(mask("#."), mask("#")),
    "lesionDetection: prediction must have the shape of reference, [1, 2]; received [1, 1].",
  ],
  [
    () => lesionDetection(mask("#."), mask("#."), { connectivity: 3 }),
    "lesionDetection: connectivity must be an integer ≥ 1 and ≤ 2; received 3.",
  ],
  [
    () => lesionDetection([1], [1], { threshold: 0.5 }),
    "lesionDetection: threshold must be an integer ≥ 1; received 0.5.",
  ],
  [
    () => lesionDetection([1], [1], { criterion: "iou", threshold: 0 }),
    "lesionDetection: threshold must be a finite number > 0 and ≤ 1; received 0.",
  ],
  [
    () => lesionDetection([1], [1], { criterion: "dice" as "iou" }),
    'lesionDetection: criterion must be one of "overlap", "fraction", "iou"; received "dice".',
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
