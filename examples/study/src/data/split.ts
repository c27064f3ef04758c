import type { Patient } from "@ddl/datasets";
import { kFoldByPatient, splitByPatient } from "@ddl/datasets";
import type { SplitConfig } from "../config/schema.js";

/** Patient ids of one fold; the three lists share no patient. */
export interface Fold {
  train: string[];
  validation: string[];
  test: string[];
}

/** The folds of a study: by patient, seeded, stratified by institution if asked. */
export function makeFolds(patients: readonly Patient[], config: SplitConfig): Fold[] {
  const { seed, stratify, validation } = config;
  if (config.kind === "holdout") {
    const fractions = { train: 1 - validation - config.test, validation, test: config.test };
    return [splitByPatient(patients, { fractions, seed, stratify })];
  }
  return kFoldByPatient(patients, { folds: config.folds, seed, stratify }).map(({ train, test }, fold) => {
    const rest = patients.filter((patient) => train.includes(patient.id));
    const fractions = { train: 1 - validation, validation, test: 0 };
    // Another seed a fold: the same patients of the rest should not validate every time.
    const inner = splitByPatient(rest, { fractions, seed: seed + 1 + fold, stratify });
    return { train: inner.train, validation: inner.validation, test };
  });
}
