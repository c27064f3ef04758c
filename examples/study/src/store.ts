import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, StateError } from "@ddl/core";
import writeFileAtomic from "write-file-atomic";

/** Files of a cell's folder. `result.json` is written last and marks the cell as finished. */
export const cellFiles = {
  config: "config.json",
  epochs: "epochs.json",
  checkpoint: "checkpoint.safetensors",
  predictions: "predictions",
  result: "result.json",
} as const;

/** Writes a file so that a reader sees the old content or the new one, whatever happens meanwhile. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await writeFileAtomic(
    file,
    typeof content === "string" ? content : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
  );
}

/** JSON for people: indented, with a line break at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Reads a file, or gives `undefined` if there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Reads a JSON file, or gives `undefined` if there is none. @throws DataError for a damaged one */
export async function readJsonIfThere<T>(file: string): Promise<T | undefined> {
  const bytes = await readIfThere(file);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as T;
  } catch (cause) {
    throw new DataError("ddl-study", file, "is damaged: it is not JSON. Delete it, and the study computes it again.", {
      cause,
    });
  }
}

/** Makes a cell's folder and removes what an interrupted write left in it. */
export async function openCellFolder(folder: string): Promise<void> {
  await mkdir(join(folder, cellFiles.predictions), { recursive: true });
  const known = new Set<string>(Object.values(cellFiles));
  for (const file of await readdir(folder)) if (!known.has(file)) await rm(join(folder, file), { recursive: true });
}

/**
 * Takes a study's folder for this process; the function it returns gives it back.
 *
 * The lock names its process: one left behind by a killed run is taken over.
 * @throws StateError if a running process holds it
 */
export async function lockStudy(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, "study.lock");
  for (;;) {
    try {
      // Fails if the file is there: of two runs that start together one wins.
      await writeFile(file, `${process.pid}\n`, { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number((await readIfThere(file))?.toString("utf8") ?? Number.NaN);
    if (Number.isSafeInteger(holder) && holder > 0 && holder !== process.pid && isRunning(holder)) {
      throw new StateError(
        `ddl-study: ${folder} is being worked on by process ${holder}. Wait for it, stop it, or give another folder with --out. ` +
          `If that process is no study, delete ${file}.`,
      );
    }
    await rm(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
