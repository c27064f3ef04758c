// Makes a fresh clone ready: pnpm through npm, packages from the lockfile, the build. What is there already is left alone.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pnpmFolder, pnpmVersion } from "./pnpm.mjs";
import { environment, node, root, run } from "./run.mjs";

/** Installs pnpm and the workspace's packages if they are missing or out of date. */
export async function bootstrap() {
  await installPnpm();
  const stamp = join(root, "node_modules", ".ddl-installed");
  const wanted = await manifestHash();
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
  console.log("Installing packages from the lockfile …");
  // Nobody may be there to confirm that an outdated node_modules is replaced.
  const words = ["install", "--frozen-lockfile", "--prefer-offline", "--config.confirmModulesPurge=false"];
  await succeed("pnpm", words, "The packages could not be installed: is the npm registry within reach?");
  await writeFile(stamp, wanted);
}

/** Compiles the kernels whose sources have changed: type checks and tests on the sources need them. */
export async function compileKernels() {
  const words = ["run", "kernels", "--output-logs=errors-only", "--log-order=grouped"];
  await succeed("turbo", words, "The kernels could not be compiled.");
}

/** Builds what has changed since the last build. */
export async function build() {
  const words = ["build", "--output-logs=errors-only", "--log-order=grouped"];
  await succeed("turbo", words, "The build failed.");
}

async function installPnpm() {
  const target = join(root, pnpmFolder);
  if (existsSync(target)) return;
  console.log(`Fetching pnpm ${pnpmVersion} into ${pnpmFolder} …`);
  const partial = `${target}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  const words = ["install", "--prefix", partial, "--ignore-scripts", "--no-audit", "--no-fund", `pnpm@${pnpmVersion}`];
  // Under `npm run` this very npm; otherwise the one on the path.
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") ? [node, [process.env.npm_execpath]] : ["npm", []];
  try {
    await succeed(npm[0], [...npm[1], ...words], "pnpm could not be fetched: is the npm registry within reach?");
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function succeed(program, words, complaint) {
  const code = await run(program, words, { env: environment });
  if (code !== 0) throw new Error(`${complaint} (${program} ended with code ${code})`);
}

/** Hash of all that decides what is installed. */
async function manifestHash() {
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
  for (const parent of ["packages", "examples", "examples/recipes"]) {
    for (const name of (await readdir(join(root, parent))).sort()) files.push(`${parent}/${name}/package.json`);
  }
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, file)).catch(() => ""));
  return hash.digest("hex");
}
