/**
 * Compiles the kernels: build/plain.wasm, which every engine with SIMD runs, and build/relaxed.wasm, which fuses multiply
 * and add. DDL_ASC may name another copy of AssemblyScript (the path of its dist/asc.js).
 */
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { generateTiles } from "../src/kernels/gemm/tiles.generator.mjs";
import { generateTransforms } from "../src/kernels/winograd/transforms.generator.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

async function loadCompiler() {
  try {
    return await import("assemblyscript/asc");
  } catch (error) {
    const path = process.env.DDL_ASC;
    if (path === undefined) throw error;
    return await import(pathToFileURL(path).href);
  }
}

async function compile(asc, name, features) {
  const { error, stderr } = await asc.main([
    ...["src/kernels/assembly.ts", "--baseDir", root, "-o", `build/${name}.wasm`],
    ...["--runtime", "stub", "-O3", "--noAssert", "--disableWarning", "--enable", features],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ]);
  if (error) throw new Error(`build-kernels: ${name} does not compile.\n${stderr.toString()}`, { cause: error });
  const module = new Uint8Array(readFileSync(`${root}/build/${name}.wasm`));
  if (name === "plain" && !WebAssembly.validate(module)) {
    throw new Error("build-kernels: plain.wasm must be valid without flags.");
  }
}

/** Builds both modules. */
export async function buildKernels() {
  const asc = await loadCompiler();
  mkdirSync(`${root}/build`, { recursive: true });
  generateTiles(`${root}/src/kernels/gemm/tiles.assembly.ts`);
  generateTransforms(`${root}/src/kernels/winograd/transforms.assembly.ts`);
  await compile(asc, "plain", "simd,threads,bulk-memory");
  await compile(asc, "relaxed", "simd,threads,bulk-memory,relaxed-simd");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels();
