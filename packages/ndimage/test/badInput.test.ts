import { isDdlError, isNdarray } from "@ddl/core";
import * as ndimage from "@ddl/ndimage";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { expect, test } from "vitest";

// Beyond 1e12 squares and sums of finite numbers may overflow: no error of the caller's.
const double = fc.oneof(fc.double({ min: -1e12, max: 1e12 }), fc.constant(Number.POSITIVE_INFINITY));
/** Values that an option should not take, beside some that it may. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    true,
    "reflect",
    "until-stable",
    "image",
    "",
    {},
    [],
    [1],
    [0, 1],
    [1, 2, 3],
    -0,
  ),
  fc.constantFrom<unknown>(
    [
      [1, 0],
      [0, 1],
    ],
    [[0.5]],
    ndarray([1, 0, 1], [1, 3]),
    ndarray([0], [1]),
    ndarray([], [0, 2]),
  ),
  double,
  fc.integer({ min: -3, max: 4 }),
  fc.array(fc.oneof(fc.integer({ min: -2, max: 5 }), double), { maxLength: 3 }),
);
const shape = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant<number[]>([4, 2]) }, // a polygon's
);
const arrays = shape.chain((lengths) => {
  const size = lengths.reduce((a, b) => a * b, 1);
  const value = fc.oneof(
    { weight: 60, arbitrary: fc.integer({ min: -3, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
  );
  return fc.array(value, { minLength: size, maxLength: size }).map((data) => ndarray(Float64Array.from(data), lengths));
});
const options = (...keys: string[]) =>
  fc.option(fc.record(Object.fromEntries([...keys, "unknown"].map((key) => [key, odd])), { requiredKeys: [] }), {
    nil: undefined,
    freq: 9,
  });

type Anything = (...values: unknown[]) => unknown;
const element = ["structuringElement", "origin", "connectivity"];
const morphology = [...element, "iterations", "borderValue", "mask"];
const some = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });
/** A name, what may stand between the array and the options, the options. */
const signatures: [keyof typeof ndimage, fc.Arbitrary<unknown>[], string[]][] = [
  ["gaussianFilter", [fc.double({ min: 0, max: 9, noNaN: true })], ["mode", "cval", "truncate", "order"]],
  ["gaussianGradientMagnitude", [some], ["mode", "cval", "truncate"]],
  ["sobel", [], ["axis", "scaling", "mode", "cval", "mask"]],
  ["gradient", [], ["spacing"]],
  ["binaryErosion", [], morphology],
  ["binaryDilation", [], morphology],
  ["binaryOpening", [], morphology],
  ["binaryClosing", [], morphology],
  ["fillHoles", [], element],
  ["resize", [some], ["order", "mode", "cval", "antialias", "clip"]],
  ["affine", [some], ["offset", "order", "mode", "cval"]],
  ["rotate", [fc.integer({ min: -400, max: 400 })], ["axes", "reshape", "order", "mode", "cval"]],
  ["polygonToMask", [fc.tuple(fc.nat(4), fc.nat(5))], []],
  ["percentile", [fc.integer({ min: 0, max: 100 })], []],
  ["otsu", [], ["bins"]],
  ["rescaleIntensity", [], ["inRange", "outRange"]],
];
const functions = ndimage as unknown as Record<string, Anything>;

/** Every number of a result: of arrays, lists of arrays, lists, or the number itself. */
function numbers(result: unknown): number[] {
  if (Array.isArray(result)) return result.flatMap(numbers);
  return isNdarray(result) ? [...((result as NdArray<Float64Array>).data as Float64Array)] : [result as number];
}

test.each(signatures)(
  "%s gives finite numbers or an error that names the argument, for anything",
  (name, middle, keys) => {
    let results = 0;
    const between = fc.tuple(
      ...middle.map((good) => fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: odd })),
    );
    const last = name === "polygonToMask" || name === "percentile" ? fc.constant(undefined) : options(...keys);
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: arrays }, { weight: 1, arbitrary: odd }),
        between,
        last,
        (array, values, given) => {
          try {
            const call = given === undefined ? [array, ...values] : [array, ...values, given];
            for (const value of numbers(functions[name]!(...call))) expect(value).toSatisfy(Number.isFinite);
            results++;
          } catch (error) {
            if (!isDdlError(error)) throw error;
            expect(error.message).toMatch(new RegExp(`^${name}: \\w+ must .+; received .+\\.`));
          }
        },
      ),
      { numRuns: 1000 },
    );
    // Not all of it is refused: results are looked at, too.
    expect(results).toBeGreaterThan(0);
  },
);
