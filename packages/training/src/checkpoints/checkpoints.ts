import { appendFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, DataError, expectNumber, expectOptions, expectString, isDdlError, StateError } from "@ddl/core";
import type { CheckpointStore, NonFiniteBatch, TakeState, TrainingProgress, TrainingStart } from "../callbacks.js";
import { decodeCheckpoint, encodeCheckpoint } from "../checkpoint.js";
import type { EpochRecord, TrainingState } from "../trainingState.js";
import {
  checkpointName,
  checkpointNames,
  listFile,
  readIfThere,
  removeLeftOvers,
  writeWhole,
} from "./checkpointFiles.js";
import { differences } from "./differences.js";
import { lockFolder } from "./folderLock.js";

/** Options of {@link checkpoints}. */
export interface CheckpointOptions {
  /** How many of the newest checkpoints are kept, ≥ 1. Default 3. */
  keepLast?: number;
  /** How many of those at the ends of the best epochs are kept beside, by the metric that `fit` monitors, ≥ 0. Default 1. */
  keepBest?: number;
  /** Epochs between two checkpoints, ≥ 1; the last epoch always has one. Default 1. */
  everyEpochs?: number;
  /** Batches between two checkpoints inside an epoch, ≥ 1. Default: none inside an epoch. */
  everySteps?: number;
  /**
   * What a training depends on beside the options of `fit`: data, preprocessing, the model's options; plain JSON. A checkpoint with another
   * one is refused. Default: nothing.
   */
  configuration?: object;
  /** Told of each checkpoint that cannot be used because it is damaged; see also {@link CheckpointFolder.damaged}. */
  onDamaged?: (damaged: DamagedCheckpoint) => void;
}

/** A checkpoint that could not be used. */
export interface DamagedCheckpoint {
  /** Its path. */
  file: string;
  /** What is wrong with it. */
  reason: string;
}

/** A checkpoint in the list of a folder. */
export interface CheckpointEntry {
  /** Its name in the folder. */
  file: string;
  /** Epochs done. */
  epoch: number;
  /** Batches done of the next one. */
  step: number;
  /** Updates of the weights. */
  updates: number;
  /** The monitored metric of the epoch that has just ended; null inside an epoch, or if none is monitored. */
  score: number | null;
}

/** Checkpoints of a training in a folder. */
export interface CheckpointFolder extends CheckpointStore {
  readonly folder: string;
  /** The checkpoints that the last call of `latest` found damaged and passed over, the newest first. */
  readonly damaged: readonly DamagedCheckpoint[];
  /** The kept checkpoints, the oldest first. */
  list(): Promise<CheckpointEntry[]>;
  /**
   * Reads one of the list.
   * @throws DataError if it is damaged or not there
   */
  read(file: string): Promise<TrainingState>;
  /** Gives the folder back to other processes, if `latest` was called without `fit`, which does it at its end. */
  close(): Promise<void>;
}

/**
 * Keeps the checkpoints of a training in a folder: for `fit`'s option `checkpoint`, which goes on from the newest one.
 *
 * A checkpoint is a safetensors file with all that a training needs, checked by a checksum; `checkpoints.json` lists them, with the history.
 * Each file is written beside its place and renamed, before an older one is deleted: a process that is killed at any moment loses what came
 * after its last checkpoint, and the training goes on from there to the same weights. A newest checkpoint that is damaged is passed over,
 * told by `onDamaged` and `damaged`, and deleted when the next one is written. When the signal of `fit` stops the training, or a batch that
 * is not finite does, a last checkpoint is written; such batches are listed in `not-finite.jsonl`, with the ids of their samples.
 *
 * @param folder is made if it is not there; one training has it at a time, and only its own files in it are touched
 * @throws ArgumentError, RangeArgumentError. `fit` throws: StateError if a running process has the folder, or the checkpoints are of another
 *   configuration, naming what differs; DataError if all checkpoints are damaged, or one is not written whole; the system's errors
 * @example
 * ```ts
 * const store = checkpoints("runs/dice", { everySteps: 200, configuration: { size: 256, folds } });
 * await fit(model, data, { epochs: 100, loss, checkpoint: store });
 * ```
 */
export function checkpoints(folder: string, options: CheckpointOptions = {}): CheckpointFolder {
  expectString("checkpoints", "folder", folder);
  const known = ["keepLast", "keepBest", "everyEpochs", "everySteps", "configuration", "onDamaged"] as const;
  const {
    keepLast = 3,
    keepBest = 1,
    everyEpochs = 1,
    everySteps = Number.POSITIVE_INFINITY,
    configuration = {},
    onDamaged = () => {},
  } = expectOptions("checkpoints", options, known);
  expectNumber("checkpoints", "keepLast", keepLast, { integer: true, min: 1 });
  expectNumber("checkpoints", "keepBest", keepBest, { integer: true, min: 0 });
  expectNumber("checkpoints", "everyEpochs", everyEpochs, { integer: true, min: 1 });
  if (options.everySteps !== undefined) {
    expectNumber("checkpoints", "everySteps", everySteps, { integer: true, min: 1 });
  }
  const refuse = (argument: string, expected: string, received: unknown): never => {
    throw new ArgumentError({ functionName: "checkpoints", argument, expected, received });
  };
  if (configuration === null || typeof configuration !== "object" || Array.isArray(configuration)) {
    refuse("configuration", "be an object of plain JSON", configuration);
  }
  if (typeof onDamaged !== "function") refuse("onDamaged", "be a function", onDamaged);
  // As it comes back from a file.
  const plain = JSON.parse(JSON.stringify(configuration)) as object;
  return new Folder(folder, { keepLast, keepBest, everyEpochs, everySteps, configuration: plain, onDamaged });
}

/** What is kept with a state. */
interface StoredState extends TrainingState {
  /** The option `configuration`. */
  project?: object;
}

interface Monitor {
  metric: string;
  mode: "max" | "min";
}

class Folder implements CheckpointFolder {
  readonly folder: string;
  readonly #options: Required<CheckpointOptions>;
  #damaged: DamagedCheckpoint[] = [];
  #unlock: (() => Promise<void>) | undefined;
  #entries: CheckpointEntry[] = [];
  #epochs = 0;

  constructor(folder: string, options: Required<CheckpointOptions>) {
    this.folder = folder;
    this.#options = options;
  }

  get damaged(): readonly DamagedCheckpoint[] {
    return this.#damaged;
  }

  async latest(): Promise<TrainingState | undefined> {
    await mkdir(this.folder, { recursive: true });
    this.#unlock = await lockFolder(this.folder);
    try {
      await removeLeftOvers(this.folder);
      const state = await this.#newestWhole();
      if (state !== undefined) this.#expectSameConfiguration(state);
      return state;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async list(): Promise<CheckpointEntry[]> {
    const listed = await this.#readList();
    const entries: CheckpointEntry[] = [];
    for (const file of await checkpointNames(this.folder)) {
      const entry = listed.find((one) => one.file === file);
      // Not listed is what was written just before the process was killed; a damaged one is none.
      if (entry !== undefined) entries.push(entry);
      else await this.read(file).then((state) => entries.push(entryOf(file, state)), ignoreDamage);
    }
    return entries;
  }

  async read(file: string): Promise<TrainingState> {
    const bytes = await readIfThere(join(this.folder, file));
    if (bytes === undefined) throw new DataError("checkpoints", join(this.folder, file), "must be there.");
    return await decodeCheckpoint(bytes, join(this.folder, file));
  }

  async close(): Promise<void> {
    await this.#unlock?.();
    this.#unlock = undefined;
  }

  onTrainingStart({ epochs }: TrainingStart): void {
    if (this.#unlock === undefined) {
      throw new StateError("checkpoints: give the folder to fit as checkpoint, not as one of callbacks.");
    }
    this.#epochs = epochs;
  }

  async onStep({ step }: TrainingProgress, take: TakeState): Promise<void> {
    if (step % this.#options.everySteps === 0) await this.#save(take);
  }

  async onEpochEnd({ epoch }: EpochRecord, take: TakeState): Promise<void> {
    const done = epoch + 1;
    if (done % this.#options.everyEpochs === 0 || done === this.#epochs) await this.#save(take);
  }

  async onNonFinite({ batch, ...event }: NonFiniteBatch, take: TakeState): Promise<void> {
    // JSON has no NaN.
    const line = JSON.stringify({ ...event, value: String(event.value), ids: batch.ids });
    await appendFile(join(this.folder, "not-finite.jsonl"), `${line}\n`);
    if (event.action === "stop") await this.#save(take);
  }

  async onTrainingEnd(): Promise<void> {
    await this.close();
  }

  async onTrainingFailed(_reason: unknown, take: TakeState | undefined): Promise<void> {
    if (this.#unlock === undefined) return;
    try {
      if (take !== undefined) await this.#save(take);
    } finally {
      await this.close();
    }
  }

  /** Writes a checkpoint, lists it, and only then deletes older ones. */
  async #save(take: TakeState): Promise<void> {
    const state: StoredState = { ...(await take()), project: this.#options.configuration };
    const file = checkpointName(state.position);
    await writeWhole(this.folder, file, await encodeCheckpoint(state));
    const entries = [...this.#entries.filter((entry) => entry.file !== file), entryOf(file, state)];
    this.#entries = this.#kept(entries, monitorOf(state)?.mode);
    const list = JSON.stringify({ checkpoints: this.#entries, history: state.history }, null, 2);
    await writeWhole(this.folder, listFile, new TextEncoder().encode(`${list}\n`));
    const kept = new Set(this.#entries.map((entry) => entry.file));
    for (const name of await checkpointNames(this.folder)) {
      if (!kept.has(name)) await rm(join(this.folder, name), { force: true });
    }
  }

  /** The last ones and the best ones, the oldest first. */
  #kept(entries: readonly CheckpointEntry[], mode: "max" | "min" | undefined): CheckpointEntry[] {
    const { keepLast, keepBest } = this.#options;
    const sign = mode === "max" ? -1 : 1;
    // Of equals the first, as `fit` has it.
    const ranked = entries.filter(({ score }) => score !== null).sort((a, b) => sign * (a.score! - b.score!));
    const kept = new Set([...entries.slice(-keepLast), ...ranked.slice(0, keepBest)]);
    return entries.filter((entry) => kept.has(entry));
  }

  /** The newest checkpoint that is not damaged; those that are, are told. */
  async #newestWhole(): Promise<StoredState | undefined> {
    this.#damaged = [];
    this.#entries = await this.list();
    const names = await checkpointNames(this.folder);
    for (const name of [...names].reverse()) {
      try {
        return await this.read(name);
      } catch (error) {
        if (!isDdlError(error)) throw error;
        const damaged = { file: join(this.folder, name), reason: error.message };
        this.#damaged.push(damaged);
        this.#entries = this.#entries.filter(({ file }) => file !== name);
        this.#options.onDamaged(damaged);
      }
    }
    if (names.length === 0) return undefined;
    const reason = `must hold a checkpoint that is not damaged; all ${names.length} are. To begin anew, delete them.`;
    throw new DataError("checkpoints", this.folder, reason);
  }

  #expectSameConfiguration({ project = {} }: StoredState): void {
    const differ = differences(project, this.#options.configuration);
    if (differ.length === 0) return;
    const shown = differ.length > 5 ? [...differ.slice(0, 5), `and ${differ.length - 5} more`] : differ;
    throw new StateError(
      `checkpoints: ${this.folder} must be of a training with the same configuration; it differs in ${shown.join("; ")}.`,
    );
  }

  /** What the list says; nothing if it is missing or damaged, since the checkpoints tell it too. */
  async #readList(): Promise<CheckpointEntry[]> {
    const bytes = await readIfThere(join(this.folder, listFile));
    try {
      return (JSON.parse(bytes?.toString("utf8") ?? "{}") as { checkpoints?: CheckpointEntry[] }).checkpoints ?? [];
    } catch {
      return [];
    }
  }
}

function ignoreDamage(error: unknown): void {
  if (!isDdlError(error)) throw error;
}

function entryOf(file: string, state: TrainingState): CheckpointEntry {
  const { position, updates, history } = state;
  const last = position.step === 0 ? history.at(-1) : undefined;
  const monitor = monitorOf(state);
  const score =
    monitor && last && (last.metrics[monitor.metric] ?? (monitor.metric === "loss" ? last.loss : undefined));
  return { file, ...position, updates, score: score ?? null };
}

/** The option `monitor` of `fit`. */
function monitorOf({ configuration }: TrainingState): Monitor | undefined {
  const monitor: unknown = JSON.parse(configuration["monitor"] ?? '"none"');
  return monitor === "none" ? undefined : (monitor as Monitor);
}
