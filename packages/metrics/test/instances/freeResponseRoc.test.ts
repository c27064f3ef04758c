import type { FreeResponseImage } from "@ddl/metrics/instances";
import { freeResponseRoc } from "@ddl/metrics/instances";
import { goldenArray } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import golden from "../goldens/instances.json" with { type: "json" };

test("five images, as CAMELYON16's rules in numpy", () => {
  const images = golden.froc.images.map((image) => ({ ...image, reference: goldenArray(image.reference) }));
  for (const lowestScore of ["drop", "keep"] as const) {
    const found = freeResponseRoc(images, { lowestScore }); // some lesion is missed: both are the same
    expect(found.falsePositivesPerImage.length).toBe(golden.froc.rates.length);
    golden.froc.rates.forEach((rate, i) => {
      expect(found.falsePositivesPerImage[i]).toBeCloseTo(rate, 14);
    });
    golden.froc.sensitivity.forEach((value, i) => {
      expect(found.sensitivity[i]).toBeCloseTo(value, 14);
    });
    found.sensitivityAt.forEach((value, i) => {
      expect(value).toBeCloseTo(golden.froc.at[i]!, 14);
    });
    expect(found.score).toBeCloseTo(golden.froc.score, 14);
  }
});

describe("MONAI's own case", () => {
  const reference = { data: [0, 0, 1, 1, 2, 2, 0, 0, 0, 3, 3, 0, 0, 3, 3, 3], shape: [4, 4] };
  const image: FreeResponseImage = {
    reference,
    detections: [
      { position: [0, 3], score: 1 },
      { position: [2, 0], score: 0.6 },
      { position: [3, 1], score: 0.8 },
    ],
    excludedLabels: [2],
  };

  test("a lesion left out is neither missed nor found", () => {
    const found = freeResponseRoc([image]);
    expect([...found.thresholds]).toEqual([Infinity, 1, 0.8, 0.6]);
    expect([...found.falsePositivesPerImage]).toEqual([0, 0, 0, 1]);
    expect([...found.sensitivity]).toEqual([0, 0.5, 1, 1]);
    expect(freeResponseRoc([{ ...image, excludedLabels: [] }]).sensitivity[3]).toBe(2 / 3);
    const onExcluded = { ...image, detections: [...image.detections, { position: [1, 0], score: 0.9 }] };
    expect(freeResponseRoc([onExcluded])).toEqual(found);
  });

  test("false 0.8 and 0.6, found 1, 1, 0.8, 0.8 of four in two images: 0.9583…", () => {
    const four = { data: Uint8Array.of(0, 1, 0, 2, 0, 3, 9), shape: [1, 7] };
    const at = (column: number, score: number) => ({ position: [0, column], score });
    const images = [
      { reference: four, detections: [at(1, 1), at(3, 1), at(5, 0.8), at(0, 0.8)], excludedLabels: [9] },
      {
        reference: [0, 4, 0],
        detections: [
          { position: [1], score: 0.8 },
          { position: [2.9], score: 0.6 },
        ],
      },
    ];
    const found = freeResponseRoc(images);
    expect(found.score).toBeCloseTo(0.95833333, 8);
    expect(freeResponseRoc(images, { falsePositiveRates: [0.25] }).score).toBe(0.75);
  });
});

test("the lowest score has a point, or none as CAMELYON16 if every lesion is hit", () => {
  const images = [{ reference: [1, 0, 2], detections: [0, 2, 1].map((at, k) => ({ position: [at], score: 3 - k })) }];
  expect([...freeResponseRoc(images).falsePositivesPerImage]).toEqual([0, 0, 0, 1]);
  const dropped = freeResponseRoc(images, { lowestScore: "drop" });
  expect([...dropped.thresholds]).toEqual([Infinity, 3, 2]);
  expect([...dropped.sensitivity]).toEqual([0, 0.5, 1]);
});

test("of two points at one rate the more sensitive counts", () => {
  const images = [{ reference: [1, 0, 2], detections: [0, 1, 2].map((at, k) => ({ position: [at], score: 3 - k })) }];
  const found = freeResponseRoc(images, { falsePositiveRates: [0, 0.5, 1, 3] });
  expect([...found.falsePositivesPerImage]).toEqual([0, 0, 1, 1]);
  expect(found.sensitivityAt).toEqual([0.5, 0.5, 1, 1]);
  expect(found.score).toBe(0.75);
});

test("no detection finds nothing, no lesion has no sensitivity", () => {
  for (const lowestScore of ["drop", "keep"] as const) {
    expect(freeResponseRoc([{ reference: [0, 1], detections: [] }], { lowestScore }).score).toBe(0);
  }
  const none = freeResponseRoc([{ reference: [0, 0], detections: [{ position: [1], score: 5 }] }]);
  expect(none.score).toBeNaN();
  expect([...none.falsePositivesPerImage]).toEqual([0, 1]);
});

test.each([
  [() => freeResponseRoc([]), "freeResponseRoc: images must be a list that is not empty; received []."],
  [
    () => freeResponseRoc([{ reference: [0, 1], detections: [], excluded: [1] } as never]),
    'freeResponseRoc: images[0]: options must have only the keys reference, detections, excludedLabels; received "excluded".',
  ],
  [
    () => freeResponseRoc([{ reference: [0, 1] } as never]),
    "freeResponseRoc: images[0].detections must be a list; received undefined.",
  ],
  [
    () => freeResponseRoc([{ reference: [[0, 1]] as never, detections: [] }]),
    "freeResponseRoc: images[0].reference must be an ndarray, a typed array or { data, shape }; received [[0, 1]].",
  ],
  [
    () => freeResponseRoc([{ reference: [0, 1], detections: [{ position: [2], score: 1 }] }]),
    "freeResponseRoc: images[0].detections[0].position must be a finite number ≥ 0 and < 2; received 2.",
  ],
  [
    () => freeResponseRoc([{ reference: [0, 1], detections: [{ position: [1], score: Number.NaN }] }]),
    "freeResponseRoc: images[0].detections[0].score must be a finite number; received NaN.",
  ],
  [
    () => freeResponseRoc([{ reference: [0, 1.5], detections: [] }]),
    "freeResponseRoc: images[0].reference must hold integers ≥ 0; received 1.5. This is element 1.",
  ],
  [
    () => freeResponseRoc([{ reference: [0], detections: [] }], { falsePositiveRates: [-1] }),
    "freeResponseRoc: every one of falsePositiveRates must be a finite number ≥ 0; received -1.",
  ],
  [
    () => freeResponseRoc([{ reference: [0], detections: [] }], { lowestScore: "skip" as "drop" }),
    'freeResponseRoc: lowestScore must be one of "keep", "drop"; received "skip".',
  ],
])("bad input is named, %#", (call, message) => {
  expect(call).toThrow(expect.objectContaining({ message }));
});
