import { expectNumber, expectOptions, Random } from "@ddl/core";
import type { Patient } from "../dataset.js";

/** A slice of a patient. */
export interface SliceReference {
  patient: string;
  /** From 0. */
  slice: number;
}

/** Options of {@link splitBySliceLeaky}. */
export interface LeakySplitOptions {
  /** Share of the slices that are tested, in (0, 1). */
  testFraction: number;
  /** An integer; default 0. */
  seed?: number;
}

/**
 * Splits slices without regard to patients. **Leaks**: neighbouring slices of one patient train and test, and scores come out far too
 * good. It exists to measure that error; use `splitByPatient` for everything else.
 *
 * @throws RangeArgumentError for a fraction outside (0, 1)
 * @example `splitBySliceLeaky(dataset.patients, { testFraction: 0.25, seed: 1 })`
 */
export function splitBySliceLeaky(
  patients: readonly Pick<Patient, "id" | "sliceCount">[],
  options: LeakySplitOptions,
): { train: SliceReference[]; test: SliceReference[] } {
  const { testFraction, seed = 0 } = expectOptions("splitBySliceLeaky", options, ["testFraction", "seed"]);
  expectNumber("splitBySliceLeaky", "testFraction", testFraction, { above: 0, below: 1 });
  expectNumber("splitBySliceLeaky", "seed", seed, { integer: true });
  const sorted = [...patients].sort((a, b) => (a.id < b.id ? -1 : 1));
  const slices = sorted.flatMap(({ id, sliceCount }) =>
    Array.from({ length: sliceCount }, (_, slice) => ({ patient: id, slice })),
  );
  const order = Random.fromSeed(seed).fork("splitBySliceLeaky").shuffle(slices);
  const count = Math.round(testFraction * slices.length);
  return { train: order.slice(count), test: order.slice(0, count) };
}
