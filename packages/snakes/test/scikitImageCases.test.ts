import { zeros } from "@ddl/core";
import {
  checkerboardSet,
  createMorphologicalChanVese,
  diskSet,
  inverseGaussianGradient,
  morphologicalChanVese,
  morphologicalGeodesicActiveContour,
} from "@ddl/snakes";
import { mask, maskText } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** The reference's `disk_level_set` about (5, 5) in 11 × 11. */
function disk(radius: number): NdArray<Uint8Array> {
  return square((y, x) => (radius - Math.hypot(y - 5, x - 5) > 0 ? 1 : 0), Uint8Array);
}

function square<T extends Uint8Array | Float64Array>(
  value: (y: number, x: number) => number,
  storage: new (length: number) => T,
): NdArray<T> {
  const result = ndarray(new storage(121), [11, 11]) as NdArray<T>;
  for (let y = 0; y < 11; y++) for (let x = 0; x < 11; x++) result.set(y, x, value(y, x));
  return result;
}

const blank = () => zeros(Float64Array, [11, 11]);
const count = (set: NdArray<Uint8Array>): number => set.data.reduce((sum, value) => sum + value, 0);

/** The cases of scikit-image 0.19.3's own tests of its morphological snakes, with their arrays. */
describe("scikit-image's cases", () => {
  test("incorrect_image_shape: an image of another shape than the initial set", () => {
    const image = zeros(Float64Array, [10, 10, 3]);
    const initial = zeros(Uint8Array, [10, 9]);
    const message = "initial must have shape [10, 10, 3]; received [10, 9].";
    expect(() => morphologicalChanVese(image, 1, { initial })).toThrow(
      expect.objectContaining({ message: `morphologicalChanVese: ${message}` }),
    );
    expect(() => morphologicalGeodesicActiveContour(image, 1, { initial })).toThrow(
      expect.objectContaining({ message: `morphologicalGeodesicActiveContour: ${message}` }),
    );
  });

  test("incorrect_ndim: four axes", () => {
    const image = zeros(Float64Array, [4, 4, 4, 4]);
    const initial = zeros(Uint8Array, [4, 4, 4, 4]);
    expect(() => morphologicalChanVese(image, 1, { initial })).toThrow(
      expect.objectContaining({
        message: "morphologicalChanVese: image must have 2 or 3 dimensions; received [4, 4, 4, 4].",
      }),
    );
    expect(() => morphologicalGeodesicActiveContour(image, 1, { initial })).toThrow(
      expect.objectContaining({
        message:
          "morphologicalGeodesicActiveContour: gradientImage must have 2 or 3 dimensions; received [4, 4, 4, 4].",
      }),
    );
  });

  test("black: of a black image a disk vanishes, and a balloon with a threshold below it fills everything", () => {
    const initial = disk(3);
    expect(count(initial)).toBe(25);
    expect(count(morphologicalChanVese(blank(), 6, { initial }).mask)).toBe(0);
    expect(count(morphologicalGeodesicActiveContour(blank(), 6, { initial }).mask)).toBe(0);
    const balloon = { initial, balloon: 1, threshold: -1, smoothing: 0 };
    expect(count(morphologicalGeodesicActiveContour(blank(), 6, balloon).mask)).toBe(121);
  });

  test("simple_shape_chan_vese: a small and a large disk end in one set on a blob", () => {
    const blob = square((y, x) => Math.exp(-((y - 5) ** 2 + (x - 5) ** 2) / 10), Float64Array);
    const small = morphologicalChanVese(blob, 10, { initial: disk(3) }).mask;
    const large = morphologicalChanVese(blob, 10, { initial: disk(6) }).mask;
    expect(small).toEqualArray(large);
    expect(count(small)).toBeGreaterThan(0);
  });

  test("simple_shape_geodesic_active_contour: a shrinking disk stops at the edge", () => {
    const image = square((y, x) => disk(3.5).get(y, x), Float64Array);
    const edges = inverseGaussianGradient(image, { alpha: 10, sigma: 1 });
    const result = morphologicalGeodesicActiveContour(edges, 10, { initial: disk(6), balloon: -1 });
    expect(maskText(result.mask)).toEqual([
      "...........",
      "...........",
      ".....#.....",
      "...#####...",
      "...#####...",
      "..#######..",
      "...#####...",
      "...#####...",
      ".....#.....",
      "...........",
      "...........",
    ]);
  });

  test("init_level_sets: no iteration gives the initial set", () => {
    const image = zeros(Float64Array, [6, 6]);
    const checkerboard = mask(".....#", ".....#", ".....#", ".....#", ".....#", "#####.");
    const ball = mask("......", "..###.", ".#####", ".#####", ".#####", "..###.");
    expect(maskText(morphologicalChanVese(image, 0, { initial: "checkerboard" }).mask)).toEqual(maskText(checkerboard));
    expect(maskText(morphologicalGeodesicActiveContour(image, 0, { initial: "disk" }).mask)).toEqual(maskText(ball));
    expect(checkerboardSet([6, 6])).toEqualArray(checkerboard);
    expect(diskSet([6, 6])).toEqualArray(ball);
  });

  test("3d: a ball of 81 voxels in a black volume shrinks in every iteration to nothing", () => {
    const solver = createMorphologicalChanVese(zeros(Float64Array, [7, 7, 7]), { initial: "disk" });
    const counts = [count(solver.mask)];
    for (let k = 0; k < 5; k++) {
      solver.step();
      counts.push(count(solver.mask));
    }
    expect(counts[0]).toBe(81);
    expect(counts.at(-1)).toBe(0);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts).toHaveLength(6);
  });
});
