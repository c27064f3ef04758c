import { goldenArray } from "@ddl/testing";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import chanVese from "./goldens/morphologicalChanVese.json" with { type: "json" };
import contour from "./goldens/morphologicalGeodesicActiveContour.json" with { type: "json" };
import { maskBits } from "./maskBits.js";
import { infSup, plainChanVese, plainContour, supInf } from "./plainSnakes.js";

/** The definition the packed code is held against is itself held against scikit-image. */
describe("the plain snakes equal scikit-image", () => {
  const disk = (shape: readonly number[]): Uint8Array => {
    const rank = shape.length;
    const radius = (Math.min(...shape) * 3) / 8;
    const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
    return Uint8Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => {
      let squared = 0;
      for (let k = 0; k < rank; k++) {
        squared += ((Math.floor(i / steps[k]!) % shape[k]!) - Math.floor(shape[k]! / 2)) ** 2;
      }
      return Math.sqrt(squared) < radius ? 1 : 0;
    });
  };
  const start = goldenArray<Float64Array>(chanVese.array);

  test.each(chanVese.cases.filter(({ options }) => options.initial !== "checkerboard"))(
    "$image $phase $options",
    (one) => {
      const image = goldenArray<Float64Array>(one.image === "image" ? chanVese.image : chanVese.volume);
      const { initial, smoothing, lambda1 = 1, lambda2 = 1 } = one.options;
      const plain = plainChanVese([image.data], image.shape, {
        initial: initial === null ? Uint8Array.from(start.data, (value) => (value > 0 ? 1 : 0)) : disk(image.shape),
        phase: one.phase as 0,
        smoothing,
        lambda1,
        lambda2,
      });
      expect(one.masks.map(() => maskBits(ndarray(plain.next().value, image.shape)))).toEqual(one.masks);
    },
  );

  test.each(contour.cases)("$image $options", ({ image: name, options, masks }) => {
    const image = goldenArray<Float64Array>(name === "image" ? contour.rounded.image : contour.rounded.volume);
    const plain = plainContour(image.data, image.shape, {
      ...(options as { threshold: "auto"; phase: 0; balloon: number; smoothing: number }),
      initial: disk(image.shape),
      spacing: [1, 1, 1],
    });
    expect(masks.map(() => maskBits(ndarray(plain.next().value, image.shape)))).toEqual(masks);
  });
});

describe("the plain operators", () => {
  test("keep what a line or a plane holds, and cut the rest", () => {
    // In 3 × 5: a row of three pixels and a lone one; only the middle of the row has a line of 3 through it.
    const set = Uint8Array.from([0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0]);
    expect([...supInf(set, [3, 5])]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    // One plane of 3 × 3 in a volume of 3 × 3 × 4: only its centre keeps, for the other planes leave it.
    const plane = Uint8Array.from({ length: 36 }, (_, i) => (Math.floor(i / 12) === 1 && i % 4 < 3 ? 1 : 0));
    expect(supInf(plane, [3, 3, 4]).reduce((sum, value) => sum + value, 0)).toBe(1);
    expect(supInf(plane, [3, 3, 4])[12 + 4 + 1]).toBe(1);
  });

  test("fill a hole that every line meets", () => {
    const hole = new Uint8Array(15).fill(1);
    hole[7] = 0;
    expect(infSup(hole, [3, 5])[7]).toBe(1);
    // Every line has the pixel itself, so a full set stays full here; of the corner no line of 3 lies in the image.
    expect(infSup(new Uint8Array(15).fill(1), [3, 5]).every((value) => value === 1)).toBe(true);
    expect(supInf(new Uint8Array(15).fill(1), [3, 5])[0]).toBe(0);
  });
});
