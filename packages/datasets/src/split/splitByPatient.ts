import { ArgumentError, expectBoolean, expectNumber, expectOptions, Random, RangeArgumentError } from "@ddl/core";
import type { Patient } from "../dataset.js";

/** What a split needs to know of a patient. */
export type SplitPatient = Pick<Patient, "id" | "institution">;

/** Patient ids on the three sides of a split, each list sorted. */
export interface PatientSplit {
  train: string[];
  validation: string[];
  test: string[];
}

/** Options of {@link splitByPatient}. */
export interface SplitOptions {
  /** Shares of the patients, each ≥ 0, 1 in sum. */
  fractions: { train: number; validation: number; test: number };
  /** An integer; default 0. */
  seed?: number;
  /** Spread the patients of each institution over the sides. Default false. */
  stratify?: boolean;
}

/**
 * Puts each patient on one side of a split, so that slices of one patient never train and test.
 *
 * Sizes follow the fractions by largest remainder. The result depends on the set of patients and the seed, not on their order.
 *
 * @throws ArgumentError for repeated ids; RangeArgumentError for fractions that are negative or do not sum to 1, or if a side with a
 *   positive fraction gets no patient
 * @example `splitByPatient(dataset.patients, { fractions: { train: 0.6, validation: 0.15, test: 0.25 }, seed: 1, stratify: true })`
 */
export function splitByPatient(patients: readonly SplitPatient[], options: SplitOptions): PatientSplit {
  const {
    fractions,
    seed = 0,
    stratify = false,
  } = expectOptions("splitByPatient", options, ["fractions", "seed", "stratify"]);
  const sides = ["train", "validation", "test"] as const;
  expectOptions("splitByPatient", fractions, [...sides]);
  const shares = sides.map((side) =>
    expectNumber("splitByPatient", `fractions.${side}`, fractions[side], { min: 0, max: 1 }),
  );
  const total = shares[0]! + shares[1]! + shares[2]!;
  if (Math.abs(total - 1) > 1e-9) {
    throw new RangeArgumentError({
      functionName: "splitByPatient",
      argument: "fractions",
      expected: "sum to 1",
      received: total,
    });
  }
  const order = drawOrder("splitByPatient", patients, seed, stratify);
  const sizes = largestRemainder(order.length, shares);
  for (const [k, side] of sides.entries()) {
    if (shares[k]! > 0 && sizes[k] === 0) {
      const expected = `be enough for a patient in ${side} (fraction ${shares[k]})`;
      throw new RangeArgumentError({
        functionName: "splitByPatient",
        argument: "patients",
        expected,
        received: order.length,
      });
    }
  }
  const dealt = deal(order, sizes);
  return { train: dealt[0]!, validation: dealt[1]!, test: dealt[2]! };
}

/** Options of {@link kFoldByPatient}. */
export interface FoldOptions {
  /** Number of folds, 2 to the number of patients. */
  folds: number;
  /** An integer; default 0. */
  seed?: number;
  /** Spread the patients of each institution over the folds. Default false. */
  stratify?: boolean;
}

/**
 * Folds of a cross-validation by patient: each patient is tested in exactly one fold and trains in all others.
 *
 * @returns one entry a fold, lists sorted; sizes of the folds differ by at most one
 * @throws ArgumentError for repeated ids; RangeArgumentError for a number of folds below 2 or above the number of patients
 * @example `for (const { train, test } of kFoldByPatient(dataset.patients, { folds: 5, seed: 1 })) …`
 */
export function kFoldByPatient(
  patients: readonly SplitPatient[],
  options: FoldOptions,
): { train: string[]; test: string[] }[] {
  const { folds, seed = 0, stratify = false } = expectOptions("kFoldByPatient", options, ["folds", "seed", "stratify"]);
  expectNumber("kFoldByPatient", "folds", folds, { integer: true, min: 2, max: patients.length });
  const order = drawOrder("kFoldByPatient", patients, seed, stratify);
  const tests = deal(
    order,
    largestRemainder(
      order.length,
      Array.from({ length: folds }, () => 1 / folds),
    ),
  );
  return tests.map((test) => ({ train: order.filter((id) => !test.includes(id)).sort(), test }));
}

/** Ids in random order; stratified: the institutions one after the other. */
function drawOrder(functionName: string, patients: readonly SplitPatient[], seed: number, stratify: boolean): string[] {
  expectNumber(functionName, "seed", seed, { integer: true });
  expectBoolean(functionName, "stratify", stratify);
  const sorted = [...patients].sort((a, b) => (a.id < b.id ? -1 : 1));
  const double = sorted.find(({ id }, k) => sorted[k + 1]?.id === id);
  if (double !== undefined) {
    throw new ArgumentError({
      functionName,
      argument: "patients",
      expected: "have different ids",
      received: double.id,
    });
  }
  const random = Random.fromSeed(seed).fork(functionName);
  if (!stratify) return random.shuffle(sorted.map(({ id }) => id));
  const institutions = [...new Set(sorted.map(({ institution }) => institution))].sort();
  return institutions.flatMap((name) => {
    const own = sorted.filter(({ institution }) => institution === name).map(({ id }) => id);
    return random.fork(name).shuffle(own);
  });
}

/** Whole numbers in proportion to the shares, `count` in sum. */
function largestRemainder(count: number, shares: readonly number[]): number[] {
  const exact = shares.map((share) => share * count);
  const sizes = exact.map((size) => Math.floor(size + 1e-9));
  const byRemainder = exact.map((_, k) => k).sort((a, b) => exact[b]! - sizes[b]! - (exact[a]! - sizes[a]!) || a - b);
  let left = count - sizes.reduce((sum, size) => sum + size, 0);
  for (const k of byRemainder)
    if (left > 0 && exact[k]! > 0) {
      sizes[k]!++;
      left--;
    }
  return sizes;
}

/**
 * Deals an order to sides of given sizes so that neighbours in the order, patients of one institution, are spread: each goes to the
 * side that lags furthest behind its share.
 */
function deal(order: readonly string[], sizes: readonly number[]): string[][] {
  const sides: string[][] = sizes.map(() => []);
  for (const [i, id] of order.entries()) {
    const lag = sizes.map((size, k) =>
      sides[k]!.length < size ? (size * (i + 1)) / order.length - sides[k]!.length : -Infinity,
    );
    sides[lag.indexOf(Math.max(...lag))]!.push(id);
  }
  return sides.map((side) => side.sort());
}
