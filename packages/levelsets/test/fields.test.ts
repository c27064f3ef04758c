import { curvature, edgeIndicator, ellipsoidLevelSet, fromInsideNegative, toInsideNegative } from "@ddl/levelsets";
import { layouts } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

const array = (values: number[], shape: number[]): NdArray<Float64Array> =>
  ndarray(Float64Array.from(values), shape) as NdArray<Float64Array>;

describe("curvature", () => {
  test("of a quadratic in the plane is exact away from the border, with spacing", () => {
    const [rows, columns, h, w] = [7, 9, 0.5, 2];
    const at = (y: number, x: number): [number, number] => [(y - 2.2) * h, (x - 3.7) * w];
    const phi = ndarray(new Float64Array(rows * columns), [rows, columns]);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const [y, x] = at(i, j);
        phi.set(i, j, 5 - 3 * y * y - 0.5 * x * x + 0.7 * x * y + y);
      }
    }
    const result = curvature(phi, { spacing: [h, w] });
    for (let i = 1; i < rows - 1; i++) {
      for (let j = 1; j < columns - 1; j++) {
        const [y, x] = at(i, j);
        const [py, px] = [-6 * y + 0.7 * x + 1, -x + 0.7 * y];
        const exact = (-6 * px * px - 2 * 0.7 * px * py - 1 * py * py) / (px * px + py * py) ** 1.5;
        expect(result.get(i, j)).toBeCloseTo(exact, 9);
      }
    }
  });

  test("of a circle is −1/r, of a sphere −2/r, within 2 %", () => {
    const disk = ellipsoidLevelSet([41, 45], 13, { center: [19.3, 22.6] });
    const bend = curvature(disk);
    const ball = ellipsoidLevelSet([19, 33, 61], 11, { center: [9, 16, 30], spacing: [1.5, 1, 0.5] });
    const bendOfBall = curvature(ball, { spacing: [1.5, 1, 0.5] });
    let seen = 0;
    for (let i = 0; i < disk.data.length; i++) {
      if (Math.abs(disk.data[i]!) > 1) continue;
      seen++;
      expect(bend.data[i]! * (13 - disk.data[i]!)).toBeGreaterThan(-1.02);
      expect(bend.data[i]! * (13 - disk.data[i]!)).toBeLessThan(-0.98);
    }
    for (let i = 0; i < ball.data.length; i++) {
      if (Math.abs(ball.data[i]!) > 1) continue;
      seen++;
      expect(bendOfBall.data[i]! * (11 - ball.data[i]!)).toBeGreaterThan(-2.04);
      expect(bendOfBall.data[i]! * (11 - ball.data[i]!)).toBeLessThan(-1.96);
    }
    expect(seen).toBeGreaterThan(1000);
  });

  test("is 0 where φ is flat, and in planes of one pixel", () => {
    expect([...curvature(array([3, 3, 3, 3, 3, 3], [2, 3])).data]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...curvature(array([1, 4, 9, 16], [1, 4])).data].map((v) => v + 0)).toEqual([0, 0, 0, 0]);
  });

  test("takes arrays of any layout", () => {
    const phi = array([1, 5, 2, 8, 3, 9, 4, 7, 6, 2, 5, 5], [3, 4]);
    for (const [, other] of layouts(phi)) {
      expect(curvature(other).data).toEqual(curvature(phi).data);
    }
  });

  test.each([
    [() => curvature(array([], [0, 3])), "curvature: phi must have elements; received [0, 3]."],
    [() => curvature(array([1, 2], [2])), "curvature: phi must have 2 or 3 dimensions; received [2]."],
    [
      () => curvature(array([1, Number.NaN], [1, 2])),
      "curvature: phi must contain only finite numbers; received NaN. The first other value is at index [0, 1].",
    ],
    [
      () => curvature(array([1, 2], [1, 2]), { spacing: [1] }),
      "curvature: spacing must have 2 entries, one an axis; received [1].",
    ],
  ])("bad input %#", (call, message) => {
    expect(call).toThrow(message);
  });
});

describe("ellipsoidLevelSet", () => {
  test("by hand: radii 2 and 4, centre between pixels", () => {
    const phi = ellipsoidLevelSet([5, 8], [2, 4], { center: [2, 3] });
    expect(phi.get(2, 3)).toBe(2);
    expect(phi.get(2, 7)).toBe(0);
    expect(phi.get(0, 3)).toBe(0);
    expect(phi.get(3, 3)).toBe(1);
    expect(phi.get(2, 5)).toBe(1);
    expect(phi.get(4, 7)).toBeCloseTo(2 - 2 * Math.SQRT2, 12);
  });

  test("lies in the middle by default; equal radii are the distance, in units of spacing", () => {
    const phi = ellipsoidLevelSet([4, 6, 7], 5, { spacing: [3, 1, 2] });
    expect(phi.get(0, 0, 1)).toBeCloseTo(5 - Math.hypot(1.5 * 3, 2.5, 2 * 2), 12);
  });

  test.each([
    [() => ellipsoidLevelSet([5], 2), "ellipsoidLevelSet: shape must have 2 or 3 entries, one an axis; received [5]."],
    [() => ellipsoidLevelSet([5, 0], 2), "ellipsoidLevelSet: shape must be an integer ≥ 1; received 0."],
    [() => ellipsoidLevelSet([5, 6], [2, 0]), "ellipsoidLevelSet: radii must be a finite number > 0; received 0."],
    [
      () => ellipsoidLevelSet([5, 6], [2, 3, 4]),
      "ellipsoidLevelSet: radii must have 2 entries, one an axis; received [2, 3, 4].",
    ],
    [
      () => ellipsoidLevelSet([5, 6], 2, { center: [1] }),
      "ellipsoidLevelSet: center must have 2 entries, one an axis; received [1].",
    ],
  ])("bad input %#", (call, message) => {
    expect(call).toThrow(message);
  });
});

test("the sign of a level set is turned, its set and its zeros stay, and the input too", () => {
  const phi = array([2, -1, 0, 0.5, -0, -3], [2, 3]);
  for (const turn of [toInsideNegative, fromInsideNegative]) {
    const turned = turn(phi);
    expect([...turned.data]).toEqual([-2, 1, 0, -0.5, 0, 3]);
    expect([...turned.data].map((v) => v < 0)).toEqual([...phi.data].map((v) => v > 0));
  }
  expect([...phi.data]).toEqual([2, -1, 0, 0.5, -0, -3]);
});

describe("edgeIndicator", () => {
  test("of a ramp is 1/(1 + (slope/contrast)²) away from the border, and 1 where it is flat", () => {
    const image = ndarray(new Float64Array(30 * 41), [30, 41]);
    for (let y = 0; y < 30; y++) for (let x = 0; x < 41; x++) image.set(y, x, 3 * y - 4 * x);
    const result = edgeIndicator(image, { sigma: [1, 1.5], contrast: 2.5 });
    expect(result.get(15, 20)).toBeCloseTo(1 / (1 + 4), 3);
    expect([...edgeIndicator(array([5, 5, 5, 5, 5, 5], [2, 3])).data]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test.each([
    [() => edgeIndicator(array([], [0, 3])), "edgeIndicator: image must have elements; received [0, 3]."],
    [
      () => edgeIndicator(array([1, 2], [1, 2]), { sigma: 0 }),
      "edgeIndicator: sigma must be a finite number > 0; received 0.",
    ],
    [
      () => edgeIndicator(array([1, 2], [1, 2]), { contrast: -1 }),
      "edgeIndicator: contrast must be a finite number > 0; received -1.",
    ],
    [
      () => edgeIndicator(array([1, Infinity], [1, 2])),
      "edgeIndicator: image must contain only finite numbers; received Infinity. The first other value is at index [0, 1].",
    ],
  ])("bad input %#", (call, message) => {
    expect(call).toThrow(message);
  });
});
