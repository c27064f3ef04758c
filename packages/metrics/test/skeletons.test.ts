import { boundaryIou, centerlineDice } from "@ddl/metrics";
import { goldenArray, layouts, mask, volumeMask } from "@ddl/testing";
import { describe, expect, test } from "vitest";
import { readWindow } from "../src/surfaces/maskWindow.js";
import type { SkeletonMethod } from "../src/surfaces/skeleton/skeletonize.js";
import { skeletonize } from "../src/surfaces/skeleton/skeletonize.js";
import golden from "./goldens/skeletons.json" with { type: "json" };

/** Flat indices in the image of what is inside in an array of the window's shape. */
function placesInImage(values: Uint8Array, image: readonly number[], reference: Uint8Array): number[] {
  // The window is the image's box of foreground; found here in another way than there.
  const inside = [...reference.keys()].filter((i) => reference[i] !== 0);
  const coordinates = (i: number) =>
    image.map((n, k) => Math.floor(i / image.slice(k + 1).reduce((a, b) => a * b, 1)) % n);
  const from = image.map((_, k) => Math.min(...inside.map((i) => coordinates(i)[k]!)));
  const size = image.map((_, k) => Math.max(...inside.map((i) => coordinates(i)[k]!)) - from[k]! + 3);
  return [...values.keys()]
    .filter((i) => values[i] !== 0)
    .map((i) => {
      const at = size.map((n, k) => Math.floor(i / size.slice(k + 1).reduce((a, b) => a * b, 1)) % n);
      return at.reduce((flat, x, k) => flat * image[k]! + x - 1 + from[k]!, 0);
    });
}

describe.each(golden.cases)("$name, as scikit-image and scipy", (one) => {
  const references = layouts(goldenArray<Uint8Array>(one.reference));
  const predictions = layouts(goldenArray<Uint8Array>(one.prediction)).reverse();

  test.each(one.methods)("skeleton by $method", ({ method, skeleton }) => {
    const reference = goldenArray<Uint8Array>(one.reference);
    const window = readWindow("test", reference, reference);
    const found = skeletonize(window, 1, method as SkeletonMethod);
    expect(placesInImage(found, reference.shape, reference.data)).toEqual(skeleton);
  });

  test.each(references.map(([name], k) => [name, k] as const))(
    "centre-line Dice and boundary IoU in %s",
    (_name, k) => {
      const pair = [references[k]![1], predictions[k]![1]] as const;
      for (const { method, centerlineDice: value } of one.methods) {
        expect(centerlineDice(...pair, { method: method as SkeletonMethod })).toBeCloseTo(value, 14);
      }
      expect(centerlineDice(...pair)).toBeCloseTo(one.methods[0]!.centerlineDice, 14);
      for (const [ratio, value] of one.ratios) expect(boundaryIou(...pair, { ratio: ratio! })).toBeCloseTo(value!, 14);
      expect(boundaryIou(...pair)).toBeCloseTo(one.ratios[0]![1]!, 14);
      for (const [distance, value] of one.distances) {
        expect(boundaryIou(...pair, { distance: distance! })).toBeCloseTo(value!, 14);
      }
    },
  );
});

describe("hand-countable", () => {
  const bar = mask(".......", ".#####.", ".#####.", ".#####.", ".......");

  test("a bar has its middle line as centre line", () => {
    const line = (row: string) => mask(".......", ".......", row, ".......", ".......");
    const method = "lee" as const;
    expect(centerlineDice(bar, line(".#####."), { method })).toBe(1);
    // All of the short line lies in the bar, and 3 of the 5 pixels of the bar's centre line on it.
    expect(centerlineDice(bar, line("..###.."), { method })).toBe((2 * 0.6) / 1.6);
    expect(centerlineDice(line("#......"), bar, { method })).toBe(0);
  });

  test("a box without two edge voxels and one inside has no skeleton, in scikit-image neither", () => {
    const box = (...holes: number[]) => ({
      data: new Uint8Array(4 * 5 * 6).fill(1).map((_, i) => (holes.includes(i) ? 0 : 1)),
      shape: [4, 5, 6],
    });
    expect(centerlineDice(box(10, 61, 106), box())).toBeNaN();
    expect(centerlineDice(box(), box(10, 61, 106))).toBeNaN();
    expect(centerlineDice(box(), box())).toBe(1);
  });

  test("of a bar of 3 by 5 pixels 12 are boundary, of one of 3 by 4 pixels 10", () => {
    const shorter = mask(".......", ".####..", ".####..", ".####..", ".......");
    // Shared: 9 of the three other sides; only in the bar its last column of 3; only in the shorter one its last middle pixel.
    expect(boundaryIou(bar, shorter)).toBe(9 / 13);
    expect(boundaryIou(bar, shorter, { distance: 1 })).toBe(9 / 13);
    expect(boundaryIou(bar, shorter, { distance: 1.5 })).toBe(12 / 15);
  });

  test("widths are rounded half to even", () => {
    // A diagonal of 5 pixels: 0.5 · 5 = 2.5 is 2 pixels of width, 0.7 · 5 = 3.5 is 4.
    const whole = { data: new Uint8Array(25 * 25).fill(1), shape: [25, 25] };
    const diagonal = Math.sqrt(2) * 25;
    const region = (width: number) => 1 - (25 - 2 * width) ** 2 / 625;
    const hole = { data: whole.data.map((_, i) => (i === 12 * 25 + 12 ? 0 : 1)), shape: [25, 25] };
    const outer = 625 - (25 - 4) ** 2;
    expect(boundaryIou(whole, hole, { ratio: 2.5 / diagonal })).toBeCloseTo(outer / (outer + 24), 12);
    expect(region(2) * 625).toBe(outer);
  });

  test("empty masks", () => {
    const none = mask(".......", ".......", ".......", ".......", ".......");
    for (const metric of [boundaryIou, centerlineDice]) {
      expect(metric(none, none)).toBeNaN();
      expect(metric(bar, none)).toBe(0);
      expect(metric(none, bar, { emptyPolicy: { referenceEmpty: "one", predictionEmpty: "nan" } })).toBe(1);
      expect(metric(bar, none, { emptyPolicy: { referenceEmpty: "one", predictionEmpty: "nan" } })).toBeNaN();
    }
  });
});

describe("bad input is named", () => {
  const a = mask("#.", "..");
  const volume = volumeMask(["#.", ".."]);
  test.each([
    [
      () => boundaryIou(a, a, { ratio: 0.1, distance: 2 }),
      "boundaryIou: distance must be left out where ratio is given; received 2.",
    ],
    [() => boundaryIou(a, a, { ratio: 0 }), "boundaryIou: ratio must be a finite number > 0; received 0."],
    [() => boundaryIou(a, a, { distance: -1 }), "boundaryIou: distance must be a finite number > 0; received -1."],
    [
      () => boundaryIou(a, a, { spacing: [1, 1] } as object),
      'boundaryIou: options must have only the keys ratio, distance, emptyPolicy; received "spacing".',
    ],
    [
      () => centerlineDice(volume, volume, { method: "zhang-suen" }),
      'centerlineDice: method must be "lee" for three axes; received "zhang-suen".',
    ],
    [
      () => centerlineDice(a, a, { method: "medial" as "lee" }),
      'centerlineDice: method must be one of "zhang-suen", "lee"; received "medial".',
    ],
    [
      () => centerlineDice(Uint8Array.of(0, 1), Uint8Array.of(0, 1)),
      "centerlineDice: reference must have 2 or 3 dimensions; received [2].",
    ],
  ])("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
