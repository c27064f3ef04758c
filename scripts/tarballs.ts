import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pnpmFolder } from "./pnpm.mjs";

/** Root of the repository. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** A published package of this repository. */
export interface Published {
  /** Folder name, as in `levelsets`. */
  name: string;
  manifest: {
    name: string;
    exports: Record<string, unknown>;
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
    peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  };
}

/** All published packages, by name. */
export async function publishedPackages(): Promise<Published[]> {
  const names = (await readdir(join(root, "packages"))).sort();
  const all = await Promise.all(
    names.map(async (name) => ({
      name,
      manifest: JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")),
    })),
  );
  return all.filter(({ manifest }) => manifest.private !== true);
}

/** Packs a package as it would be published. @returns path of the tarball in `folder` */
export async function pack(name: string, folder: string): Promise<string> {
  const own = join(folder, `pack-${name}`);
  await mkdir(own, { recursive: true });
  await pnpm(["pack", "--pack-destination", own], join(root, "packages", name));
  const [file] = await readdir(own);
  const target = join(folder, `${name}.tgz`);
  await rename(join(own, file!), target);
  await rm(own, { recursive: true });
  return target;
}

const execute = promisify(execFile);

async function pnpm(words: string[], cwd: string): Promise<void> {
  const entry = join(root, pnpmFolder, "node_modules", "pnpm", "bin", "pnpm.cjs");
  await execute(process.execPath, [entry, ...words], { cwd });
}

/** The names of a package's own dependencies within this repository, nearest first, each once. */
export function ownDependencies(one: Published, all: readonly Published[]): Published[] {
  const found: Published[] = [];
  const visit = ({ manifest }: Published): void => {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const next = all.find((other) => other.manifest.name === name);
      if (next === undefined || found.includes(next)) continue;
      found.push(next);
      visit(next);
    }
  };
  visit(one);
  return found;
}
