// node scripts/generate.mjs: compiles the kernels, and makes src/generated/{names,plain,relaxed}.ts of them.
//
// A module inside JavaScript needs no bundler to find a file: it works the same from Node, a bundle and a CDN. The names are apart, for a
// page that hosts the file and shall not load the text too.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { buildKernels } from "./build-kernels.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

await buildKernels();
await mkdir(`${root}/src/generated`, { recursive: true });
const exported = WebAssembly.Module.exports(new WebAssembly.Module(await readFile(`${root}/build/plain.wasm`)));
const names = exported.filter(({ kind }) => kind === "function").map(({ name }) => name);
await write("names", "Names of the kernels", `names: readonly string[] = ${JSON.stringify(names)}`);
for (const build of ["plain", "relaxed"]) {
  const bytes = await readFile(`${root}/build/${build}.wasm`);
  await write(build, `Kernels, ${build} build`, `base64: string = ${JSON.stringify(bytes.toString("base64"))}`);
}

async function write(file, what, constant) {
  const text = `/** ${what}; made by scripts/generate.mjs. */\nexport const ${constant};\n`;
  await writeFile(`${root}/src/generated/${file}.ts`, text);
}
