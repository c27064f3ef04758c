import { distanceTransformEdt, signedDistance } from "@ddl/ndimage";
import { goldenArray, layouts, mask } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/distances.json" with { type: "json" };

const spaced = (spacing: number[] | null) => (spacing === null ? {} : { spacing });

describe("distanceTransformEdt", () => {
  test.each(golden.transforms)("gives scipy's distances and nearest zeros, spacing $spacing", (one) => {
    for (const [, array] of layouts(goldenArray<Uint8Array>(one.mask))) {
      const { distances, indices } = distanceTransformEdt(array, { ...spaced(one.spacing), indices: true });
      expect(distances).toEqualArray(goldenArray(one.distances));
      expect(indices).toEqualArray(goldenArray(one.indices));
      expect(distanceTransformEdt(array, spaced(one.spacing))).toEqualArray(distances);
    }
  });

  test.each(golden.bruteForce)("equals scipy's brute force, spacing $spacing", ({ mask: disk, spacing, distances }) => {
    const result = distanceTransformEdt(goldenArray(disk), spaced(spacing));
    expect(result).toBeCloseToArray(goldenArray(distances), { relative: 1e-14 });
  });

  test("names −1 where there is no zero, and takes any non-zero byte as inside", () => {
    const { distances, indices } = distanceTransformEdt(mask("##", "##", "##"), { indices: true });
    expect([...distances.data]).toEqual(new Array(6).fill(Number.POSITIVE_INFINITY));
    expect([...indices.data]).toEqual(new Array(12).fill(-1));
    expect([...distanceTransformEdt(ndarray(Uint8Array.of(0, 7, 255, 2), [4])).data]).toEqual([0, 1, 2, 3]);
  });

  test("names a zero as far away as the distance says, for random masks and spacings", () => {
    const shapes = fc.constantFrom<number[]>([9], [5, 7], [3, 4, 6]);
    const cases = shapes.chain((shape) => {
      const count = shape.reduce((a, b) => a * b);
      const bits = fc.array(fc.constantFrom(0, 1, 1, 1), { minLength: count, maxLength: count });
      const steps = fc.array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: 3, maxLength: 3 });
      return fc.tuple(fc.constant(shape), bits, steps);
    });
    fc.assert(
      fc.property(cases, ([shape, bits, steps]) => {
        fc.pre(bits.includes(0));
        const spacing = steps.slice(0, shape.length);
        const { distances, indices } = distanceTransformEdt(ndarray(Uint8Array.from(bits), shape), {
          spacing,
          indices: true,
        });
        for (let i = 0; i < bits.length; i++) {
          let square = 0;
          let flat = 0;
          for (let k = 0, stride = bits.length, rest = i; k < shape.length; k++) {
            stride /= shape[k]!;
            const at = indices.data[k * bits.length + i]!;
            square += ((Math.floor(rest / stride) - at) * spacing[k]!) ** 2;
            flat += at * stride;
            rest %= stride;
          }
          expect(bits[flat]).toBe(0);
          expect(distances.data[i]).toBe(Math.sqrt(square));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("signedDistance", () => {
  const inside = mask("......", ".###..", ".####.", "......");

  test("is positive inside and negative outside, in the mask's own unit", () => {
    const result = signedDistance(inside, { spacing: [2, 0.5] });
    // By hand: (1, 1) is half a unit from (1, 0), (2, 3) two columns from (2, 5), (0, 5) one row and two columns from (1, 3).
    expect(result.get(1, 1)).toBe(0.5);
    expect(result.get(1, 2)).toBe(1);
    expect(result.get(2, 3)).toBe(1);
    expect(result.get(0, 5)).toBe(-Math.sqrt(5));
    expect(result.get(1, 4)).toBe(-0.5);
  });

  test("measures to the border between pixels with halfPixel, half of the smallest spacing away", () => {
    for (const [, array] of layouts(inside)) {
      const plain = signedDistance(array, { spacing: [2, 0.5] });
      const half = signedDistance(array, { spacing: [2, 0.5], halfPixel: true });
      for (let i = 0; i < plain.data.length; i++) {
        expect(half.data[i]).toBe(plain.data[i]! - Math.sign(plain.data[i]!) * 0.25);
      }
    }
  });

  test("is infinite for a full and for an empty mask", () => {
    expect([...signedDistance(mask("##", "##")).data]).toEqual(new Array(4).fill(Number.POSITIVE_INFINITY));
    expect([...signedDistance(mask("..", ".."), { halfPixel: true }).data]).toEqual(
      new Array(4).fill(Number.NEGATIVE_INFINITY),
    );
    expect(signedDistance(ndarray(new Uint8Array(0), [3, 0])).shape).toEqual([3, 0]);
  });
});

describe("bad input", () => {
  const floats = ndarray(Float64Array.of(1, 0, Number.NaN, 1, 1, 1), [2, 3]) as NdArray<Float64Array>;
  test.each([
    [
      () => distanceTransformEdt(floats),
      "distanceTransformEdt: mask must contain only finite numbers; received NaN. The first other value is at index [0, 2].",
    ],
    [
      () => distanceTransformEdt(mask("#."), { indices: 1 as never }),
      "distanceTransformEdt: indices must be true or false; received 1.",
    ],
    [
      () => distanceTransformEdt(mask("#."), { sampling: [1, 2] } as object),
      'distanceTransformEdt: options must have only the keys spacing, indices; received "sampling".',
    ],
    [
      () => signedDistance(mask("#."), { halfPixel: "yes" as never }),
      'signedDistance: halfPixel must be true or false; received "yes".',
    ],
    [
      () => signedDistance(mask("#."), { spacing: [1, 2, 3] }),
      "signedDistance: spacing must have 2 entries, one an axis; received [1, 2, 3].",
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
