import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { workerProgramModule } from "../scripts/workerProgram.mjs";
import { simdFeatures } from "../src/features.js";
import { loadModule, withUnsharedMemory } from "../src/loadModule.js";
import { kernelBytes } from "./kernels/kernels.js";

const fits = (bytes: Uint8Array, shared: boolean): boolean => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared });
  try {
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory, abort: () => {} } });
    return true;
  } catch {
    return false;
  }
};

describe("a module for memory that is not shared", () => {
  test("differs by one bit, and fits the other kind of memory", () => {
    const changed = withUnsharedMemory(kernelBytes);
    const differing = Array.from(changed).filter((byte, k) => byte !== kernelBytes[k]);
    expect(differing).toHaveLength(1);
    expect([fits(kernelBytes, true), fits(kernelBytes, false)]).toEqual([true, false]);
    expect([fits(changed, true), fits(changed, false)]).toEqual([false, true]);
  });

  test("is left alone if it is none: cut off, without imports, or noise", () => {
    for (let length = 0; length < 60; length++) {
      const cut = kernelBytes.slice(0, length);
      expect(withUnsharedMemory(cut)).toHaveLength(length);
    }
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    expect(withUnsharedMemory(empty)).toEqual(empty);
    const noise = Uint8Array.from({ length: 999 }, (_, k) => (k * 31 + (k >> 3)) & 255);
    expect(withUnsharedMemory(noise)).toHaveLength(999);
  });
});

test("a module that wants more than its memory is refused by name", async () => {
  // (import "env" "print" (func)) (memory (import "env" "memory") …) would be two; one import of another name is enough here.
  const print = [1, 4, 1, 0x60, 0, 0, 2, 13, 1, 3, 0x65, 0x6e, 0x76, 5, 0x70, 0x72, 0x69, 0x6e, 0x74, 0, 0];
  const bytes = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...print]);
  await expect(loadModule(bytes, true)).rejects.toThrow(
    "loadKernels: the module must import nothing but env.memory and env.abort; it wants env.print.",
  );
});

describe("a module behind an address", () => {
  const data = (bytes: Uint8Array, type: string): string =>
    `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;

  test("is loaded from a URL as from bytes", async () => {
    const module = await loadModule(data(kernelBytes, "application/wasm"), true);
    expect(WebAssembly.Module.exports(module)).toEqual(
      WebAssembly.Module.exports(new WebAssembly.Module(kernelBytes as BufferSource)),
    );
  });

  test("that is a page, or nothing, is refused by its address and its beginning", async () => {
    const page = data(new TextEncoder().encode("<!doctype html><title>No such file</title>"), "text/html");
    await expect(loadModule(page, true)).rejects.toThrow(
      `loadKernels: ${page} must be a WebAssembly module; received "<!doctype html><title>No such file</title>".`,
    );
    const nothing = new URL("data:application/wasm,");
    await expect(loadModule(nothing, true)).rejects.toThrow(
      'loadKernels: data:application/wasm, must be a WebAssembly module; received "".',
    );
  });

  test("that wants features which this platform lacks is refused with that advice", async () => {
    const damaged = kernelBytes.slice();
    damaged[damaged.length - 1] = 0xff;
    const address = data(damaged, "application/wasm");
    const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    const message = await loadModule(address, true).then(
      () => "no error",
      (error: Error) => error.message,
    );
    validate.mockRestore();
    expect(message.startsWith(`loadKernels: ${address} cannot be compiled: WebAssembly.compile(): `)).toBe(true);
    expect(message.endsWith("This platform has no relaxed SIMD: a module that uses it does not work here.")).toBe(true);
  });
});

test("the features of this platform are found by trying", () => {
  expect(simdFeatures()).toMatchObject({ simd: true, sharedMemory: true });
});

test("the workers' program is that of worker.ts", async () => {
  const file = new URL("../src/workerProgram.ts", import.meta.url);
  expect(await readFile(file, "utf8")).toBe(await workerProgramModule());
});
