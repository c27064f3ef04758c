import { zeros } from "@ddl/core";
import { chanVese, createChanVese } from "@ddl/levelsets";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { expect, test } from "vitest";

const scheme = fc.constantFrom("skimage" as const, "ipol" as const);
const grid = fc.tuple(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 2, max: 9 })).chain(([rows, columns]) =>
  fc.record({
    rows: fc.constant(rows),
    columns: fc.constant(columns),
    values: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: rows * columns, maxLength: rows * columns }),
    start: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: rows * columns, maxLength: rows * columns }),
  }),
);

function array(values: readonly number[], ...shape: number[]): NdArray<Float64Array> {
  return ndarray(Float64Array.from(values), shape);
}

test("a two-valued image converges to its exact partition, in two and three dimensions and both schemes", () => {
  const sizes = fc.constantFrom([8, 11], [11, 8], [4, 7, 6]);
  fc.assert(
    fc.property(sizes, scheme, fc.integer({ min: 1, max: 200 }), fc.nat(1000), (shape, scheme, contrast, seed) => {
      const image = zeros(Float64Array, shape);
      for (let i = 0; i < image.data.length; i++)
        image.data[i] = ((i + seed) * 2654435761) % 4294967296 < 1.4e9 ? 1 : 0;
      const truth = Uint8Array.from(image.data);
      const initial = ndarray(
        image.data.map((value, i) => (value > 0.5 ? 0.3 : -0.4) * (i % 7 === 0 ? -1 : 1)),
        [...shape],
      );
      const scaled =
        scheme === "ipol"
          ? image
          : ndarray(
              image.data.map((v) => 20 + contrast * v),
              [...shape],
            );
      const options = { mu: 0, tolerance: 1e-6, maxIterations: 60, energies: false } as const;
      expect(chanVese(scaled, { ...options, scheme, initial }).mask.data).toEqual(truth);
    }),
    { numRuns: 40 },
  );
});

test("any grey image: finite φ, a step equals two halves of a run, the input is left alone", () => {
  fc.assert(
    fc.property(
      grid,
      scheme,
      fc.double({ min: 0, max: 2, noNaN: true }),
      ({ rows, columns, values, start }, scheme, mu) => {
        const image = array(values, rows, columns);
        const initial = array(start, rows, columns);
        const { phi, energies } = chanVese(image, { mu, scheme, initial, maxIterations: 4, tolerance: 0 });
        expect(phi.data.every(Number.isFinite)).toBe(true);
        expect(energies.every(Number.isFinite)).toBe(true);
        const solver = createChanVese(image, { mu, scheme, initial, tolerance: 0 });
        const done = energies.length;
        solver.step(1);
        const later = createChanVese(image, solver.options, JSON.parse(JSON.stringify(solver.state())));
        later.step(done - 1);
        expect(later.phi.data).toEqual(phi.data);
        expect(Array.from(image.data)).toEqual(values);
        expect(Array.from(initial.data)).toEqual(start);
      },
    ),
    { numRuns: 60 },
  );
});

test("skimage: levels and contrast of the image do not matter", () => {
  fc.assert(
    fc.property(grid, ({ rows, columns, values, start }) => {
      const options = { initial: array(start, rows, columns), maxIterations: 3, mu: 0.2, tolerance: 0 };
      const plain = chanVese(array(values, rows, columns), options).phi;
      // Powers of two keep the bits.
      const bright = array(
        values.map((v) => 4 * v + 1024),
        rows,
        columns,
      );
      expect(chanVese(bright, options).phi.data).toEqual(plain.data);
    }),
    { numRuns: 40 },
  );
});

test("both schemes give the transposed for the transposed image; mirrored, only skimage does", () => {
  const image = array(
    Array.from({ length: 42 }, (_, i) => ((i * 29) % 43) / 43),
    6,
    7,
  );
  const turns = {
    transposed: (one: NdArray<Float64Array>) => one.transpose(1, 0),
    mirrored: (one: NdArray<Float64Array>) => one.step(1, -1),
  };
  const gap = (scheme: "skimage" | "ipol", turn: keyof typeof turns): number => {
    const run = (one: NdArray<Float64Array>) => chanVese(one, { scheme, maxIterations: 3, mu: 0.2, initial: one }).phi;
    const one = run(image);
    const other = turns[turn](run(turns[turn](image)));
    let most = 0;
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 7; x++) most = Math.max(most, Math.abs(one.get(y, x) - other.get(y, x)));
    return most;
  };
  expect(gap("skimage", "transposed")).toBeLessThan(1e-12);
  expect(gap("skimage", "mirrored")).toBeLessThan(1e-12);
  expect(gap("ipol", "transposed")).toBeLessThan(1e-12);
  expect(gap("ipol", "mirrored")).toBeGreaterThan(1e-4);
});

test("equal channels give the grey result", () => {
  fc.assert(
    fc.property(grid, ({ rows, columns, values, start }) => {
      const options = { initial: array(start, rows, columns), maxIterations: 2, mu: 0.2, tolerance: 0 };
      const grey = chanVese(array(values, rows, columns), options).phi.data;
      const two = array(
        values.flatMap((v) => [v, v]),
        rows,
        columns,
        2,
      );
      expect(chanVese(two, { ...options, channelAxis: 2 }).phi.data).toEqual(grey);
    }),
    { numRuns: 40 },
  );
});

test("with the true length and small steps the energy falls", () => {
  const image = zeros(Float64Array, [24, 31]);
  for (let y = 0; y < 24; y++) {
    for (let x = 0; x < 31; x++) {
      const inside = ((y - 10) / 6) ** 2 + ((x - 17) / 9) ** 2 < 1;
      image.set(y, x, (inside ? 0.9 : 0.2) + 0.1 * Math.sin(3 * x + 5 * y));
    }
  }
  const { energies } = chanVese(image, { mu: 0.1, dt: 0.2, initial: "disk", energies: "length", maxIterations: 60 });
  expect(energies.length).toBeGreaterThan(20);
  for (let k = 1; k < energies.length; k++) expect(energies[k]).toBeLessThan(energies[k - 1]! + 1e-9);
});
