// node packages/simd/test/kernels/compile.mjs: compiles assembly.ts into kernels.json.
import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const here = new URL("./", import.meta.url);

/** The bytes of the compiled test kernels. */
export async function compileKernels() {
  const source = await readFile(new URL("assembly.ts", here), "utf8");
  let bytes = new Uint8Array();
  const options = "assembly.ts -o kernels.wasm --runtime stub -O3 --noAssert --importMemory --sharedMemory";
  const memory = "--initialMemory 1 --maximumMemory 65536 --enable simd --enable threads --enable bulk-memory";
  const { error, stderr } = await asc.main([...options.split(" "), ...memory.split(" ")], {
    readFile: (name) => (name === "assembly.ts" ? source : null),
    writeFile: (_name, content) => {
      bytes = content;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  return bytes;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const base64 = Buffer.from(await compileKernels()).toString("base64");
  await writeFile(new URL("kernels.json", here), `${JSON.stringify({ base64 })}\n`);
}
