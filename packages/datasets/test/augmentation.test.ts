import { Random, zeros } from "@ddl/core";
import type { AugmentationOptions } from "@ddl/datasets";
import { augment } from "@ddl/datasets";
import { layouts, mask as maskOf } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import { describe, expect, test } from "vitest";

const [rows, columns, channels] = [9, 13, 2];
const still: AugmentationOptions = { scale: 0, rotation: 0, flip: 0 };
const elastic = { alpha: 6, sigma: 1.5 };

const image = zeros(Float32Array, [rows, columns, channels]);
for (let i = 0; i < image.data.length; i++) image.data[i] = Math.sin(i) + (i % 7);
const mask = maskOf(
  ".............",
  ".##..........",
  ".####........",
  "..#####......",
  "...####......",
  "....##..#....",
  ".........#...",
  ".............",
  "..........#..",
);

/** An image whose channels are the row and the column of each pixel. */
function coordinates(): NdArray<Float32Array> {
  const result = zeros(Float32Array, [rows, columns, 2]);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      result.set(y, x, 0, y);
      result.set(y, x, 1, x);
    }
  }
  return result;
}

const seeds = fc.integer({ min: 0, max: 1e6 });

describe("image and mask", () => {
  test("move alike: wherever the image's copy of the mask is clear, the mask says the same", () => {
    const size = 40;
    const disk = zeros(Uint8Array, [size, size + 6]);
    const copy = zeros(Float32Array, [size, size + 6, 1]);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size + 6; x++) {
        const inside = ((y - 14) / 8) ** 2 + ((x - 27) / 11) ** 2 < 1 ? 1 : 0;
        disk.set(y, x, inside);
        copy.set(y, x, 0, inside);
      }
    }
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, bend) => {
        const options = { scale: 0.2, rotation: 40, elastic: bend ? elastic : (false as const) };
        const moved = augment({ image: copy, mask: disk }, options, Random.fromSeed(seed));
        let inside = 0;
        for (let i = 0; i < moved.mask.data.length; i++) {
          // The nearest pixel has at least a quarter of the weight: above 3/4, and below 1/4, both must agree.
          if (moved.image.data[i]! > 0.75) expect(moved.mask.data[i]).toBe(1);
          if (moved.image.data[i]! < 0.25 && moved.image.data[i]! > 0) expect(moved.mask.data[i]).toBe(0);
          inside += moved.mask.data[i]!;
        }
        expect(inside).toBeGreaterThan(100);
      }),
      { numRuns: 40 },
    );
  });

  test("the mask stays 0 and 1, whatever stands for inside", () => {
    const marked = zeros(Uint8Array, [rows, columns]);
    for (let i = 0; i < marked.data.length; i++) marked.data[i] = mask.data[i]! * (2 + (i % 250));
    fc.assert(
      fc.property(seeds, (seed) => {
        const options = { rotation: 90, elastic };
        const moved = augment({ image, mask: marked }, options, Random.fromSeed(seed));
        expect(moved.mask).toEqualArray(augment({ image, mask }, options, Random.fromSeed(seed)).mask);
        expect(moved.mask.data.every((value) => value === 0 || value === 1)).toBe(true);
      }),
      { numRuns: 40 },
    );
    expect(augment({ image, mask: marked }, still, Random.fromSeed(1)).mask).toEqualArray(mask);
  });

  test("are not modified, and do not depend on their memory layout", () => {
    const options: AugmentationOptions = { elastic, intensity: {}, flip: 1 };
    const before = [image.data.slice(), mask.data.slice()];
    const moved = augment({ image, mask }, options, Random.fromSeed(5));
    const masks = layouts(mask).reverse();
    for (const [k, [, array]] of layouts(image).entries()) {
      const again = augment({ image: array, mask: masks[k]![1] }, options, Random.fromSeed(5));
      expect(again.image).toEqualArray(moved.image);
      expect(again.mask).toEqualArray(moved.mask);
    }
    expect([image.data, mask.data]).toEqual(before);
  });
});

describe("the random stream", () => {
  const options: AugmentationOptions = { elastic, intensity: {} };

  test("decides everything: equal streams give equal samples, others do not", () => {
    const samples = [1, 1, 2].map((seed) => augment({ image, mask }, options, Random.fromSeed(seed)));
    expect(samples[1]!.image).toEqualArray(samples[0]!.image);
    expect(samples[1]!.mask).toEqualArray(samples[0]!.mask);
    expect(samples[2]!.image).not.toEqualArray(samples[0]!.image);
  });

  test("goes on equally far for every sample, and what is off otherwise does not move the rest", () => {
    const [one, other] = [Random.fromSeed(3), Random.fromSeed(3)];
    augment({ image, mask }, options, one);
    augment({ image: zeros(Float32Array, [3, 2, 1]), mask: zeros(Uint8Array, [3, 2]) }, {}, other);
    expect(one.state).toEqual(other.state);
    const plain = augment({ image, mask }, {}, Random.fromSeed(3));
    const more = { intensity: {}, modalityDropout: {} };
    expect(augment({ image, mask }, more, Random.fromSeed(3)).mask).toEqualArray(plain.mask);
  });

  test("flips with the probability asked for", () => {
    const random = Random.fromSeed(11);
    let flipped = 0;
    for (let k = 0; k < 400; k++) {
      if (augment({ image, mask }, { ...still, flip: 0.2 }, random.fork(k)).mask.get(1, 11) === 1) flipped++;
    }
    // 80 expected, standard deviation 8.
    expect(flipped).toBeGreaterThan(48);
    expect(flipped).toBeLessThan(112);
  });
});

describe("each change on its own", () => {
  test("nothing switched on gives the input, as a copy", () => {
    const same = augment({ image, mask }, still, Random.fromSeed(1));
    expect(same.image).toEqualArray(image);
    expect(same.mask).toEqualArray(mask);
    expect(same.image.data.buffer).not.toBe(image.data.buffer);
    expect(same.mask.data.buffer).not.toBe(mask.data.buffer);
    const zero = { ...still, elastic: { alpha: 0, sigma: 2 }, intensity: { gain: 0, offset: 0 } };
    expect(augment({ image, mask }, zero, Random.fromSeed(1)).image).toEqualArray(image);
  });

  test("a flip is exact, left to right", () => {
    const flipped = augment({ image, mask }, { ...still, flip: 1 }, Random.fromSeed(1));
    expect(flipped.image).toEqualArray(image.step(1, -1, 1));
    expect(flipped.mask).toEqualArray(mask.step(1, -1));
  });

  test("scale and rotation map pixels as they say: within the bounds, about the centre", () => {
    const [scale, rotation] = [0.1, 20];
    for (let seed = 0; seed < 30; seed++) {
      const sample = { image: coordinates(), mask };
      const { image: from } = augment(sample, { scale, rotation, flip: 0 }, Random.fromSeed(seed));
      const [y, x] = [(rows - 1) / 2, (columns - 1) / 2];
      expect([from.get(y, x, 0), from.get(y, x, 1)]).toEqual([y, x]);
      const dy = from.get(y, x + 2, 0) - y;
      const dx = from.get(y, x + 2, 1) - x;
      expect(from.get(y + 2, x, 0) - y).toBeCloseTo(dx, 5); // a turn and one factor: no shear
      expect(from.get(y + 2, x, 1) - x).toBeCloseTo(-dy, 5);
      const factor = 2 / Math.hypot(dx, dy);
      expect(Math.abs(factor - 1)).toBeLessThan(scale + 1e-6);
      expect(Math.abs((Math.atan2(dy, dx) * 180) / Math.PI)).toBeLessThan(rotation + 1e-4);
    }
  });

  test("elastic displacements are at most alpha, and not all the same", () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.1, max: 3, noNaN: true }), (seed, alpha) => {
        const options = { ...still, elastic: { alpha, sigma: 0.8 }, fill: "background" as const };
        const { image: from } = augment({ image: coordinates(), mask }, options, Random.fromSeed(seed));
        const moved = new Set<number>();
        for (let y = 3; y < rows - 3; y++) {
          for (let x = 3; x < columns - 3; x++) {
            expect(Math.abs(from.get(y, x, 0) - y)).toBeLessThanOrEqual(alpha + 1e-5);
            expect(Math.abs(from.get(y, x, 1) - x)).toBeLessThanOrEqual(alpha + 1e-5);
            moved.add(from.get(y, x, 0) - y);
          }
        }
        expect(moved.size).toBeGreaterThan(5);
      }),
      { numRuns: 40 },
    );
  });

  test("intensities change by a gain and an offset of each channel's own, within bounds", () => {
    const intensity = { gain: 0.2, offset: 0.5 };
    const { image: changed, mask: same } = augment({ image, mask }, { ...still, intensity }, Random.fromSeed(4));
    expect(same).toEqualArray(mask);
    const found = [0, 1].map((c) => {
      const gain = (changed.get(0, 1, c) - changed.get(0, 0, c)) / (image.get(0, 1, c) - image.get(0, 0, c));
      const offset = changed.get(0, 0, c) - gain * image.get(0, 0, c);
      expect(Math.abs(gain - 1)).toBeLessThan(0.2);
      expect(Math.abs(offset)).toBeLessThan(0.5);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          expect(changed.get(y, x, c)).toBeCloseTo(image.get(y, x, c) * gain + offset, 4);
        }
      }
      return [gain, offset];
    });
    expect(Math.abs(found[0]![0]! - found[1]![0]!)).toBeGreaterThan(0.01);
    expect(Math.abs(found[0]![1]! - found[1]![1]!)).toBeGreaterThan(0.01);
  });

  const three = zeros(Float32Array, [5, 4, 3]);
  for (let i = 0; i < three.data.length; i++) three.data[i] = 100 * (1 + (i % 3)) + i;
  const contrasts = { image: three, mask: zeros(Uint8Array, [5, 4]) };

  test("missing contrasts are another channel's copies, as often as asked, and independent of one another", () => {
    const modalityDropout = { probability: 0.3, replacement: 1 };
    const found = new Map<string, number>();
    for (let seed = 0; seed < 400; seed++) {
      const { image: left } = augment(contrasts, { ...still, modalityDropout }, Random.fromSeed(seed));
      let kinds = "";
      for (let c = 0; c < 3; c++) {
        const source = [0, 1, 2].find((s) => left.get(0, 0, c) === three.get(0, 0, s));
        kinds += source;
        expect(left.pick(null, null, c)).toEqualArray(three.pick(null, null, source!));
      }
      found.set(kinds, (found.get(kinds) ?? 0) + 1);
    }
    expect([...found.keys()].sort()).toEqual(["011", "012", "111", "112"]);
    // 36 of 400 expected without both, standard deviation 5.7; 84 without the first only, 8.1.
    expect(Math.abs(found.get("111")! - 36)).toBeLessThan(24);
    expect(Math.abs(found.get("112")! - 84)).toBeLessThan(34);
    expect(Math.abs(found.get("011")! - 84)).toBeLessThan(34);
  });

  test("of contrasts replaced by 0 one stays, any of them", () => {
    const stayed = new Set<number>();
    for (let seed = 0; seed < 40; seed++) {
      const modalityDropout = { probability: 1 };
      const { image: left } = augment(contrasts, { ...still, modalityDropout }, Random.fromSeed(seed));
      const there = [0, 1, 2].filter((c) => left.get(4, 3, c) !== 0);
      expect(there).toHaveLength(1);
      expect(left.pick(null, null, there[0]!)).toEqualArray(three.pick(null, null, there[0]!));
      stayed.add(there[0]!);
    }
    expect(stayed.size).toBe(3);
  });

  test("what comes from outside is 0, or the channel's smallest value", () => {
    const bright = zeros(Float32Array, [9, 21, 2]);
    for (let i = 0; i < bright.data.length; i++) bright.data[i] = i % 2 === 0 ? 5 : -3;
    bright.set(4, 10, 0, 4);
    const turned = { image: bright, mask: zeros(Uint8Array, [9, 21]) };
    const corner = (fill: "zero" | "background"): number[] => {
      for (let seed = 0; ; seed++) {
        const { image: result } = augment(turned, { rotation: 45, fill }, Random.fromSeed(seed));
        if (result.get(0, 0, 0) !== 5) return [result.get(0, 0, 0), result.get(0, 0, 1)];
      }
    };
    expect(corner("zero")).toEqual([0, 0]);
    expect(corner("background")).toEqual([4, -3]);
  });
});
