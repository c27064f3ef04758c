import { join } from "node:path";
import type { EpochRecord } from "@ddl/training";
import { stringify } from "csv-stringify/sync";
import { cellFiles, jsonText, readJsonIfThere, writeWhole } from "../store.js";
import type { Study } from "../study.js";
import { cellFolder } from "../study.js";
import type { FinishedCell } from "./collect.js";
import { finishedCells, patientScores, summarizeMethods } from "./collect.js";
import { compareScores } from "./comparisons.js";
import { datasetNotes } from "./notes.js";
import { methodOverlays } from "./overlays.js";
import { renderPage } from "./page.js";
import type { CurvePoint } from "./plots.js";
import { boxPlot, learningCurves, seriesColors } from "./plots.js";
import { provenance } from "./provenance.js";

/** The files of a report. */
export interface ReportFiles {
  html: string;
  csv: string;
  json: string;
  /** How many cells it shows. */
  finished: number;
}

/** Writes `report.html`, `results.csv` and `results.json` from the cells that are finished. */
export async function writeReport(study: Study): Promise<ReportFiles> {
  const { config, folder } = study;
  const finished = await finishedCells(study);
  const scores = patientScores(finished, config.metrics);
  const summaries = summarizeMethods(scores, config.metrics);
  const comparison = compareScores(scores, config.metrics[0]!);
  const labels = summaries.map(({ label }) => label);
  const curves = await learningPoints(study, finished);
  const made = await provenance(study);
  const page = renderPage({
    title: config.title || config.name,
    lead: lead(study, finished.length),
    metrics: config.metrics,
    summaries,
    comparison,
    colors: seriesColors(labels),
    boxPlots: finished.length === 0 ? [] : config.metrics.map((metric) => boxPlot(scores, metric, labels)),
    curves: [
      ...(curves.loss.length === 0
        ? []
        : [{ title: "Training loss over epochs", svg: learningCurves(curves.loss, labels) }]),
      ...(curves.dice.length === 0
        ? []
        : [{ title: "Validation Dice over epochs", svg: learningCurves(curves.dice, labels) }]),
    ],
    overlays: await Promise.all(
      labels.map(async (label) => ({
        label,
        facts: facts(finished.filter(({ cell }) => cell.label === label)),
        pictures: await methodOverlays(
          study,
          scores.filter((score) => score.label === label),
        ),
      })),
    ),
    notes: datasetNotes(study),
    provenance: [
      { title: "Versions", json: jsonText(made) },
      { title: "Configuration", json: jsonText(config) },
      { title: "Split by patient", json: jsonText(study.folds) },
    ],
  });
  const files = {
    html: join(folder, "report.html"),
    csv: join(folder, "results.csv"),
    json: join(folder, "results.json"),
  };
  await writeWhole(files.html, page);
  await writeWhole(files.csv, csvText(study, finished));
  const cells = finished.map(({ cell, result }) => ({ label: cell.label, ...result }));
  await writeWhole(
    files.json,
    jsonText({ provenance: made, config, folds: study.folds, summaries, comparison, cells }),
  );
  return { ...files, finished: finished.length };
}

function lead({ config, dataset, folds, cells }: Study, finished: number): string[] {
  const [fold] = folds;
  const split =
    folds.length === 1
      ? `${fold!.train.length} patients for training, ${fold!.validation.length} for validation, ${fold!.test.length} for testing`
      : `${folds.length}-fold cross-validation by patient`;
  const slices = dataset.patients.reduce((sum, patient) => sum + patient.sliceCount, 0);
  return [
    `${dataset.patients.length} patients, ${slices} slices of the ${dataset.name} set; ${split}. Scores are of test patients, a volume each.`,
    `Methods see ${config.preprocessing.size} × ${config.preprocessing.size} pixels a slice; predictions are scored on the original grid.`,
    ...(finished === cells.length ? [] : [`Not finished: ${finished} of ${cells.length} cells.`]),
  ];
}

/** What the cells of one method learnt; the first fold and seed stand for all. */
function facts(cells: readonly FinishedCell[]): string {
  const entries = Object.entries(cells[0]?.result.facts ?? {});
  const text = entries.map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `${words} ${typeof value === "number" && !Number.isInteger(value) ? value.toFixed(3) : value}`;
  });
  return text.join(", ") + (cells.length > 1 ? ` (first of ${cells.length} cells)` : "");
}

async function learningPoints(
  study: Study,
  finished: readonly FinishedCell[],
): Promise<{ loss: CurvePoint[]; dice: CurvePoint[] }> {
  const loss: CurvePoint[] = [];
  const dice: CurvePoint[] = [];
  for (const { cell } of finished) {
    // With several seeds or folds the first one is drawn: the table holds the rest.
    if (finished.find((other) => other.cell.label === cell.label)?.cell !== cell) continue;
    const history = await readJsonIfThere<EpochRecord[]>(join(cellFolder(study, cell), cellFiles.epochs));
    for (const record of history ?? []) {
      const point = { label: cell.label, epoch: record.epoch + 1 };
      loss.push({ ...point, value: record.loss });
      const score = record.metrics["dice"];
      if (score !== undefined) dice.push({ ...point, value: score });
    }
  }
  return { loss, dice };
}

function csvText({ config }: Study, finished: readonly FinishedCell[]): string {
  const rows = finished.flatMap(({ cell, result }) =>
    result.patients.map((patient) => ({
      method: cell.label,
      loss: result.loss ?? "",
      seed: result.seed ?? "",
      fold: result.fold + 1,
      patient: patient.patient,
      institution: patient.institution,
      slices: patient.slices,
      lesion_voxels: patient.lesionVoxels,
      ...Object.fromEntries(config.metrics.map((name) => [name, patient.metrics[name] ?? ""])),
    })),
  );
  const columns = [
    "method",
    "loss",
    "seed",
    "fold",
    "patient",
    "institution",
    "slices",
    "lesion_voxels",
    ...config.metrics,
  ];
  return stringify(rows, { header: true, columns });
}
