// Child processes of the repository's commands.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pnpmFolder } from "./pnpm.mjs";

/** Root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** This Node. */
export const node = process.execPath;

/** What children see: the pinned pnpm first (turbo looks for it), the workspace's tools next, and no tool that calls home. */
export const environment = {
  ...process.env,
  PATH: [
    join(root, pnpmFolder, "node_modules", ".bin"),
    join(root, "node_modules", ".bin"),
    process.env.PATH ?? process.env.Path ?? "",
  ].join(delimiter),
  DO_NOT_TRACK: "1",
  NO_UPDATE_NOTIFIER: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  npm_config_update_notifier: "false",
};

/**
 * Runs a program on the same terminal, in the repository's root unless told otherwise.
 * @returns its exit code; 128 + the signal's number if a signal ended it
 */
export function run(program, words, { env = environment, cwd = root } = {}) {
  // Ctrl-C reaches the child too, as it shares the terminal: wait for its own clean end.
  const wait = () => {};
  process.on("SIGINT", wait);
  const shell = process.platform === "win32" && program !== node;
  const child = spawn(program, words, { cwd, env, stdio: "inherit", shell });
  const forward = () => child.kill("SIGTERM");
  process.on("SIGTERM", forward);
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(new Error(`${program} cannot be started: ${cause.message}`)));
    child.on("close", (code, signal) => {
      process.off("SIGINT", wait).off("SIGTERM", forward);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}
