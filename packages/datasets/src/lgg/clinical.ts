import { DataError } from "@ddl/core";
import { parse } from "csv-parse/sync";
import type { ClinicalRecord } from "../dataset.js";

/** Columns of `data.csv` after `Patient`, and the names they get here. */
const columns: Record<string, keyof ClinicalRecord> = {
  RNASeqCluster: "rnaSeqCluster",
  MethylationCluster: "methylationCluster",
  miRNACluster: "miRnaCluster",
  CNCluster: "cnCluster",
  RPPACluster: "rppaCluster",
  OncosignCluster: "oncosignCluster",
  COCCluster: "cocCluster",
  histological_type: "histologicalType",
  neoplasm_histologic_grade: "neoplasmHistologicGrade",
  tumor_tissue_site: "tumorTissueSite",
  laterality: "laterality",
  tumor_location: "tumorLocation",
  gender: "gender",
  age_at_initial_pathologic: "ageAtInitialPathologic",
  race: "race",
  ethnicity: "ethnicity",
  death01: "death01",
};

/** The clinical table by patient (`TCGA_CS_4942`). @throws DataError that names row and column */
export function parseClinicalTable(text: string, file: string): Map<string, ClinicalRecord> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new DataError("openLgg", file, reason, cause === undefined ? {} : { cause });
  };
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    return fail(`must be CSV: ${(cause as Error).message}.`, cause);
  }
  const header = rows[0] ?? [];
  const expected = ["Patient", ...Object.keys(columns)];
  if (header.join() !== expected.join()) {
    fail(`must have the columns ${expected.join(", ")}; received ${header.join(", ") || "nothing"}.`);
  }
  const table = new Map<string, ClinicalRecord>();
  for (const [k, cells] of rows.slice(1).entries()) {
    const row = `row ${k + 2}`;
    if (cells.length !== expected.length) {
      fail(`must have ${expected.length} cells in each row; ${row} has ${cells.length}.`);
    }
    const patient = cells[0]!.trim();
    if (!/^TCGA_[A-Z0-9]{2}_[A-Z0-9]+$/.test(patient)) {
      fail(`must have a patient like TCGA_CS_4942 in each row; ${row} has ${JSON.stringify(patient)}.`);
    }
    if (table.has(patient)) fail(`must have one row a patient; ${row} repeats ${patient}.`);
    const record: Partial<ClinicalRecord> = {};
    for (const [c, [column, key]] of Object.entries(columns).entries()) {
      const cell = cells[c + 1]!.trim();
      const value = cell === "" || cell === "NA" ? null : Number(cell);
      if (value !== null && !/^-?\d+(\.\d+)?$/.test(cell)) {
        fail(`must have numbers, NA or empty cells; ${row}, column ${column} has ${JSON.stringify(cell)}.`);
      }
      record[key] = value;
    }
    table.set(patient, record as ClinicalRecord);
  }
  return table;
}
