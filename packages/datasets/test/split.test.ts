import { kFoldByPatient, splitByPatient, splitBySliceLeaky } from "@ddl/datasets";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Patients of up to four institutions, ids in no particular order. */
const patientLists = fc
  .array(fc.record({ number: fc.nat(9999), institution: fc.constantFrom("CS", "DU", "FG", "HT") }), {
    minLength: 3,
    maxLength: 60,
  })
  .map((list) => {
    const numbers = new Map(list.map((one) => [one.number, one.institution]));
    return [...numbers].map(([number, institution]) => ({ id: `TCGA_${institution}_${number}`, institution }));
  });
const seeds = fc.integer({ min: 0, max: 1e6 });
const fractionLists = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.nat(20), fc.nat(20))
  .map(([a, b, c]) => ({ train: a / (a + b + c), validation: b / (a + b + c), test: c / (a + b + c) }));
const sides = ["train", "validation", "test"] as const;

const twelve = Array.from({ length: 12 }, (_, k) => ({
  id: `P${String(k).padStart(2, "0")}`,
  institution: k < 8 ? "A" : "B",
}));
const fractions = { train: 0.5, validation: 0.25, test: 0.25 };

/** A split, or null where a side would be empty. */
function trySplit(...[patients, options]: Parameters<typeof splitByPatient>): ReturnType<typeof splitByPatient> | null {
  try {
    return splitByPatient(patients, options);
  } catch (error) {
    if ((error as Error).message.includes("must be enough for a patient in")) return null;
    throw error;
  }
}

describe("splitByPatient", () => {
  test("puts every patient on exactly one side, sorted, in the numbers of the fractions", () => {
    fc.assert(
      fc.property(patientLists, fractionLists, seeds, fc.boolean(), (patients, shares, seed, stratify) => {
        const split = trySplit(patients, { fractions: shares, seed, stratify });
        fc.pre(split !== null);
        const all = sides.flatMap((side) => split![side]);
        expect(all.sort()).toEqual(patients.map(({ id }) => id).sort());
        for (const side of sides) {
          expect(split![side]).toEqual([...split![side]].sort());
          const exact = shares[side] * patients.length;
          expect(Math.abs(split![side].length - exact)).toBeLessThan(1);
          if (shares[side] === 0) expect(split![side]).toEqual([]);
        }
      }),
    );
  });

  test("depends on the seed and the set of patients, not on their order", () => {
    fc.assert(
      fc.property(patientLists, seeds, fc.boolean(), (patients, seed, stratify) => {
        const options = { fractions, seed, stratify };
        const split = trySplit(patients, options);
        expect(trySplit([...patients].reverse(), options)).toEqual(split);
      }),
    );
    for (const stratify of [false, true]) {
      const splits = [1, 2, 3, 4, 5].map((seed) =>
        JSON.stringify(splitByPatient(twelve, { fractions, seed, stratify })),
      );
      expect(new Set(splits).size).toBe(5);
    }
    expect(splitByPatient(twelve, { fractions })).toEqual(
      splitByPatient(twelve, { fractions, seed: 0, stratify: false }),
    );
  });

  test("stratified, every side has each institution's share up to two patients", () => {
    fc.assert(
      fc.property(patientLists, fractionLists, seeds, (patients, shares, seed) => {
        const split = trySplit(patients, { fractions: shares, seed, stratify: true });
        fc.pre(split !== null);
        for (const institution of new Set(patients.map((one) => one.institution))) {
          const count = patients.filter((one) => one.institution === institution).length;
          for (const side of sides) {
            const own = split![side].filter((id) => id.startsWith(`TCGA_${institution}_`)).length;
            const exact = (count * split![side].length) / patients.length;
            expect(Math.abs(own - exact)).toBeLessThan(2);
          }
        }
      }),
    );
  });

  test("stratified, 8 and 4 patients give 4 and 2, 2 and 1, 2 and 1", () => {
    for (const seed of [1, 2, 3]) {
      const split = splitByPatient(twelve, { fractions, seed, stratify: true });
      const counts = sides.map((side) => split[side].filter((id) => id < "P08").length);
      expect(counts).toEqual([4, 2, 2]);
      expect(sides.map((side) => split[side].length)).toEqual([6, 3, 3]);
    }
  });

  test.each<[name: string, call: () => unknown, message: string]>([
    [
      "fractions that do not sum to 1",
      () => splitByPatient(twelve, { fractions: { train: 0.5, validation: 0.25, test: 0.5 } }),
      "splitByPatient: fractions must sum to 1; received 1.25.",
    ],
    [
      "a negative fraction",
      () => splitByPatient(twelve, { fractions: { train: 1.5, validation: 0, test: -0.5 } }),
      "splitByPatient: fractions.train must be a finite number ≥ 0 and ≤ 1; received 1.5.",
    ],
    [
      "a missing fraction",
      () => splitByPatient(twelve, { fractions: { train: 0.5, test: 0.5 } as typeof fractions }),
      "splitByPatient: fractions.validation must be a finite number ≥ 0 and ≤ 1; received undefined.",
    ],
    [
      "too few patients for a side",
      () => splitByPatient(twelve.slice(0, 3), { fractions: { train: 0.8, validation: 0.1, test: 0.1 } }),
      "splitByPatient: patients must be enough for a patient in validation (fraction 0.1); received 3.",
    ],
    [
      "a patient twice",
      () => splitByPatient([...twelve, twelve[4]!], { fractions }),
      'splitByPatient: patients must have different ids; received "P04".',
    ],
    [
      "a seed that is no integer",
      () => splitByPatient(twelve, { fractions, seed: 0.5 }),
      "splitByPatient: seed must be an integer; received 0.5.",
    ],
    [
      "stratify that is no boolean",
      () => splitByPatient(twelve, { fractions, stratify: "institution" as unknown as boolean }),
      'splitByPatient: stratify must be true or false; received "institution".',
    ],
    [
      "an unknown option",
      () => splitByPatient(twelve, { fractions, stratified: true } as never),
      'splitByPatient: options must have only the keys fractions, seed, stratify; received "stratified".',
    ],
    [
      "one fold",
      () => kFoldByPatient(twelve, { folds: 1 }),
      "kFoldByPatient: folds must be an integer ≥ 2 and ≤ 12; received 1.",
    ],
    [
      "more folds than patients",
      () => kFoldByPatient(twelve, { folds: 13 }),
      "kFoldByPatient: folds must be an integer ≥ 2 and ≤ 12; received 13.",
    ],
    [
      "a patient twice in folds",
      () => kFoldByPatient([...twelve, twelve[4]!], { folds: 2 }),
      'kFoldByPatient: patients must have different ids; received "P04".',
    ],
  ])("refuses %s", (_name, call, message) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});

describe("kFoldByPatient", () => {
  test("tests every patient once, and trains with all others", () => {
    fc.assert(
      fc.property(
        patientLists,
        fc.integer({ min: 2, max: 8 }),
        seeds,
        fc.boolean(),
        (patients, count, seed, stratify) => {
          fc.pre(count <= patients.length);
          const folds = kFoldByPatient(patients, { folds: count, seed, stratify });
          const ids = patients.map(({ id }) => id).sort();
          expect(folds).toHaveLength(count);
          expect(folds.flatMap(({ test: own }) => own).sort()).toEqual(ids);
          for (const { train, test: own } of folds) {
            expect([...train, ...own].sort()).toEqual(ids);
            expect(train).toEqual([...train].sort());
            expect(own.length - Math.floor(patients.length / count)).toBeOneOf([0, 1]);
          }
          expect(kFoldByPatient([...patients].reverse(), { folds: count, seed, stratify })).toEqual(folds);
        },
      ),
    );
  });

  test("stratified, four folds of 8 and 4 patients have 2 and 1 each", () => {
    for (const { test: own } of kFoldByPatient(twelve, { folds: 4, seed: 3, stratify: true })) {
      expect(own.map((id) => id < "P08")).toEqual([true, true, false]);
    }
  });
});

describe("splitBySliceLeaky", () => {
  const patients = [
    { id: "b", sliceCount: 30 },
    { id: "a", sliceCount: 11 },
  ];
  const name = ({ patient, slice }: { patient: string; slice: number }): string => `${patient}/${slice}`;

  test("puts every slice on one side, and patients on both", () => {
    const { train, test: own } = splitBySliceLeaky(patients, { testFraction: 0.25, seed: 1 });
    expect(own).toHaveLength(10);
    const expected = patients.flatMap(({ id, sliceCount }) =>
      Array.from({ length: sliceCount }, (_, k) => `${id}/${k}`),
    );
    expect([...train, ...own].map(name).sort()).toEqual(expected.sort());
    for (const side of [train, own]) expect(new Set(side.map(({ patient }) => patient)).size).toBe(2);
  });

  test("depends on the seed, not on the order of patients", () => {
    const options = { testFraction: 0.25, seed: 1 };
    const split = splitBySliceLeaky(patients, options);
    expect(splitBySliceLeaky([...patients].reverse(), options)).toEqual(split);
    expect(splitBySliceLeaky(patients, { ...options, seed: 2 })).not.toEqual(split);
  });

  test.each([0, 1, Number.NaN])("refuses the fraction %s", (testFraction) => {
    const message = `splitBySliceLeaky: testFraction must be a finite number > 0 and < 1; received ${testFraction}.`;
    expect(() => splitBySliceLeaky(patients, { testFraction })).toThrow(expect.objectContaining({ message }));
  });
});
