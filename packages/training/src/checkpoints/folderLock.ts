import { readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { StateError } from "@ddl/core";

interface Holder {
  host: string;
  pid: number;
  /** Milliseconds of a monotonic clock at the start of the process: a number of a process is used again, in a container each time. */
  startedAt: number;
}

/**
 * Takes a folder for this process.
 *
 * Each process has a lock file of its own name, and looks for others after it has written it: of two that come together at least one sees
 * the other, and no lock is ever taken away from one that lives. What a killed process left behind is removed.
 *
 * @returns gives the folder back
 * @throws StateError if a process that runs, or one of another host, holds it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const own: Holder = {
    host: hostname().replace(/[^\w.]/g, "_"),
    pid: process.pid,
    startedAt: Math.round(Number(process.hrtime.bigint()) / 1e6 - process.uptime() * 1e3),
  };
  const file = fileOf(own);
  const unlock = (): Promise<void> => rm(join(folder, file), { force: true });
  try {
    await writeFile(join(folder, file), "", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw inUse(folder, own);
    throw error;
  }
  try {
    for (const name of await readdir(folder)) {
      const holder = name === file ? undefined : holderOf(name);
      if (holder === undefined) continue;
      if (isAlive(holder, own)) throw inUse(folder, holder);
      await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    await unlock();
    throw error;
  }
  return unlock;
}

function fileOf({ host, pid, startedAt }: Holder): string {
  return `training-${host}-${pid}-${startedAt}.lock`;
}

function holderOf(file: string): Holder | undefined {
  const [, host, pid, startedAt] = /^training-([\w.]+)-(\d+)-(\d+)\.lock$/.exec(file) ?? [];
  return host === undefined ? undefined : { host, pid: Number(pid), startedAt: Number(startedAt) };
}

/** Whether a lock still holds; of another host that cannot be told. */
function isAlive(holder: Holder, own: Holder): boolean {
  if (holder.host !== own.host) return true;
  // The clock is read in two calls: another thread of this process may be a millisecond off.
  if (holder.pid === own.pid) return Math.abs(holder.startedAt - own.startedAt) < 10;
  try {
    process.kill(holder.pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function inUse(folder: string, holder: Holder): StateError {
  return new StateError(
    `checkpoints: ${folder} is in use by process ${holder.pid} of ${holder.host}. Wait for it, stop it, or give another folder. ` +
      `If that process is no training, delete ${fileOf(holder)} there.`,
  );
}
