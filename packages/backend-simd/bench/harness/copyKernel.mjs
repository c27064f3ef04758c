// One pass over memory, by which memory-bound operations are measured: a kernel of its own on the backend's memory.
import asc from "assemblyscript/asc";

const source = `
export function copy(from: usize, to: usize, bytes: usize, perChunk: usize, chunk: usize, scratch: usize): void {
  from += chunk * perChunk;
  to += chunk * perChunk;
  const end = to + min<usize>(perChunk, bytes - chunk * perChunk);
  for (; to < end; to += 32, from += 32) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
}`;

/** Loads the kernel into a runtime. @returns a function that copies so many bytes, a multiple of 32 */
export async function openCopy(runtime) {
  let bytes;
  const options = "copy.ts -o copy.wasm --runtime stub -O3 --noAssert --importMemory --sharedMemory";
  const memory = "--initialMemory 1 --maximumMemory 65536 --enable simd --enable threads";
  const { error, stderr } = await asc.main([...options.split(" "), ...memory.split(" ")], {
    readFile: (name) => (name === "copy.ts" ? source : null),
    writeFile: (_name, content) => {
      bytes = content;
    },
    listFiles: () => [],
  });
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  const { copy } = await runtime.loadKernels(bytes, ["copy"]);
  const perChunk = 2 ** 18;
  return (from, to, size) => runtime.parallelFor(copy, Math.ceil(size / perChunk), [from, to, size, perChunk]);
}
