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

/**
 * A callback that writes event files for TensorBoard: `tensorboard --logdir <folder>`.
 *
 * In `<folder>/batches`, along the updates of the weights: `batch/loss`, `batch/<metric>`, `batch/learningRate` and `batch/gradientNorm`; in
 * `<folder>/epochs`, along the epochs from 1: `epoch/loss`, `epoch/<training metric>`, `epoch/skipped` and `validation/<metric>`. Each call of
 * `fit` writes files of its own; what earlier files of the folder say of updates and epochs that are made again is left out by TensorBoard.
 * Give each training another folder below the same parent to compare them.
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
  // Two runs for TensorBoard: what holds no longer after a resume is told by one number a folder, and it counts updates here, epochs there.
  readonly #batches: EventFile;
  readonly #epochs: EventFile;
  readonly #everyUpdates: number;
  #updates = 0;

  constructor(folder: string, everyUpdates: number) {
    this.#batches = new EventFile(join(folder, "batches"));
    this.#epochs = new EventFile(join(folder, "epochs"));
    this.#everyUpdates = everyUpdates;
  }

  async onTrainingStart({ epoch, updates }: TrainingStart): Promise<void> {
    this.#updates = updates;
    await this.#batches.open(updates + 1);
    await this.#epochs.open(epoch + 1);
  }

  async onStep(progress: TrainingProgress): Promise<void> {
    // Of several batches that make one update, the last one tells.
    if (progress.updates === this.#updates) return;
    this.#updates = progress.updates;
    if (this.#updates % this.#everyUpdates !== 0) return;
    const { loss, metrics, learningRate, gradientNorm } = progress;
    const scalars = { loss, ...metrics, learningRate, ...(gradientNorm === undefined ? {} : { gradientNorm }) };
    await this.#batches.add(this.#updates, withPrefix("batch/", scalars));
  }

  async onEpochEnd({ epoch, loss, metrics, trainingMetrics, skipped }: EpochRecord): Promise<void> {
    const training = withPrefix("epoch/", { loss, ...trainingMetrics, skipped });
    await this.#epochs.add(epoch + 1, { ...training, ...withPrefix("validation/", metrics) });
  }
}

/** Event files of one folder, one for each time it is opened. */
class EventFile {
  readonly #folder: string;
  #encode: ((event: TensorBoardEvent, seconds: number) => Uint8Array) | undefined;
  #file = "";

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Begins a file whose first entry will be of this step. */
  async open(step: number): Promise<void> {
    this.#encode = await createEventEncoder();
    await mkdir(this.#folder, { recursive: true });
    this.#file = await createEventFile(this.#folder);
    const seconds = Date.now() / 1000;
    const records = [this.#encode({ kind: "version" }, seconds), this.#encode({ kind: "start", step }, seconds)];
    await appendFile(this.#file, Buffer.concat(records));
  }

  /** Writes at once: a checkpoint comes after, and what it has behind it is not told again. */
  async add(step: number, scalars: Readonly<Record<string, number>>): Promise<void> {
    await appendFile(this.#file, this.#encode!({ kind: "scalars", step, scalars }, Date.now() / 1000));
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
