import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "@ddl/core";
import writeFileAtomic from "write-file-atomic";
import type { TrainingPosition } from "../trainingState.js";

/** The list of checkpoints, for people and programs. */
export const listFile = "checkpoints.json";

const pattern = /^checkpoint-(\d{5,})-(\d{7,})\.safetensors$/;

/** Of a process that was killed while it wrote. */
const leftOver = /^(checkpoint-\d+-\d+\.safetensors|checkpoints\.json)\.\d+$/;

/** `checkpoint-00003-0000120.safetensors`: 3 epochs and 120 batches are done. */
export function checkpointName({ epoch, step }: TrainingPosition): string {
  return `checkpoint-${String(epoch).padStart(5, "0")}-${String(step).padStart(7, "0")}.safetensors`;
}

/** Names of the checkpoints in a folder, the newest last. */
export async function checkpointNames(folder: string): Promise<string[]> {
  const positionOf = (name: string): [number, number] => {
    const [, epoch, step] = pattern.exec(name)!;
    return [Number(epoch), Number(step)];
  };
  return (await readdir(folder))
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, position: positionOf(name) }))
    .sort(({ position: a }, { position: b }) => a[0] - b[0] || a[1] - b[1])
    .map(({ name }) => name);
}

/** Removes what a killed process left half-written. */
export async function removeLeftOvers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (leftOver.test(name)) await rm(join(folder, name), { force: true });
}

/**
 * Writes a file so that a reader sees the old content or the new one, whatever happens meanwhile.
 * @throws DataError if the system took less than all; the system's error
 */
export async function writeWhole(folder: string, name: string, content: Uint8Array): Promise<void> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  await writeFileAtomic(join(folder, name), bytes);
  // A full disk may take a part without an error.
  const { size } = await stat(join(folder, name));
  if (size === bytes.length) return;
  const reason = `must have ${bytes.length} bytes after it was written; it has ${size}. Is the disk full?`;
  throw new DataError("checkpoints", name, reason);
}

/** Reads a file, or gives undefined if there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
