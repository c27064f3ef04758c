import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { CellResult } from "./compute.js";
import { computeCell } from "./compute.js";
import type { PreparedPatient } from "./data/prepare.js";
import { preparePatients } from "./data/prepare.js";
import type { ProgressDisplay } from "./progress.js";
import { jsonText, lockStudy, writeWhole } from "./store.js";
import type { Study } from "./study.js";
import { cellFolder, readResult } from "./study.js";

/**
 * Computes the cells of a study that are not finished yet.
 *
 * Stopped at any moment, it goes on from the last finished cell and, inside a training, from the last finished epoch.
 * @throws the signal's reason when it is aborted; whatever a cell throws, with the cell's label in front
 */
export async function runStudy(study: Study, progress: ProgressDisplay, signal: AbortSignal): Promise<void> {
  await mkdir(join(study.folder, "cells"), { recursive: true });
  const release = await lockStudy(study.folder);
  try {
    await writeWhole(join(study.folder, "study.json"), jsonText(study.config));
    await writeWhole(join(study.folder, "split.json"), jsonText(study.folds));
    const finished = await Promise.all(study.cells.map((cell) => readResult(study, cell)));
    const missing = study.cells.filter((_cell, k) => finished[k] === undefined);
    if (missing.length < study.cells.length) {
      progress.note(`${study.cells.length - missing.length} of ${study.cells.length} cells are finished already`);
    }
    if (missing.length === 0) return;
    const patients = await prepare(study, progress, signal);
    for (const cell of missing) {
      progress.cellStarts(cell, study.cells.indexOf(cell) + 1, study.cells.length);
      const result = await computeCell(cell, {
        folder: cellFolder(study, cell),
        fold: study.folds[cell.fold]!,
        patients,
        signal,
        onProgress: (at) => progress.cellAt(at),
        note: (text) => progress.note(text),
      });
      progress.cellEnds(cell, meanDice(result));
    }
  } finally {
    await release();
  }
}

async function prepare(
  study: Study,
  progress: ProgressDisplay,
  signal: AbortSignal,
): Promise<Map<string, PreparedPatient>> {
  const patients = await preparePatients(study.dataset, study.config.preprocessing, {
    signal,
    onPatient: (done, total) => progress.preparing(done, total),
  });
  for (const { file, reason } of study.dataset.skipped) progress.note(`skipped ${file}: ${reason}`);
  return patients;
}

function meanDice({ patients }: CellResult): number | null {
  const scores = patients.map(({ metrics }) => metrics.dice).filter((score) => score !== null);
  return scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
