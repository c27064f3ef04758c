import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expectNumber, expectOptions, expectString } from "@ddl/core";
import type { TrainingCallback, TrainingProgress, TrainingStart } from "../callbacks.js";
import type { EpochRecord } from "../trainingState.js";
import type { TensorBoardEvent } from "./eventFile.js";
import { createEventEncoder } from "./eventFile.js";

/** Options of {@link tensorBoardLog}. */
export interface TensorBoardLogOptions {
  /** Updates of the weights between two entries of the batch's numbers, ≥ 1. Default 1. */
  everyUpdates?: number;
}

/** What waits in memory is written after this many milliseconds, and at the end of an epoch. */
const patience = 1_000;

/**
 * A callback that writes event files for TensorBoard: `tensorboard --logdir <folder>`.
 *
 * The horizontal axis is the number of updates of the weights. After an update come `batch/loss`, `batch/<metric>`, `batch/learningRate` and
 * `batch/gradientNorm`; after an epoch `epoch/loss`, `epoch/<training metric>`, `epoch/skipped` and `validation/<metric>`. Each call of `fit`
 * writes a file of its own; what earlier files of the folder say of the updates that are made again is left out by TensorBoard. One folder is
 * one curve: give each training another below the same parent to compare them.
 *
 * @param folder is made if it is not there
 * @throws ArgumentError, RangeArgumentError; `fit` ends with the system's error if it cannot be written
 * @example `await fit(model, data, { epochs, loss, callbacks: [tensorBoardLog("runs/dice")] })`
 */
export function tensorBoardLog(folder: string, options: TensorBoardLogOptions = {}): TrainingCallback {
  const { everyUpdates = 1 } = expectOptions("tensorBoardLog", options, ["everyUpdates"]);
  expectString("tensorBoardLog", "folder", folder);
  expectNumber("tensorBoardLog", "everyUpdates", everyUpdates, { integer: true, min: 1 });
  return new TensorBoardLog(folder, everyUpdates);
}

class TensorBoardLog implements TrainingCallback {
  readonly #folder: string;
  readonly #everyUpdates: number;
  #encode: ((event: TensorBoardEvent, seconds: number) => Uint8Array) | undefined;
  #file = "";
  #updates = 0;
  #waiting: Uint8Array[] = [];
  #writtenAt = 0;

  constructor(folder: string, everyUpdates: number) {
    this.#folder = folder;
    this.#everyUpdates = everyUpdates;
  }

  async onTrainingStart({ updates }: TrainingStart): Promise<void> {
    this.#encode = await createEventEncoder();
    this.#updates = updates;
    await mkdir(this.#folder, { recursive: true });
    this.#file = await createEventFile(this.#folder);
    this.#add({ kind: "version" });
    this.#add({ kind: "start", step: updates + 1 });
    await this.#write();
  }

  async onStep(progress: TrainingProgress): Promise<void> {
    // Of several batches that make one update, the last one tells.
    if (progress.updates === this.#updates) return;
    this.#updates = progress.updates;
    if (this.#updates % this.#everyUpdates !== 0) return;
    const { loss, metrics, learningRate, gradientNorm } = progress;
    const scalars = { loss, ...metrics, learningRate, ...(gradientNorm === undefined ? {} : { gradientNorm }) };
    this.#add({ kind: "scalars", step: this.#updates, scalars: withPrefix("batch/", scalars) });
    if (performance.now() - this.#writtenAt > patience) await this.#write();
  }

  async onEpochEnd({ loss, metrics, trainingMetrics, skipped }: EpochRecord): Promise<void> {
    const training = withPrefix("epoch/", { loss, ...trainingMetrics, skipped });
    const scalars = { ...training, ...withPrefix("validation/", metrics) };
    this.#add({ kind: "scalars", step: this.#updates, scalars });
    await this.#write();
  }

  async onTrainingEnd(): Promise<void> {
    await this.#write();
  }

  async onTrainingFailed(): Promise<void> {
    if (this.#file !== "") await this.#write();
  }

  #add(event: TensorBoardEvent): void {
    this.#waiting.push(this.#encode!(event, Date.now() / 1000));
  }

  async #write(): Promise<void> {
    const records = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#writtenAt = performance.now();
    await appendFile(this.#file, records);
  }
}

/** An empty file of a name that TensorBoard looks for, and reads in the order of its time. */
async function createEventFile(folder: string): Promise<string> {
  const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, "0");
  const host = hostname().replace(/[^\w-]/g, "_");
  for (let number = 0; ; number++) {
    const file = join(folder, `events.out.tfevents.${seconds}.${host}.${process.pid}.${number}`);
    try {
      await writeFile(file, "", { flag: "wx" });
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function withPrefix(prefix: string, scalars: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(scalars).map(([name, value]) => [prefix + name, value]));
}
