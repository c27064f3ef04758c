import { join } from "node:path";
import type { SegmentationDataset } from "@ddl/datasets";
import type { Cell } from "./cells.js";
import { enumerateCells } from "./cells.js";
import { codeVersion } from "./codeVersion.js";
import type { CellResult } from "./compute.js";
import type { StudyConfig } from "./config/schema.js";
import { openDataset } from "./data/dataset.js";
import type { Fold } from "./data/split.js";
import { makeFolds } from "./data/split.js";
import { cellFiles, readJsonIfThere } from "./store.js";

/** A study with its data opened and its work listed. */
export interface Study {
  config: StudyConfig;
  /** The folder of all that the study writes. */
  folder: string;
  dataset: SegmentationDataset;
  folds: Fold[];
  cells: Cell[];
  /** Hash of the code that computes cells. */
  code: string;
  /** Fingerprint of the data. */
  data: string;
}

/** Opens the data, draws the split and lists the cells; computes nothing. */
export async function openStudy(config: StudyConfig, folder: string): Promise<Study> {
  const [dataset, code] = await Promise.all([openDataset(config.dataset), codeVersion()]);
  const data = await dataset.fingerprint();
  const folds = makeFolds(dataset.patients, config.split);
  const cells = enumerateCells(config, { data, code });
  return { config, folder, dataset, folds, cells, code, data };
}

/** Folder of a cell. */
export function cellFolder(study: Study, cell: Cell): string {
  return join(study.folder, "cells", cell.folder);
}

/** The result of a finished cell, or `undefined`. */
export async function readResult(study: Study, cell: Cell): Promise<CellResult | undefined> {
  return readJsonIfThere<CellResult>(join(cellFolder(study, cell), cellFiles.result));
}
