// node packages/simd/scripts/workerProgram.mjs: makes src/workerProgram.ts of src/worker.ts.
//
// A text is what works everywhere: bundlers neither have to find it nor change it, as they would a file or a function made to a text.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (file) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

/** The content of src/workerProgram.ts. */
export async function workerProgramModule() {
  const { outputFiles } = await build({
    entryPoints: [path("worker.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
  });
  const text = JSON.stringify(outputFiles[0].text.trim());
  const about = "/** The program of a worker, made of worker.ts by scripts/workerProgram.mjs. */";
  return `// biome-ignore-all format: generated\n// biome-ignore-all lint: generated\n${about}\nexport const workerProgram: string =\n  ${text};\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(path("workerProgram.ts"), await workerProgramModule());
