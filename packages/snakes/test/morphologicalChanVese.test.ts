import { toContiguous, zeros } from "@ddl/core";
import { checkerboardSet, diskSet, morphologicalChanVese } from "@ddl/snakes";
import { goldenArray, layouts, mask } from "@ddl/testing";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/morphologicalChanVese.json" with { type: "json" };
import { maskBits } from "./maskBits.js";

const images = {
  image: goldenArray<Float64Array>(golden.image),
  volume: goldenArray<Float64Array>(golden.volume),
};
const array = goldenArray<Float64Array>(golden.array);
const text = (set: NdArray<Uint8Array>): string =>
  Array.from(toContiguous(set, Uint8Array).data, (value) => (value === 1 ? "#" : ".")).join("");

describe("morphologicalChanVese equals scikit-image", () => {
  test.each(golden.cases.map((one, k) => ({ k, ...one })))("case $k: $image $phase $options", (one) => {
    const image = images[one.image as "image" | "volume"];
    const { initial, iterations: count, ...options } = one.options;
    const start = initial === null ? array : (initial as "disk");
    const phase = one.phase as 0 | 1;
    for (let iterations = 1; iterations <= count; iterations++) {
      const result = morphologicalChanVese(image, iterations, { ...options, initial: start, phase });
      expect(maskBits(result.mask)).toBe(one.masks[iterations - 1]);
      expect(result.phase).toBe((phase + iterations * options.smoothing) % 2);
    }
    for (const [, other] of layouts(image)) {
      const { mask } = morphologicalChanVese(other, count, { ...options, initial: start, phase });
      expect(maskBits(mask)).toBe(one.masks[count - 1]);
    }
  });

  test("in its initial sets", () => {
    const { checkerboard, disk, ball } = golden.initial;
    expect(text(checkerboardSet(checkerboard.shape))).toBe(checkerboard.mask);
    expect(text(diskSet(disk.shape))).toBe(disk.mask);
    expect(text(diskSet(ball.shape))).toBe(ball.mask);
  });

  test("the disk is what lies nearer to the centre than its radius, of every size", () => {
    for (let rows = 1; rows < 70; rows++) {
      for (const columns of [1, rows, rows + 7]) {
        const { data } = diskSet([rows, columns]);
        const radius = (Math.min(rows, columns) * 3) / 8;
        const plain = data.map((_, i) => {
          const y = Math.floor(i / columns) - Math.floor(rows / 2);
          const x = (i % columns) - Math.floor(columns / 2);
          return radius - Math.sqrt(y * y + x * x) > 0 ? 1 : 0;
        });
        expect(data, `${rows} × ${columns}`).toEqual(plain);
      }
    }
  });
});

describe("morphologicalChanVese", () => {
  test("gives the same in every call, and goes on where a call ended", () => {
    const whole = morphologicalChanVese(images.image, 7, {});
    expect(morphologicalChanVese(images.image, 7, {}).mask).toEqualArray(whole.mask);
    const half = morphologicalChanVese(images.image, 3, {});
    const rest = morphologicalChanVese(images.image, 4, { initial: half.mask, phase: half.phase });
    expect(rest.mask).toEqualArray(whole.mask);
    expect(rest.phase).toBe(whole.phase);
  });

  test("counts what lies outside the image as outside the set: a full set loses pixels of its border", () => {
    const flat = zeros(Float64Array, [8, 9]);
    const full = zeros(Uint8Array, [8, 9]);
    full.data.fill(1);
    const { mask } = morphologicalChanVese(flat, 1, { initial: full });
    expect(mask.data.reduce((sum, value) => sum + value, 0)).toBe(68);
  });

  test("takes an axis of length 1 as one without a derivative", () => {
    const row = ndarray(Float64Array.of(1, 1, 9, 9, 9, 1, 1), [1, 7]);
    const initial = mask("...#...");
    expect(text(morphologicalChanVese(row, 3, { initial, smoothing: 0 }).mask)).toBe("..###..");
  });

  test("adds the deviations of all channels, where one alone says otherwise", () => {
    // Column 4 goes with the set by the first channel (1 against 51.84), with the rest by both (901 against 51.84).
    const first = [0, 0, 10, 10, 9, 0, 0];
    const second = [30, 30, 0, 0, 30, 30, 30];
    const both = ndarray(
      Float64Array.from({ length: 14 }, (_, i) => (i % 2 === 0 ? first : second)[i >> 1]!),
      [1, 7, 2],
    );
    const options = { initial: mask("..##..."), smoothing: 0 };
    const alone = (values: number[]) => morphologicalChanVese(ndarray(Float64Array.from(values), [1, 7]), 1, options);
    expect(text(alone(first).mask)).toBe("..###..");
    expect(text(morphologicalChanVese(both, 1, { ...options, channelAxis: 2 }).mask)).toBe("..##...");
    for (const [, other] of layouts(both)) {
      expect(text(morphologicalChanVese(other, 1, { ...options, channelAxis: -1 }).mask)).toBe("..##...");
    }
    const planes = ndarray(Float64Array.from([...first, ...second]), [2, 1, 7]);
    expect(text(morphologicalChanVese(planes, 1, { ...options, channelAxis: 0 }).mask)).toBe("..##...");
  });

  test("leaves what is outside the region of interest out of the set and of the means", () => {
    // The bright end draws the outer mean to 34.8, so that the 0 of column 4 lies nearer to the inner 14; without it the mean is 2.25.
    const row = ndarray(Float64Array.of(0, 0, 9, 14, 0, 100, 100), [1, 7]);
    const initial = mask("...#...");
    const regionOfInterest = mask("#####..");
    const options = { initial, smoothing: 0 };
    expect(text(morphologicalChanVese(row, 1, options).mask)).toBe("..###..");
    expect(text(morphologicalChanVese(row, 1, { ...options, regionOfInterest }).mask)).toBe("..##...");
    const everywhere = morphologicalChanVese(row, 0, { initial: mask("#######"), regionOfInterest });
    expect(text(everywhere.mask)).toBe("#####..");
  });

  test("reports progress and heeds the signal", () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = () =>
      morphologicalChanVese(images.image, 9, {
        signal: controller.signal,
        onProgress: ({ iteration, iterations, changed }) => {
          expect(iterations).toBe(9);
          expect(changed).toBeGreaterThan(0);
          seen.push(iteration);
          if (iteration === 3) controller.abort(new Error("enough"));
        },
      });
    expect(run).toThrow("enough");
    expect(seen).toEqual([1, 2, 3]);
  });

  const name = "morphologicalChanVese";
  test.each([
    [
      () => morphologicalChanVese(zeros(Float64Array, [5]), 1, {}),
      `${name}: image must have 2 or 3 dimensions; received [5].`,
    ],
    [() => morphologicalChanVese(images.image, 1.5, {}), `${name}: iterations must be an integer ≥ 0; received 1.5.`],
    [
      () => morphologicalChanVese(images.image, 1, { smoothing: -1 }),
      `${name}: smoothing must be an integer ≥ 0; received -1.`,
    ],
    [
      () => morphologicalChanVese(images.image, 1, { phase: 2 as 1 }),
      `${name}: phase must be one of 0, 1; received 2.`,
    ],
    [
      () => morphologicalChanVese(images.image, 1, { initial: "circle" as "disk" }),
      `${name}: initial must be "checkerboard", "disk" or an ndarray; received "circle".`,
    ],
    [
      () => morphologicalChanVese(images.image, 1, { initial: zeros(Uint8Array, [31, 23]) }),
      `${name}: initial must have shape [23, 31]; received [31, 23].`,
    ],
    [
      () => morphologicalChanVese(ndarray(Float64Array.of(1, Number.NaN, 3, 4), [2, 2]), 1, {}),
      `${name}: image must contain only finite numbers; received NaN. The first other value is at index [0, 1].`,
    ],
    [() => diskSet([5, 0]), "diskSet: shape must be an integer ≥ 1; received 0."],
    [() => checkerboardSet([5]), "checkerboardSet: shape must have 2 or 3 entries; received [5]."],
  ])("names bad input %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
