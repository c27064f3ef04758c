/** The code that computes a cell: everything a result depends on is reached from here. */
import { join } from "node:path";
import type { Cell } from "./cells.js";
import type { MethodConfig } from "./config/schema.js";
import { onOriginalGrid, type PreparedPatient } from "./data/prepare.js";
import type { Fold } from "./data/split.js";
import { evaluatePatient } from "./evaluate.js";
import type { LossName } from "./losses.js";
import { fitChanVese, fitMorphologicalChanVese, fitThresholdMethod } from "./methods/classical.js";
import type { CellProgress, FitMethod } from "./methods/method.js";
import { fitNetwork } from "./methods/network.js";
import type { MetricName } from "./metrics.js";
import { encodePrediction } from "./predictions.js";
import { cellFiles, jsonText, openCellFolder, writeWhole } from "./store.js";

/** The scores of one test patient; `null` stands for an undefined value. */
export interface PatientResult {
  patient: string;
  institution: string;
  slices: number;
  lesionVoxels: number;
  metrics: Record<MetricName, number | null>;
}

/** What a finished cell leaves in `result.json`: the same bytes in every run. */
export interface CellResult {
  key: string;
  method: MethodConfig;
  loss: LossName | null;
  seed: number | null;
  fold: number;
  facts: Record<string, number | string>;
  patients: PatientResult[];
}

const methods: Record<MethodConfig["name"], FitMethod> = {
  threshold: fitThresholdMethod,
  "chan-vese": fitChanVese,
  "morphological-chan-vese": fitMorphologicalChanVese,
  unet: fitNetwork,
  "trans-res-unet": fitNetwork,
  "deformable-unet": fitNetwork,
};

/** What {@link computeCell} works with. */
export interface ComputeOptions {
  folder: string;
  fold: Fold;
  patients: ReadonlyMap<string, PreparedPatient>;
  signal: AbortSignal;
  onProgress: (progress: CellProgress) => void;
  note: (text: string) => void;
}

/** Fits, predicts and scores one cell, and writes its folder; `result.json` comes last. */
export async function computeCell(cell: Cell, options: ComputeOptions): Promise<CellResult> {
  const { folder, fold, patients, signal, onProgress, note } = options;
  await openCellFolder(folder);
  await writeWhole(join(folder, cellFiles.config), jsonText(cell));
  const list = (ids: readonly string[]): PreparedPatient[] => ids.map((id) => patients.get(id)!);
  const test = list(fold.test);
  const context = {
    cell,
    train: list(fold.train),
    validation: list(fold.validation),
    test,
    folder,
    signal,
    onProgress,
    note,
  };
  const fitted = await methods[cell.method.name](context);
  const results: PatientResult[] = [];
  try {
    for (const patient of test) {
      const prediction = onOriginalGrid(patient, await fitted.predict(patient));
      signal.throwIfAborted();
      await writeWhole(join(folder, cellFiles.predictions, `${patient.id}.png`), encodePrediction(prediction));
      const scores = evaluatePatient(patient.reference, prediction);
      results.push({
        patient: patient.id,
        institution: patient.institution,
        slices: prediction.shape[0]!,
        lesionVoxels: patient.reference.data.reduce((sum, value) => sum + value, 0),
        metrics: Object.fromEntries(
          Object.entries(scores).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
        ) as Record<MetricName, number | null>,
      });
    }
  } finally {
    fitted.dispose();
  }
  const { key, method, loss, seed } = cell;
  const result: CellResult = {
    key,
    method,
    loss,
    seed,
    fold: cell.fold,
    facts: fitted.facts,
    patients: results,
  };
  await writeWhole(join(folder, cellFiles.result), jsonText(result));
  return result;
}
