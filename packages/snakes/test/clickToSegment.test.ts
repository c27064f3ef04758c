import { zeros } from "@ddl/core";
import { type ClickMethod, clickToSegment } from "@ddl/snakes";
import { layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { joiningLevels } from "../src/clickToSegment/joiningLevels.js";

const rows = 90;
const columns = 110;
const inEllipse = (y: number, x: number): boolean => ((y - 41) / 14) ** 2 + ((x - 60) / 21) ** 2 <= 1;
const isCore = (y: number, x: number): boolean => (y - 41) ** 2 + (x - 60) ** 2 <= 25;

/** A bright ellipse on a darker ground with a slow ramp, and another bright thing elsewhere. */
function scene({ core = 0, gain = 1, offset = 0 } = {}): NdArray<Float64Array> {
  const image = zeros(Float64Array, [rows, columns]);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const bright = inEllipse(y, x) ? 40 : x < 12 ? 60 : 0;
      image.set(y, x, offset + gain * (50 + 0.05 * y + bright - (core > 0 && isCore(y, x) ? core : 0)));
    }
  }
  return image;
}

const truth = zeros(Uint8Array, [rows, columns]);
for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) truth.set(y, x, inEllipse(y, x) ? 1 : 0);

function dice(a: NdArray<Uint8Array>, b: NdArray<Uint8Array>): number {
  let [both, sum] = [0, 0];
  for (let i = 0; i < a.data.length; i++) {
    both += a.data[i]! & b.data[i]!;
    sum += a.data[i]! + b.data[i]!;
  }
  return (2 * both) / sum;
}

test("the level at which a pixel joins the seed is the highest pass on a way to it", () => {
  const levels = Uint8Array.of(9, 3, 7, 8, 1, 1, 9, 5, 6);
  // 9 3 7
  // 8 1 1
  // 9 5 6
  expect([...joiningLevels(levels, 3, 0)]).toEqual([9, 3, 3, 8, 1, 1, 8, 5, 5]);
});

describe("clickToSegment", () => {
  test.each<[ClickMethod, number]>([
    ["steepest-level", 0.97],
    ["threshold", 0.97],
    ["watershed", 0.97],
    ["random-walker", 0.95],
    ["chan-vese", 0.95],
    ["geodesic", 0.85],
  ])("%s finds a bright ellipse", (method, least) => {
    const { mask } = clickToSegment(scene(), [44, 66], { method });
    expect(dice(mask, truth)).toBeGreaterThan(least);
    expect(mask.get(44, 66)).toBe(1);
  });

  test("a click in a dark core finds the object around it", () => {
    expect(dice(clickToSegment(scene({ core: 60 }), [41, 60]).mask, truth)).toBeGreaterThan(0.95);
  });

  test("the scale of the image has no part in it, nor has its layout", () => {
    const { mask } = clickToSegment(scene(), [41, 60]);
    expect(clickToSegment(scene({ gain: 0.25, offset: -8 }), [41, 60]).mask).toEqualArray(mask);
    for (const [, image] of layouts(scene())) expect(clickToSegment(image, [41, 60]).mask).toEqualArray(mask);
  });

  test("looks at a window alone, which ends where the image does", () => {
    const { mask, window } = clickToSegment(scene(), [41, 60], { radius: 20 });
    expect(window).toEqual({ top: 21, left: 40, bottom: 61, right: 80 });
    for (let y = 0; y < rows; y++) expect(mask.get(y, 39)).toBe(0);
    expect(clickToSegment(scene(), [3, 108], { radius: 20 }).window).toEqual({
      top: 0,
      left: 88,
      bottom: 23,
      right: 110,
    });
  });

  test("of a constant image it gives the pixel of the click", () => {
    const { mask } = clickToSegment(zeros(Float32Array, [20, 31]), [4, 7]);
    expect(mask.data.reduce((sum, value) => sum + value, 0)).toBe(1);
    expect(mask.get(4, 7)).toBe(1);
  });

  const name = "clickToSegment";
  test.each<[() => unknown, string]>([
    [
      () => clickToSegment(zeros(Float64Array, [5, 6, 7]), [1, 1]),
      `${name}: image must have 2 dimensions; received [5, 6, 7].`,
    ],
    [() => clickToSegment(scene(), [90, 1]), `${name}: point[0] must be an integer ≥ 0 and < 90; received 90.`],
    [() => clickToSegment(scene(), [1, 2.5]), `${name}: point[1] must be an integer ≥ 0 and < 110; received 2.5.`],
    [() => clickToSegment(scene(), [1] as never), `${name}: point must be [row, column]; received [1].`],
    [() => clickToSegment(scene(), [1, 1], { radius: 7 }), `${name}: radius must be an integer ≥ 8; received 7.`],
    [() => clickToSegment(scene(), [1, 1], { sigma: -1 }), `${name}: sigma must be a finite number ≥ 0; received -1.`],
    [
      () => clickToSegment(scene(), [1, 1], { method: "magic" as never }),
      `${name}: method must be one of "steepest-level", "threshold", "watershed", "random-walker", "chan-vese", "geodesic"; received "magic".`,
    ],
    [
      () => clickToSegment(ndarray(Float64Array.of(1, Number.NaN, 3, 4), [2, 2]), [0, 0]),
      `${name}: image must contain only finite numbers; received NaN. The first other value is at index [0, 1].`,
    ],
  ])("names bad input %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
