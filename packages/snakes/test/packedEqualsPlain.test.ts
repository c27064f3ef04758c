import { createMorphologicalChanVese, createMorphologicalGeodesicActiveContour } from "@ddl/snakes";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { plainChanVese, plainContour } from "./plainSnakes.js";

const widths = [1, 2, 31, 32, 33, 63, 64, 65];
/** Shapes whose rows end before, at and behind the border of a word of 32 pixels; every axis another length where it can. */
const shapes = [...[...widths, 100].map((columns) => [7, columns]), ...widths.map((columns) => [4, 5, columns])];
const oneAxis = [
  [1, 1],
  [1, 70],
  [40, 1],
  [1, 1, 1],
  [1, 6, 33],
  [5, 1, 34],
  [6, 3, 1],
];
const iterations = 4;

/** Small whole numbers: their sums are exact in any order, so no rounding decides a pixel. */
const numbers = (length: number) =>
  fc.array(fc.integer({ min: -9, max: 40 }), { minLength: length, maxLength: length });

/** Sets of blobs and noise, and the empty and the full one: pure noise is smoothed away at once. */
function sets(shape: readonly number[]): fc.Arbitrary<Uint8Array> {
  const size = shape.reduce((product, n) => product * n, 1);
  const columns = shape.at(-1)!;
  const noise = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: size, maxLength: size });
  const blobs = fc
    .tuple(noise, fc.integer({ min: 2, max: 9 }), fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 2 }))
    .map(([dots, period, shift, rare]) =>
      Uint8Array.from(dots, (dot, i) => {
        const stripe = ((i % columns) + Math.floor(i / columns) + shift) % (2 * period) < period;
        return stripe !== dot < rare ? 1 : 0;
      }),
    );
  const full = new Uint8Array(size).fill(1);
  return fc.oneof(
    { arbitrary: blobs, weight: 8 },
    { arbitrary: noise.map((dots) => Uint8Array.from(dots, (dot) => (dot < 9 ? 1 : 0))), weight: 2 },
    { arbitrary: fc.constantFrom(full, new Uint8Array(size)), weight: 1 },
  );
}

const phases = fc.constantFrom<0 | 1>(0, 1);
const smoothings = fc.integer({ min: 0, max: 3 });
const region = (shape: readonly number[]) => fc.option(sets(shape), { nil: undefined });
const runs = (shape: readonly number[]) => ({ numRuns: shape.length === 2 ? 50 : 20 });
const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

describe("every iteration equals the definition, a byte a pixel", () => {
  test.each([...shapes, ...oneAxis].map((shape) => ({ shape })))("morphologicalChanVese in $shape", ({ shape }) => {
    const given = fc.record({
      channels: fc.array(numbers(size(shape)), { minLength: 1, maxLength: 3 }),
      initial: sets(shape),
      region: region(shape),
      phase: phases,
      smoothing: smoothings,
      lambda1: fc.constantFrom(1, 0.75, 3),
      lambda2: fc.constantFrom(1, 0.5, 2),
    });
    fc.assert(
      fc.property(given, ({ channels, initial, region, ...options }) => {
        const plain = plainChanVese(channels, shape, { ...options, initial, region });
        const many = channels.length > 1;
        const values = Float64Array.from({ length: size(shape) * channels.length }, (_, i) => {
          return channels[i % channels.length]![Math.floor(i / channels.length)]!;
        });
        const solver = createMorphologicalChanVese(ndarray(values, many ? [...shape, channels.length] : shape), {
          ...options,
          initial: ndarray(initial, shape),
          ...(region && { regionOfInterest: ndarray(region, shape) }),
          ...(many && { channelAxis: -1 }),
        });
        follow(solver, plain, initial, region);
      }),
      runs(shape),
    );
  });

  test.each([...shapes, ...oneAxis].map((shape) => ({ shape })))(
    "morphologicalGeodesicActiveContour in $shape",
    ({ shape }) => {
      const given = fc.record({
        image: numbers(size(shape)),
        initial: sets(shape),
        region: region(shape),
        phase: phases,
        smoothing: smoothings,
        balloon: fc.constantFrom(0, 1, -1, 0.5, -2, 3),
        threshold: fc.constantFrom("auto" as const, 0, 5, 12.5, -20),
        // Powers of two keep whole numbers exact; by other distances only slopes that nowhere cancel are divided.
        distances: fc.constantFrom(
          { spacing: [1, 1, 1], wave: 0 },
          { spacing: [2, 0.5, 4], wave: 0 },
          { spacing: [1, 4, 0.25], wave: 0 },
          { spacing: [0.7, 2.9, 1.3], wave: 1 },
        ),
      });
      fc.assert(
        fc.property(given, ({ image: whole, initial, region, distances, ...rest }) => {
          const image = whole.map((value, i) => value + distances.wave * Math.sin(i * i));
          const options = { ...rest, spacing: distances.spacing.slice(0, shape.length) };
          const plain = plainContour(image, shape, { ...options, initial, region });
          const solver = createMorphologicalGeodesicActiveContour(ndarray(Float64Array.from(image), shape), {
            ...options,
            initial: ndarray(initial, shape),
            ...(region && { regionOfInterest: ndarray(region, shape) }),
          });
          follow(solver, plain, initial, region);
        }),
        runs(shape),
      );
    },
  );
});

type Solver = Pick<ReturnType<typeof createMorphologicalChanVese>, "mask" | "changed" | "iterations" | "step">;

function follow(
  solver: Solver,
  plain: Generator<Uint8Array>,
  initial: Uint8Array,
  region: Uint8Array | undefined,
): void {
  let before = region === undefined ? initial : initial.map((value, i) => value & region[i]!);
  for (let k = 1; k <= iterations; k++) {
    solver.step();
    const expected = plain.next().value as Uint8Array;
    const changed = expected.reduce((sum, value, i) => sum + (value === before[i] ? 0 : 1), 0);
    expect({ k, set: solver.mask.data, changed: solver.changed }).toEqual({ k, set: expected, changed });
    before = expected;
  }
}
