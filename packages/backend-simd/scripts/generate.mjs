// node scripts/generate.mjs: compiles the kernels, and makes src/generated/{plain,relaxed}.ts of them.
//
// A module inside JavaScript needs no bundler to find a file: it works the same from Node, a bundle and a CDN.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildKernels } from "./build-kernels.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

await buildKernels();
await mkdir(`${root}/src/generated`, { recursive: true });
for (const build of ["plain", "relaxed"]) {
  const bytes = await readFile(`${root}/build/${build}.wasm`);
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(await readFile(`${root}/build/plain.wasm`)));
  const names = exported.filter(({ kind }) => kind === "function").map(({ name }) => name);
  const text = [
    `/** Kernels, ${build} build; made by scripts/generate.mjs. */`,
    `export const names: readonly string[] = ${JSON.stringify(names)};`,
    `export const base64: string = ${JSON.stringify(bytes.toString("base64"))};`,
  ];
  await writeFile(`${root}/src/generated/${build}.ts`, `${text.join("\n")}\n`);
}
