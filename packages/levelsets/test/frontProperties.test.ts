import { zeros } from "@ddl/core";
import {
  createGeodesicActiveContour,
  createShapeDetection,
  createThresholdLevelSet,
  drlse,
  geodesicActiveContour,
  shapeDetection,
  thresholdLevelSet,
} from "@ddl/levelsets";
import fc from "fast-check";
import type { NdArray } from "ndarray";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";

type Field = NdArray<Float64Array>;

/** An image of edges in (0, 1] and a level set, of one odd shape, with spacing; two or three axes. */
const given = fc
  .oneof(
    fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 7, max: 9 })),
    fc.tuple(fc.integer({ min: 3, max: 4 }), fc.integer({ min: 5, max: 6 }), fc.integer({ min: 7, max: 8 })),
  )
  .chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const values = (min: number, max: number): fc.Arbitrary<Field> =>
      fc
        .array(fc.double({ min, max, noNaN: true }), { minLength: size, maxLength: size })
        .map((list) => ndarray(Float64Array.from(list), [...shape]) as Field);
    return fc.record({
      edges: values(0.05, 1),
      initial: values(-3, 3),
      spacing: fc.tuple(...shape.map(() => fc.double({ min: 0.5, max: 2, noNaN: true }))),
      propagation: fc.double({ min: -1, max: 1, noNaN: true }),
      curvature: fc.double({ min: 0, max: 1, noNaN: true }),
    });
  });

/** The models with what they share, two steps each. */
const models = {
  geodesicActiveContour: (edges: Field, initial: Field, options: object) =>
    geodesicActiveContour(edges, initial, { maxIterations: 2, tolerance: 0, ...options }).phi,
  shapeDetection: (edges: Field, initial: Field, options: object) =>
    shapeDetection(edges, initial, { maxIterations: 2, tolerance: 0, ...options }).phi,
  thresholdLevelSet: (edges: Field, initial: Field, options: object) =>
    thresholdLevelSet(edges, initial, { lower: 0.2, upper: 0.7, maxIterations: 2, tolerance: 0, ...options }).phi,
};

const near = { relative: 1e-9, absolute: 1e-9 };
const values = (field: Field): Field => {
  const copy = zeros(Float64Array, field.shape) as Field;
  const shape = field.shape;
  for (let i = 0; i < copy.data.length; i++) {
    const at: number[] = [];
    for (let k = shape.length - 1, rest = i; k >= 0; k--) {
      at.unshift(rest % shape[k]!);
      rest = Math.floor(rest / shape[k]!);
    }
    copy.data[i] = field.get(...at);
  }
  return copy;
};

describe.each(Object.entries(models))("%s", (_, phiOf) => {
  test("does not know left from right: mirrored input gives the mirrored result", () => {
    fc.assert(
      fc.property(given, fc.nat(), ({ edges, initial, ...options }, which) => {
        const mirror = (field: Field): Field =>
          field.step(...field.shape.map((__, k) => (k === which % field.shape.length ? -1 : 1)));
        const mirrored = phiOf(mirror(edges), mirror(initial), options);
        expect(values(mirror(mirrored))).toBeCloseToArray(phiOf(edges, initial, options), near);
      }),
      { numRuns: 30 },
    );
  });

  test("does not know rows from columns: transposed input gives the transposed result", () => {
    fc.assert(
      fc.property(given, ({ edges, initial, spacing, ...options }) => {
        const axes = edges.shape.map((__, k) => k).reverse();
        const turned = phiOf(edges.transpose(...axes), initial.transpose(...axes), {
          ...options,
          spacing: [...spacing].reverse(),
        });
        expect(values(turned.transpose(...axes))).toBeCloseToArray(
          phiOf(edges, initial, { ...options, spacing }),
          near,
        );
      }),
      { numRuns: 30 },
    );
  });

  test("has no unit of length: twice the spacing, φ and forces to match, twice the φ", () => {
    fc.assert(
      fc.property(given, ({ edges, initial, spacing, propagation }) => {
        // |∇φ| stays; without curvature the front moves by dt·propagation, in the unit.
        const options = { propagation, curvature: 0 };
        const twice = (field: Field): Field =>
          ndarray(
            field.data.map((v) => 2 * v),
            [...field.shape],
          ) as Field;
        const one = phiOf(edges, initial, { ...options, spacing, dt: 0.05, ...noAdvection(phiOf) });
        const two = phiOf(edges, twice(initial), {
          ...options,
          spacing: spacing.map((h) => 2 * h),
          dt: 0.1,
          ...noAdvection(phiOf),
        });
        expect(two).toBeCloseToArray(twice(one), near);
      }),
      { numRuns: 30 },
    );
  });

  test("leaves its input as it is", () => {
    fc.assert(
      fc.property(given, ({ edges, initial, ...options }) => {
        const before = [edges.data.slice(), initial.data.slice()];
        phiOf(edges, initial, options);
        expect([edges.data, initial.data]).toEqual(before);
      }),
      { numRuns: 10 },
    );
  });
});

/** Without the one option that the other models do not have. */
function noAdvection(model: unknown): object {
  return model === models.geodesicActiveContour ? { advection: 0 } : {};
}

test("a front of speed 1 has moved by the time that passed", () => {
  const edges = ndarray(new Float64Array(50 * 61).fill(1), [50, 61]) as Field;
  const initial = zeros(Float64Array, [50, 61]) as Field;
  for (let y = 0; y < 50; y++) for (let x = 0; x < 61; x++) initial.set(y, x, 8 - Math.hypot(y - 24, x - 30));
  const options = { propagation: 1, curvature: 0, advection: 0, dt: 0.25, tolerance: 0, maxIterations: 40 };
  for (const narrowBand of [undefined, 6]) {
    const { mask } = geodesicActiveContour(edges, initial, { ...options, ...(narrowBand && { narrowBand }) });
    const area = mask.data.reduce((sum, value) => sum + value, 0);
    // A disk of radius 8 + 10, a third of a pixel to either side.
    expect(Math.sqrt(area / Math.PI)).toBeGreaterThan(17.67);
    expect(Math.sqrt(area / Math.PI)).toBeLessThan(18.33);
  }
});

test("a signal raised on the way ends each with its reason", () => {
  const edges = ndarray(new Float64Array(12 * 13).fill(0.9), [12, 13]) as Field;
  const initial = zeros(Float64Array, [12, 13]) as Field;
  for (let y = 0; y < 12; y++) for (let x = 0; x < 13; x++) initial.set(y, x, 3 - Math.hypot(y - 5, x - 6));
  for (const run of [...Object.values(models), drlse]) {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ iteration }: { iteration: number }): void => {
      seen.push(iteration);
      if (iteration === 3) controller.abort(new Error("enough"));
    };
    const options = { maxIterations: 9, tolerance: 0, signal: controller.signal, onProgress };
    expect(() => run(edges, initial, options)).toThrow("enough");
    expect(seen).toEqual([1, 2, 3]);
  }
});

describe("bad input, each by its whole message", () => {
  const edges = ndarray(new Float64Array(20).fill(0.5), [4, 5]) as Field;
  const spoiled = (value: number): Field => {
    const field = ndarray(edges.data.slice(), [4, 5]) as Field;
    field.set(2, 3, value);
    return field;
  };
  const limits = { lower: 0, upper: 1 };
  const calls: [() => unknown, string][] = [
    [
      () => geodesicActiveContour(spoiled(Number.NaN), edges),
      "geodesicActiveContour: edges must contain only finite numbers; received NaN. The first other value is at index [2, 3].",
    ],
    [
      () => shapeDetection(edges, spoiled(Number.POSITIVE_INFINITY)),
      "shapeDetection: initial must contain only finite numbers; received Infinity. The first other value is at index [2, 3].",
    ],
    [
      () => thresholdLevelSet(spoiled(Number.NEGATIVE_INFINITY), edges, limits),
      "thresholdLevelSet: image must contain only finite numbers; received -Infinity. The first other value is at index [2, 3].",
    ],
    [
      () => geodesicActiveContour(zeros(Float64Array, [7]), edges),
      "geodesicActiveContour: edges must have 2 or 3 dimensions; received [7].",
    ],
    [
      () => geodesicActiveContour(zeros(Float64Array, [1, 5]), edges),
      "geodesicActiveContour: edges must have at least 2 pixels along each axis; received [1, 5].",
    ],
    [
      () => geodesicActiveContour(zeros(Float64Array, [0, 5]), edges),
      "geodesicActiveContour: edges must have at least 2 pixels along each axis; received [0, 5].",
    ],
    [
      () => geodesicActiveContour(edges, edges, { spacing: [1, 0] }),
      "geodesicActiveContour: spacing must be a finite number > 0; received 0.",
    ],
    [
      () => shapeDetection(edges, edges, { spacing: [1, 1, 1] }),
      "shapeDetection: spacing must have 2 entries, one an axis; received [1, 1, 1].",
    ],
    [
      () => shapeDetection(edges, edges, { propagation: Number.NaN }),
      "shapeDetection: propagation must be a finite number; received NaN.",
    ],
    [
      () => shapeDetection(edges, edges, { tolerance: -1 }),
      "shapeDetection: tolerance must be a finite number ≥ 0; received -1.",
    ],
    [
      () => geodesicActiveContour(edges, edges, { advection: -0.5 }),
      "geodesicActiveContour: advection must be a finite number ≥ 0; received -0.5.",
    ],
    [
      () => geodesicActiveContour(edges, edges, { maxIterations: 0.5 }),
      "geodesicActiveContour: maxIterations must be an integer ≥ 0; received 0.5.",
    ],
    [() => createGeodesicActiveContour(edges, edges).step(-1), "step: iterations must be an integer ≥ 0; received -1."],
    [
      () => createShapeDetection(edges, edges, { maxIterations: 3 } as object),
      'createShapeDetection: options must have only the keys propagation, curvature, tolerance, dt, spacing, narrowBand; received "maxIterations".',
    ],
    [
      () => createThresholdLevelSet(edges, edges, { lower: Number.NaN, upper: 1 }),
      "createThresholdLevelSet: lower must be a finite number; received NaN.",
    ],
  ];
  test.each(calls)("%#", (call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
