import { toMask } from "@ddl/core";
import type { MorphologyOptions } from "@ddl/ndimage";
import {
  binaryClosing,
  binaryDilation,
  binaryErosion,
  binaryOpening,
  fillHoles,
  findContours,
  polygonToMask,
} from "@ddl/ndimage";
import type { GoldenArray } from "@ddl/testing";
import { goldenArray, layouts, mask, maskText, volumeMask } from "@ddl/testing";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import golden from "./goldens/morphology.json" with { type: "json" };

type Mask = NdArray<Uint8Array>;
const functions = { binaryErosion, binaryDilation, binaryOpening, binaryClosing, fillHoles };
interface Case {
  function: keyof typeof functions;
  array: keyof typeof golden.arrays;
  within: boolean;
  options: { structuringElement?: GoldenArray; [key: string]: unknown };
  result: string;
}

describe("equal to scipy.ndimage, in every memory layout", () => {
  test.each((golden.cases as unknown as Case[]).map((one, k) => [k, one.function, one.array, one] as const))(
    "%i: %s of %s",
    (_, name, array, one) => {
      const { structuringElement, ...plain } = one.options;
      const bits = [...one.result].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
      const options: MorphologyOptions = { ...plain };
      if (structuringElement !== undefined) options.structuringElement = goldenArray(structuringElement);
      if (one.within) options.mask = goldenArray(golden.within[array]);
      for (const [layout, input] of layouts(goldenArray<Uint8Array>(golden.arrays[array]))) {
        const result = functions[name](input, options);
        expect(result.shape, layout).toEqual(input.shape);
        expect(result.data, layout).toEqual(Uint8Array.from(bits.slice(0, input.size), Number));
      }
    },
  );
});

/** The definition, pixel by pixel: the element's offsets from ⌊length/2⌋ + origin, outside counting as the border value. */
function plainErosion(pixels: Mask, element: Mask, origin: number[], border: number, dilate: boolean): Mask {
  const result = ndarray(new Uint8Array(pixels.data.length), pixels.shape) as Mask;
  const indices = (shape: number[]): number[][] =>
    shape.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);
  for (const at of indices(pixels.shape)) {
    const values = indices(element.shape)
      .filter((e) => element.get(...e) !== 0)
      .map((e) => {
        const offset = e.map((i, k) => i - Math.floor(element.shape[k]! / 2) - origin[k]!);
        const from = at.map((i, k) => (dilate ? i - offset[k]! : i + offset[k]!));
        return from.every((i, k) => i >= 0 && i < pixels.shape[k]!) ? pixels.get(...from) : border;
      });
    result.set(...(at as [number]), (dilate ? values.some((v) => v !== 0) : values.every((v) => v !== 0)) ? 1 : 0);
  }
  return result;
}

const masks = (shapes: number[][], values = [0, 1]): fc.Arbitrary<Mask> =>
  fc.constantFrom(...shapes).chain((shape) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return fc
      .array(fc.constantFrom(...values), { minLength: length, maxLength: length })
      .map((data) => ndarray(Uint8Array.from(data), shape) as Mask);
  });

/** A mask, an element of as many axes, an origin, a border value. */
const problems = fc.constantFrom(1, 2, 3).chain((rank) => {
  const shapes = [
    [[40], [65], [3]],
    [
      [5, 34],
      [7, 3],
      [2, 70],
    ],
    [
      [3, 4, 33],
      [4, 2, 5],
    ],
  ][rank - 1]!;
  const sizes = [
    [[1], [4], [5]],
    [
      [3, 3],
      [1, 4],
      [2, 3],
      [6, 1],
    ],
    [
      [2, 3, 3],
      [3, 1, 2],
      [3, 3, 3],
    ],
  ][rank - 1]!;
  return fc.record({
    pixels: masks(shapes, [0, 1, 1]),
    element: masks(sizes).filter((element) => element.data.includes(1)),
    shift: fc.array(fc.nat(5), { minLength: rank, maxLength: rank }),
    border: fc.constantFrom<0 | 1>(0, 1),
    iterations: fc.integer({ min: 1, max: 4 }),
  });
});

describe("any structuring element", () => {
  test("erodes and dilates as the definition says, pixel by pixel", () => {
    fc.assert(
      fc.property(problems, ({ pixels, element, shift, border, iterations }) => {
        const origin = element.shape.map((n, k) => (shift[k]! % n) - Math.floor(n / 2));
        const options = { structuringElement: element, origin, borderValue: border, iterations };
        let eroded = toMask(pixels);
        let dilated = toMask(pixels);
        for (let i = 0; i < iterations; i++) {
          eroded = plainErosion(eroded, element, origin, border, false);
          dilated = plainErosion(dilated, element, origin, border, true);
        }
        expect(binaryErosion(pixels, options)).toEqualArray(eroded);
        expect(binaryDilation(pixels, options)).toEqualArray(dilated);
      }),
      { numRuns: 150 },
    );
  });

  test("until stable is as often as needed", () => {
    fc.assert(
      fc.property(problems, ({ pixels, element, border }) => {
        const centre = element.shape.map((n) => Math.floor(n / 2));
        element.set(...(centre as [number]), 1);
        const options = { structuringElement: element, borderValue: border };
        for (const operator of [binaryErosion, binaryDilation]) {
          const often = operator(pixels, { ...options, iterations: 200 });
          expect(operator(pixels, { ...options, iterations: "until-stable" })).toEqualArray(often);
          expect(operator(often, options)).toEqualArray(often);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("opening shrinks and closing grows, and a second time changes nothing", () => {
    fc.assert(
      fc.property(problems, ({ pixels, element }) => {
        const opened = binaryOpening(pixels, { structuringElement: element, borderValue: 0 });
        expect(opened.data.every((value, i) => value <= pixels.data[i]!)).toBe(true);
        expect(binaryOpening(opened, { structuringElement: element })).toEqualArray(opened);
      }),
    );
  });

  test("of one pixel moves the mask by its origin", () => {
    const dot = ndarray(Uint8Array.of(0, 0, 1, 0, 0, 0), [2, 3]);
    expect(maskText(binaryDilation(mask(".....", "..##.", "....."), { structuringElement: dot }))).toEqual([
      "...##",
      ".....",
      ".....",
    ]);
    expect(
      maskText(binaryDilation(mask(".....", "..##.", "....."), { structuringElement: dot, origin: [0, -1] })),
    ).toEqual([".....", ".....", "....."].map((row, k) => (k === 0 ? "....#" : row)));
  });
});

describe("figures that can be counted", () => {
  const full = mask("#####", "#####", "#####", "#####");
  const count = (result: Mask): number => result.data.reduce((sum, value) => sum + value, 0);

  test("outside is 0 for both operators: of 4 × 5 ones the cross leaves 6, closing 6, opening 16", () => {
    expect(count(binaryErosion(full))).toBe(6);
    expect(count(binaryClosing(full))).toBe(6);
    expect(count(binaryOpening(full))).toBe(16);
    expect(count(binaryErosion(full, { borderValue: 1 }))).toBe(20);
    expect(count(binaryClosing(full, { borderValue: 1 }))).toBe(20);
  });

  test("a component is kept by dilating a seed until stable within a mask", () => {
    const within = mask("##..#", ".#..#", ".##.#");
    const seed = mask(".....", ".#...", ".....");
    expect(maskText(binaryDilation(seed, { iterations: "until-stable", mask: within }))).toEqual([
      "##...",
      ".#...",
      ".##..",
    ]);
  });

  test("holes are what the outside does not reach: over corners it reaches more", () => {
    const ring = mask(".##..", "#..#.", ".##..", "....#");
    expect(maskText(fillHoles(ring))).toEqual([".##..", "####.", ".##..", "....#"]);
    expect(maskText(fillHoles(ring, { connectivity: 2 }))).toEqual([".##..", "#..#.", ".##..", "....#"]);
    const shell = volumeMask(["###", "###", "###"], ["###", "#.#", "###"], ["###", "###", "###"]);
    expect(count(fillHoles(shell))).toBe(27);
    expect(count(fillHoles(volumeMask(["###", "###"], ["###", "#.#"])))).toBe(11);
  });

  test("of an empty array is empty, of a pixel itself", () => {
    const none = ndarray(new Uint8Array(0), [0, 3]);
    for (const operator of Object.values(functions)) expect(operator(none).shape).toEqual([0, 3]);
    expect([...binaryDilation(mask("#")).data]).toEqual([1]);
    expect([...binaryErosion(mask("#")).data]).toEqual([0]);
    expect([...fillHoles(mask(".")).data]).toEqual([0]);
  });

  test("a filled outline of a mask without holes is the mask", () => {
    const blob = mask("........", "..###...", ".####...", ".###....", "........");
    const [outline] = findContours(blob, { level: 0.5 });
    expect(polygonToMask(outline!, blob.shape)).toEqualArray(blob);
  });
});

describe("bad input", () => {
  const image = mask("#.#", "##.");
  const element = mask("##");
  test.each([
    [
      () => binaryErosion(image, { structuringElement: mask("..") }),
      "binaryErosion: structuringElement must have at least one element that is not 0; received 0.",
    ],
    [
      () => binaryErosion(image, { structuringElement: ndarray(Uint8Array.of(1), [1]) }),
      "binaryErosion: structuringElement must have 2 dimensions; received [1].",
    ],
    [
      () => binaryDilation(image, { structuringElement: element, connectivity: 2 }),
      "binaryDilation: connectivity must be left out where a structuringElement is given; received 2.",
    ],
    [
      () => binaryDilation(image, { structuringElement: element, origin: [0, 1] }),
      "binaryDilation: origin must be an integer ≥ -1 and ≤ 0; received 1.",
    ],
    [
      () => binaryOpening(image, { origin: [1] }),
      "binaryOpening: origin must have 2 entries, one an axis; received [1].",
    ],
    [() => binaryClosing(image, { iterations: 0 }), "binaryClosing: iterations must be an integer ≥ 1; received 0."],
    [
      () => binaryClosing(image, { iterations: "stable" as "until-stable" }),
      'binaryClosing: iterations must be one of "until-stable"; received "stable".',
    ],
    [
      () => binaryErosion(image, { structuringElement: mask("#.#"), iterations: "until-stable" }),
      'binaryErosion: structuringElement must hold its centre for iterations "until-stable"; received an array of shape [1, 3].',
    ],
    [
      () => binaryErosion(image, { borderValue: 2 as 1 }),
      "binaryErosion: borderValue must be one of 0, 1; received 2.",
    ],
    [() => binaryErosion(image, { mask: mask("##") }), "binaryErosion: mask must have shape [2, 3]; received [1, 2]."],
    [
      () => binaryErosion(image, { structure: element } as object),
      'binaryErosion: options must have only the keys structuringElement, origin, connectivity, iterations, borderValue, mask; received "structure".',
    ],
    [
      () => fillHoles(image, { iterations: 2 } as object),
      'fillHoles: options must have only the keys structuringElement, origin, connectivity; received "iterations".',
    ],
    [
      () => fillHoles(ndarray(new Uint8Array(1), [1, 1, 1, 1])),
      "fillHoles: mask must have 1 or 2 or 3 dimensions; received [1, 1, 1, 1].",
    ],
  ])("is named: %#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
