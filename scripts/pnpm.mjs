// The pinned pnpm, as the root package.json names it.
import { readFileSync } from "node:fs";

const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Its version. */
export const pnpmVersion = packageManager.slice("pnpm@".length);
/** Where the bootstrap puts it, below the root. */
export const pnpmFolder = `.cache/pnpm-${pnpmVersion}`;
