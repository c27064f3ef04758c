import {
  cocoAveragePrecision,
  freeResponseRoc,
  lesionDetection,
  matchInstances,
  panopticQuality,
} from "@ddl/metrics/instances";
import { expect, test } from "vitest";

test("the examples of the docstrings", () => {
  const matches = [{ reference: 1, prediction: 7, iou: 2 / 3 }];
  expect(matchInstances([1, 1, 0, 2], [7, 7, 7, 0]).matches).toEqual(matches);
  expect(panopticQuality([1, 1, 0, 2], [7, 7, 7, 0]).panopticQuality).toBeCloseTo(4 / 9, 15);
  const images = [
    {
      references: [{ class: 1, box: [10, 20, 30, 40] }],
      detections: [{ class: 1, box: [11, 20, 30, 38], score: 0.9 }],
    },
  ];
  expect(cocoAveragePrecision(images, { iouType: "bbox" }).averagePrecision).toBeCloseTo(0.8, 12);
  const volume = { data: Uint8Array.of(1, 1, 0, 0, 0, 1), shape: [1, 2, 3] };
  const options = { connectivity: 3, criterion: "fraction", threshold: 0.2 } as const;
  expect(lesionDetection(volume, volume, options).sensitivity).toBe(1);
  const lesions = { data: Uint8Array.of(0, 1), shape: [1, 2] };
  expect(freeResponseRoc([{ reference: lesions, detections: [{ position: [0, 1], score: 0.9 }] }]).score).toBe(1);
});
