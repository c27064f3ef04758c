import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { expectString } from "@ddl/core";
import { stringify } from "csv-stringify/sync";
import writeFileAtomic from "write-file-atomic";
import type { TrainingCallback, TrainingStart } from "../callbacks.js";
import type { EpochRecord } from "../trainingState.js";

/**
 * A callback that keeps a CSV file with one row an epoch: `epoch` from 1, `loss`, `learningRate`, `skipped`, `training.<metric>` and
 * `validation.<metric>`.
 *
 * When a training goes on, the file is written anew from the history of its state: it has each epoch once, whatever stopped the training,
 * and in the end the bytes of an undisturbed one. A new training replaces the file. A metric that comes later adds a column.
 *
 * @param file its folder is made if it is not there
 * @throws ArgumentError; `fit` ends with the system's error if it cannot be written
 * @example `await fit(model, data, { epochs, loss, callbacks: [csvLog("runs/dice/epochs.csv")] })`
 */
export function csvLog(file: string): TrainingCallback {
  expectString("csvLog", "file", file);
  let columns: string[] = [];
  let rows: Row[] = [];
  const rewrite = async (): Promise<void> => {
    columns = [...new Set(["epoch", "loss", "learningRate", "skipped", ...rows.flatMap(Object.keys)])];
    await writeFileAtomic(file, stringify(rows, { header: true, columns }));
  };
  return {
    async onTrainingStart({ history }: TrainingStart) {
      rows = history.map(toRow);
      await mkdir(dirname(file), { recursive: true });
      await rewrite();
    },
    async onEpochEnd(record: EpochRecord) {
      const row = toRow(record);
      rows.push(row);
      if (Object.keys(row).every((column) => columns.includes(column))) {
        await appendFile(file, stringify([row], { columns }));
      } else {
        await rewrite();
      }
    },
  };
}

type Row = Record<string, number>;

function toRow({ epoch, loss, learningRate, skipped, trainingMetrics, metrics }: EpochRecord): Row {
  const named = [
    ...Object.entries(trainingMetrics).map(([name, value]) => [`training.${name}`, value] as const),
    ...Object.entries(metrics).map(([name, value]) => [`validation.${name}`, value] as const),
  ];
  return { epoch: epoch + 1, loss, learningRate, skipped, ...Object.fromEntries(named) };
}
