import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { simdFeatures } from "@ddl/simd";
import { packageVersion } from "./packageVersion.js";

/** The packages whose code can change a result. */
const packages = [
  "@ddl/backbones",
  "@ddl/backend-simd",
  "@ddl/core",
  "@ddl/datasets",
  "@ddl/deform-conv",
  "@ddl/levelsets",
  "@ddl/losses",
  "@ddl/metrics",
  "@ddl/ndimage",
  "@ddl/simd",
  "@ddl/snakes",
  "@ddl/training",
  "@ddl/unet",
];

/** What the networks compute with: another version may round otherwise. */
const engines = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "@tensorflow/tfjs-backend-cpu"];

/**
 * Hash of the code that computes cells: every built `@ddl` package, the version of TensorFlow.js, and the study's own `compute` entry
 * with what it imports.
 * The report's code does not enter: a better picture must not recompute a study.
 */
export async function codeVersion(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of packages) {
    const folder = dirname(fileURLToPath(import.meta.resolve(name)));
    const files = (await readdir(folder)).filter((file) => file.endsWith(".js")).sort();
    for (const file of files) hash.update(`${name}/${file}\n`).update(await readFile(join(folder, file)));
  }
  for (const name of engines) hash.update(`${name}@${await packageVersion(name)}\n`);
  // The two builds of the kernels round differently.
  hash.update(`relaxed SIMD ${simdFeatures().relaxedSimd}\n`);
  const entry = fileURLToPath(import.meta.resolve("./compute.js"));
  for (const file of await withImports(entry)) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/** A built module and the modules it imports by relative path, sorted. */
async function withImports(entry: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const text = await readFile(entry, "utf8");
  for (const [, path] of text.matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g)) {
    await withImports(join(dirname(entry), path!), seen);
  }
  return [...seen].sort();
}
