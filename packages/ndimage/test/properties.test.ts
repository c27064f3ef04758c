import { zeros } from "@ddl/core";
import {
  distanceTransformEdt,
  findContours,
  gaussianFilter,
  label,
  largestComponent,
  percentile,
  resize,
} from "@ddl/ndimage";
import { mask, maskText, volumeMask } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

/** Random masks of 1 to 3 axes, all lengths different. */
const masks = fc.constantFrom<number[]>([7], [5, 8], [3, 4, 6]).chain((shape) =>
  fc
    .array(fc.constantFrom(0, 1, 1), {
      minLength: shape.reduce((a, b) => a * b),
      maxLength: shape.reduce((a, b) => a * b),
    })
    .map((values) => ndarray(Uint8Array.from(values), shape) as NdArray<Uint8Array>),
);

describe("distanceTransformEdt", () => {
  test("is the smallest distance to a zero, by brute force", () => {
    fc.assert(
      fc.property(
        masks,
        fc.array(fc.double({ min: 0.3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (array, three) => {
          const spacing = three.slice(0, array.shape.length);
          const at = (i: number): number[] => {
            const index: number[] = [];
            for (let k = array.shape.length - 1, rest = i; k >= 0; k--) {
              index.unshift(rest % array.shape[k]!);
              rest = Math.floor(rest / array.shape[k]!);
            }
            return index;
          };
          const result = distanceTransformEdt(array, { spacing });
          for (let i = 0; i < array.data.length; i++) {
            let nearest = Number.POSITIVE_INFINITY;
            for (let j = 0; j < array.data.length; j++) {
              if (array.data[j] !== 0) continue;
              const [a, b] = [at(i), at(j)];
              nearest = Math.min(nearest, Math.hypot(...a.map((x, k) => (x - b[k]!) * spacing[k]!)));
            }
            if (nearest === Number.POSITIVE_INFINITY) expect(result.data[i]).toBe(nearest);
            else expect(result.data[i]).toBeCloseTo(nearest, 10);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("has no finite value where there is no zero, and takes empty arrays", () => {
    expect([...distanceTransformEdt(mask("##", "##")).data]).toEqual(new Array(4).fill(Number.POSITIVE_INFINITY));
    expect(distanceTransformEdt(zeros(Uint8Array, [0, 3])).shape).toEqual([0, 3]);
  });
});

describe("largestComponent", () => {
  test("keeps the larger one, the first of equals, and nothing of nothing", () => {
    expect(maskText(largestComponent(mask("##..#", "...##", "#..##")))).toEqual(["....#", "...##", "...##"]);
    expect(maskText(largestComponent(mask("#.#", "#.#")))).toEqual(["#..", "#.."]);
    expect(maskText(largestComponent(mask("...", "...")))).toEqual(["...", "..."]);
  });

  test("joins over corners only if asked", () => {
    const diagonal = mask("#..", ".#.", ".##");
    expect(maskText(largestComponent(diagonal))).toEqual(["...", ".#.", ".##"]);
    expect(maskText(largestComponent(diagonal, { connectivity: 2 }))).toEqual(["#..", ".#.", ".##"]);
    expect(label(volumeMask(["#.", ".."], ["..", ".#"])).count).toBe(2);
    expect(label(volumeMask(["#.", ".."], ["..", ".#"]), { connectivity: 3 }).count).toBe(1);
  });
});

describe("resize", () => {
  test("to the same shape changes nothing, and gives float32 for float32", () => {
    const image = ndarray(Float32Array.of(1, 5, 2, 8, 3, 9), [2, 3]) as NdArray<Float32Array>;
    const same = resize(image, [2, 3], { order: 2 });
    expect(same).toEqualArray(image);
    expect(same.data).toBeInstanceOf(Float32Array);
  });

  test("stays within the range of its input", () => {
    const image = ndarray(Float64Array.of(0, 0, 1, 0, 0, 0, 7, 0), [2, 4]);
    const result = resize(image, [5, 11], { order: 2 });
    expect(Math.min(...result.data)).toBe(0);
    expect(Math.max(...result.data)).toBeLessThanOrEqual(7);
    expect(Math.min(...resize(image, [5, 11], { order: 2, clip: false }).data)).toBeLessThan(0);
  });
});

describe("findContours", () => {
  test("goes around a square at half pixels, and leaves out open lines if asked", () => {
    const [square] = findContours(mask("....", ".##.", "...."), { level: 0.5 });
    expect(square!.shape).toEqual([7, 2]);
    const open = mask("##..", "##..", "....");
    expect(findContours(open, { level: 0.5 })).toHaveLength(1);
    expect(findContours(open, { level: 0.5, closedOnly: true })).toHaveLength(0);
  });
});

describe("bad input", () => {
  const image = ndarray(new Float64Array(6), [2, 3]);
  const bad = ndarray(Float64Array.of(1, 2, 3, 4, Number.NaN, 6), [2, 3]);
  test.each([
    [() => percentile(image, 101), "percentile: q must be a finite number ≥ 0 and ≤ 100; received 101."],
    [
      () => percentile(ndarray(new Float64Array(0), [0, 2]), 5),
      "percentile: array must have at least one element; received [0, 2].",
    ],
    [
      () => percentile(bad, 50),
      "percentile: array must contain only finite numbers; received NaN. The first other value is at index [1, 1].",
    ],
    [() => resize(image, [4]), "resize: shape must have 2 entries, one an axis; received [4]."],
    [() => resize(image, [0, 2]), "resize: shape must be an integer ≥ 1; received 0."],
    [() => resize(image, [2, 2], { order: 3 as 2 }), "resize: order must be one of 0, 1, 2; received 3."],
    [
      () => resize(image, [2, 2], { antiAlias: true } as object),
      'resize: options must have only the keys order, mode, cval, antialias, clip; received "antiAlias".',
    ],
    [() => gaussianFilter(image, -1), "gaussianFilter: sigma must be a finite number ≥ 0; received -1."],
    [
      () => gaussianFilter(image, [1, 2, 3]),
      "gaussianFilter: sigma must have 2 entries, one an axis; received [1, 2, 3].",
    ],
    [
      () => distanceTransformEdt(image, { spacing: [1] }),
      "distanceTransformEdt: spacing must have 2 entries, one an axis; received [1].",
    ],
    [
      () => distanceTransformEdt(image, { spacing: [1, 0] }),
      "distanceTransformEdt: spacing must be a finite number > 0; received 0.",
    ],
    [() => label(image, { connectivity: 3 }), "label: connectivity must be an integer ≥ 1 and ≤ 2; received 3."],
    [
      () => largestComponent(zeros(Uint8Array, [1, 1, 1, 1])),
      "largestComponent: mask must have 1 or 2 or 3 dimensions; received [1, 1, 1, 1].",
    ],
    [
      () => findContours(zeros(Uint8Array, [1, 4])),
      "findContours: image must have at least 2 rows and 2 columns; received [1, 4].",
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
