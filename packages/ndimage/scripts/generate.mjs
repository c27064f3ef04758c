// node scripts/generate.mjs: compiles src/simd/assembly.ts and makes src/generated/kernels.ts of it. A module inside JavaScript needs no
// bundler to find a file: it works the same from Node, a bundle and a CDN.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));

await mkdir(`${root}/build`, { recursive: true });
const { error, stderr } = await asc.main([
  ...["src/simd/assembly.ts", "--baseDir", root, "-o", "build/kernels.wasm"],
  ...["--runtime", "stub", "-O3", "--noAssert", "--disableWarning", "--enable", "simd,threads,bulk-memory"],
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
]);
if (error) throw new Error(`generate: the kernels do not compile.\n${stderr.toString()}`, { cause: error });
const base64 = (await readFile(`${root}/build/kernels.wasm`)).toString("base64");
await mkdir(`${root}/src/generated`, { recursive: true });
const text = `/** Kernels; made by scripts/generate.mjs. */\nexport const base64: string = ${JSON.stringify(base64)};\n`;
await writeFile(`${root}/src/generated/kernels.ts`, text);
