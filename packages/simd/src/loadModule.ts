import { ArgumentError, BackendError } from "@ddl/core";
import { simdFeatures } from "./features.js";
import { isNode, nodeModule } from "./startThread.js";

/** Where kernels come from: an address, the bytes of a `.wasm`, or a compiled module. */
export type KernelSource = string | URL | ArrayBuffer | Uint8Array | WebAssembly.Module;

/**
 * Compiles a module of kernels for a memory that is shared or not.
 * @throws BackendError if it cannot be read or compiled, or imports more than its memory; ArgumentError if what an address gives is no
 *   module
 */
export async function loadModule(source: KernelSource, shared: boolean): Promise<WebAssembly.Module> {
  const module = await compile(source, shared);
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from === "env" && ((name === "memory" && kind === "memory") || (name === "abort" && kind === "function")))
      continue;
    throw new BackendError(
      `loadKernels: ${nameOf(source)} must import nothing but env.memory and env.abort; it wants ${from}.${name}.`,
    );
  }
  return module;
}

/** What messages call a source: its address, if it has one. */
export function nameOf(source: KernelSource): string {
  return isAddress(source) ? String(source) : "the module";
}

function isAddress(source: KernelSource): source is string | URL {
  return typeof source === "string" || source instanceof URL;
}

async function compile(source: KernelSource, shared: boolean): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) {
    if (shared) return source;
    const expected = "be bytes or an address where memory is not shared: a compiled module cannot be changed";
    throw new ArgumentError({ functionName: "loadKernels", argument: "source", expected, received: "a module" });
  }
  const bytes = isAddress(source) ? await readBytes(source) : new Uint8Array(source);
  if (isAddress(source)) expectModule(source, bytes);
  try {
    return await WebAssembly.compile((shared ? bytes : withUnsharedMemory(bytes)) as BufferSource);
  } catch (cause) {
    const message = `loadKernels: ${nameOf(source)} cannot be compiled: ${(cause as Error).message}.`;
    const advice = " This platform has no relaxed SIMD: a module that uses it does not work here.";
    throw new BackendError(simdFeatures().relaxedSimd ? message : message + advice, { cause });
  }
}

/** A server that has no such file may answer with a page: say that, rather than what the compiler makes of its first byte. */
function expectModule(address: string | URL, bytes: Uint8Array): void {
  if ([0, 0x61, 0x73, 0x6d].every((byte, k) => bytes[k] === byte)) return;
  const received = new TextDecoder().decode(bytes.subarray(0, 60));
  const expected = "be a WebAssembly module";
  throw new ArgumentError({ functionName: "loadKernels", argument: String(address), expected, received });
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
