// node scripts/generate.mjs: compiles the kernels twice, without and with fused multiply-add, and makes src/generated/*.ts of them. A
// module inside JavaScript needs no bundler to find a file: it works the same from Node, a bundle and a CDN. They use assembly of
// @ddl/backend-simd, some of which its own scripts/generate.mjs makes: turbo runs that first.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = fileURLToPath(new URL("../..", import.meta.url));
const builds = { plain: "simd,threads,bulk-memory", relaxed: "simd,threads,bulk-memory,relaxed-simd" };

await mkdir(`${root}/build`, { recursive: true });
await mkdir(`${root}/src/generated`, { recursive: true });
for (const [name, features] of Object.entries(builds)) {
  const { error, stderr } = await asc.main([
    ...["deform-conv/src/simd/assembly.ts", "--baseDir", packages, "-o", `deform-conv/build/${name}.wasm`],
    ...["--runtime", "stub", "-O3", "--noAssert", "--disableWarning", "--enable", features],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ]);
  if (error) throw new Error(`generate: the kernels do not compile.\n${stderr.toString()}`, { cause: error });
  const base64 = (await readFile(`${root}/build/${name}.wasm`)).toString("base64");
  const text = `/** Kernels, ${name} build; made by scripts/generate.mjs. */\nexport const base64: string = ${JSON.stringify(base64)};\n`;
  await writeFile(`${root}/src/generated/${name}.ts`, text);
}
