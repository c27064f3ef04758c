import { ArgumentError, BackendError } from "@ddl/core";
import { isNode, nodeModule } from "./startThread.js";

/** Where kernels come from: an address, the bytes of a `.wasm`, or a compiled module. */
export type KernelSource = string | URL | ArrayBuffer | Uint8Array | WebAssembly.Module;

/**
 * Compiles a module of kernels for a memory that is shared or not.
 * @throws BackendError if it cannot be read or compiled, or imports more than its memory
 */
export async function loadModule(source: KernelSource, shared: boolean): Promise<WebAssembly.Module> {
  const module = await compile(source, shared);
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from === "env" && ((name === "memory" && kind === "memory") || (name === "abort" && kind === "function")))
      continue;
    throw new BackendError(
      `loadKernels: a module of kernels may import env.memory and env.abort; this one wants ${from}.${name}.`,
    );
  }
  return module;
}

async function compile(source: KernelSource, shared: boolean): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) {
    if (shared) return source;
    const expected = "be bytes or an address where memory is not shared: a compiled module cannot be changed";
    throw new ArgumentError({ functionName: "loadKernels", argument: "source", expected, received: "a module" });
  }
  const bytes = typeof source === "string" || source instanceof URL ? await readBytes(source) : new Uint8Array(source);
  try {
    return await WebAssembly.compile((shared ? bytes : withUnsharedMemory(bytes)) as BufferSource);
  } catch (cause) {
    throw new BackendError(`loadKernels: the module cannot be compiled: ${(cause as Error).message}.`, { cause });
  }
}

async function readBytes(address: string | URL): Promise<Uint8Array> {
  const text = String(address);
  try {
    if (isNode() && !/^(https?|data|blob):/.test(text)) {
      const { readFile } = await nodeModule<typeof import("node:fs/promises")>("fs/promises");
      return await readFile(text.startsWith("file:") ? new URL(text) : text);
    }
    const response = await fetch(text);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new BackendError(`loadKernels: ${text} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

const importSection = 2;
const memoryKind = 2;
/** Flags of a memory's limits: it has a maximum, it is shared. */
const sharedFlag = 2;

/**
 * The same module for a memory that is not shared: the two kinds do not fit together, and one bit of the import tells them apart.
 * Bytes that are no module are returned as they are, for the compiler to name what is wrong.
 */
export function withUnsharedMemory(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice();
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = result[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < result.length) {
    const section = number();
    const size = number();
    if (section !== importSection) {
      at += size;
      continue;
    }
    for (let left = number(); left > 0 && at < result.length; left--) {
      for (let name = 0; name < 2; name++) {
        const length = number();
        at += length;
      }
      const kind = number();
      if (kind === memoryKind) {
        result[at]! &= ~sharedFlag;
        return result;
      }
      // A function has the number of its type; tables and globals are imported by nobody here.
      if (kind !== 0) return result;
      number();
    }
    return result;
  }
  return result;
}
