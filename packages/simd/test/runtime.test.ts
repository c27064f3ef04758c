import { isDdlError } from "@ddl/core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { layout } from "../src/layout.js";
import type { Kernel, Runtime, RuntimeOptions } from "../src/runtime.js";
import { createRuntime } from "../src/runtime.js";
import { closeSharedRuntime, sharedRuntime } from "../src/shared.js";
import { compileKernels } from "./kernels/compile.mjs";
import { kernelBytes, kernelNames } from "./kernels/kernels.js";

type Kernels = Record<(typeof kernelNames)[number], Kernel>;

const open: Runtime[] = [];
async function start(options: RuntimeOptions = {}): Promise<{ runtime: Runtime; kernels: Kernels }> {
  const runtime = await createRuntime(options);
  open.push(runtime);
  return { runtime, kernels: await runtime.loadKernels(kernelBytes, kernelNames) };
}
afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close();
});

async function messageOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (isDdlError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

test("the stored test kernels are those of assembly.ts", async () => {
  expect(Buffer.from(await compileKernels()).equals(kernelBytes)).toBe(true);
});

describe.each([1, 2, 3])("a runtime of %i threads", (threads) => {
  let runtime: Runtime;
  let kernels: Kernels;
  beforeAll(async () => {
    runtime = await createRuntime({ threads });
    kernels = await runtime.loadKernels(kernelBytes, kernelNames);
  });
  afterAll(() => runtime.close());

  test("has its threads", () => {
    expect([runtime.threads, runtime.threadsLost, runtime.shared]).toEqual([threads, undefined, true]);
  });

  test("runs every chunk exactly once, job after job", () => {
    const chunks = 37;
    const out = runtime.heap.allocate(4 * chunks);
    runtime.heap.i32(out, chunks).fill(0);
    const jobs = 3000;
    for (let k = 0; k < jobs; k++) runtime.parallelFor(kernels.count, chunks, [out]);
    expect(Array.from(runtime.heap.i32(out, chunks))).toEqual(new Array(chunks).fill(jobs));
    runtime.heap.free(out);
  });

  test("runs the largest number of chunks, and none", () => {
    const chunks = 65_534;
    const out = runtime.heap.allocate(4 * chunks);
    runtime.heap.i32(out, chunks).fill(0);
    runtime.parallelFor(kernels.count, chunks, [out]);
    runtime.parallelFor(kernels.count, 0, [out]);
    expect(runtime.heap.i32(out, chunks).every((value) => value === 1)).toBe(true);
    runtime.heap.free(out);
  });

  test("passes addresses above 2 GiB, fractions and negative numbers", () => {
    const out = runtime.heap.allocate(24);
    runtime.parallelFor(kernels.echo, 1, [out, 0xdeadbeef, 1 / 3, -5]);
    expect(new Uint32Array(runtime.heap.u8(out, 4).slice().buffer)[0]).toBe(0xdeadbeef);
    expect(new Float64Array(runtime.heap.u8(out + 8, 8).slice().buffer)[0]).toBe(1 / 3);
    expect(Array.from(runtime.heap.i32(out + 16, 2))).toEqual([-5, 0]);
    runtime.heap.free(out);
  });

  test("computes what its kernels say", () => {
    const length = 10_007;
    const [x, y] = [runtime.heap.allocate(4 * length), runtime.heap.allocate(4 * length)];
    runtime.heap.f32(x, length).set(Float32Array.from({ length }, (_, i) => i - 500));
    runtime.parallelFor(kernels.scale, Math.ceil(length / 64), [x, y, length, 64, 0.5]);
    expect(runtime.heap.f32(y, length).every((value, i) => value === (i - 500) / 2)).toBe(true);
    runtime.heap.free(x);
    runtime.heap.free(y);
  });

  test("gives each thread scratch of its own, also when it grows between jobs", () => {
    const out = runtime.heap.allocate(4 * 64);
    for (const bytes of [1000, 200, 50_000]) {
      runtime.heap.i32(out, 64).fill(0);
      runtime.parallelFor(kernels.useScratch, 64, [out, bytes], { scratchBytes: bytes });
      expect(Array.from(runtime.heap.i32(out, 64))).toEqual(new Array(64).fill(1));
    }
    runtime.heap.free(out);
  });

  test("throws for a trap in any chunk, and works on", async () => {
    for (const chunk of [0, 5, 7]) {
      expect(await messageOf(() => runtime.parallelFor(kernels.trap, 8, [chunk]))).toBe(
        `backend: parallelFor: a kernel failed in chunk ${chunk}: unreachable.`,
      );
    }
    runtime.parallelFor(kernels.trap, 8, [9]);
  });

  test("loads more modules while its workers sleep, whose kernels do not take the place of the first", async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const more = await runtime.loadKernels(kernelBytes, ["count"]);
    expect(more.count.number).toBeGreaterThanOrEqual(kernelNames.length);
    const out = runtime.heap.allocate(4 * 8);
    runtime.heap.i32(out, 8).fill(0);
    runtime.parallelFor(more.count, 8, [out]);
    runtime.parallelFor(kernels.count, 8, [out]);
    expect(Array.from(runtime.heap.i32(out, 8))).toEqual(new Array(8).fill(2));
    runtime.heap.free(out);
  });
});

describe("memory that cannot be shared", () => {
  test("has one thread, the same kernels, and moves when it grows", async () => {
    vi.stubGlobal("crossOriginIsolated", false);
    const { runtime, kernels } = await start({ threads: 4 });
    vi.unstubAllGlobals();
    expect([runtime.threads, runtime.shared, runtime.threadsLost]).toEqual([1, false, undefined]);
    const length = 1000;
    const x = runtime.heap.allocate(4 * length);
    runtime.heap.f32(x, length).set(Float32Array.from({ length }, (_, i) => i));
    const y = runtime.heap.allocate(2 ** 24);
    runtime.parallelFor(kernels.scale, 4, [x, y, length, 250, -2]);
    expect(Array.from(runtime.heap.f32(y, 3))).toEqual([-0, -2, -4]);
    expect(
      await messageOf(async () =>
        runtime.loadKernels(await WebAssembly.compile(kernelBytes as BufferSource), ["scale"]),
      ),
    ).toBe(
      "argument: loadKernels: source must be bytes or an address where memory is not shared: a compiled module cannot be changed; " +
        'received "a module".',
    );
  });
});

describe("jobs", () => {
  test("reach workers that poll", async () => {
    const { runtime, kernels } = await start({ threads: 2, spin: 2 ** 31 - 1, stallTimeout: 5_000 });
    const words = runtime.heap.allocate(8);
    for (let k = 0; k < 20; k++) {
      runtime.heap.i32(words, 2).set([0, 1]);
      // Its two chunks wait for each other: one thread alone would never end.
      runtime.parallelFor(kernels.stall, 2, [words, 0]);
      await new Promise((resolve) => setTimeout(resolve, k % 2));
    }
  });

  test("reach workers that sleep, also when the kernel's last job was too short to wake them for", async () => {
    const { runtime, kernels } = await start({ threads: 2, spin: 0 });
    const [bytes, chunks] = [200_000, 16];
    const out = runtime.heap.allocate(4 * chunks);
    const run = (length: number) => {
      runtime.heap.i32(out, chunks).fill(0);
      runtime.parallelFor(kernels.useScratch, chunks, [out, length], { scratchBytes: bytes });
      expect(Array.from(runtime.heap.i32(out, chunks))).toEqual(new Array(chunks).fill(1));
    };
    run(bytes);
    const scratch = runtime.heap.i32(0, 65536 / 4)[layout.scratch + 1]! >>> 0;
    let helped = 0;
    for (let k = 0; k < 20; k++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      run(8);
      await new Promise((resolve) => setTimeout(resolve, 2));
      runtime.heap.u8(scratch, bytes).fill(0);
      run(bytes);
      if (runtime.heap.u8(scratch, bytes).some((value) => value !== 0)) helped++;
    }
    // Each job takes milliseconds; on a busy machine the worker may come too late for some.
    expect(helped).toBeGreaterThan(0);
  });

  test("are told apart when the epoch's 16 bits have gone round", async () => {
    const { runtime, kernels } = await start({ threads: 2, spin: 50 });
    const out = runtime.heap.allocate(8);
    runtime.heap.i32(out, 2).fill(0);
    for (let k = 0; k < 2 ** 16 + 10; k++) runtime.parallelFor(kernels.count, 2, [out]);
    expect(Array.from(runtime.heap.i32(out, 2))).toEqual([2 ** 16 + 10, 2 ** 16 + 10]);
  }, 60_000);

  test("that a worker does not finish are an error, not a hang; one thread goes on", async () => {
    const { runtime, kernels } = await start({ threads: 2, stallTimeout: 150 });
    const words = runtime.heap.allocate(8);
    runtime.heap.i32(words, 2).fill(0);
    runtime.parallelFor(kernels.trap, 2, [9], { scratchBytes: 64 });
    const owner = runtime.heap.i32(0, 65536 / 4)[layout.scratch]!;
    expect(await messageOf(() => runtime.parallelFor(kernels.stall, 2, [words, owner]))).toBe(
      "backend: parallelFor: a worker claimed a chunk and did not finish it within 150 ms; it may have been ended. " +
        "The result is incomplete. From now on one thread computes.",
    );
    expect([runtime.threads, runtime.threadsLost]).toEqual([1, "a worker did not finish its part of a job"]);
    const out = runtime.heap.allocate(16);
    runtime.heap.i32(out, 4).fill(0);
    runtime.parallelFor(kernels.count, 4, [out]);
    expect(Array.from(runtime.heap.i32(out, 4))).toEqual([1, 1, 1, 1]);
  });
});

describe("bad input", () => {
  test.each<[RuntimeOptions, string]>([
    [{ threads: 0 }, "range: createRuntime: threads must be an integer ≥ 1 and ≤ 256; received 0."],
    [{ threads: 1e6 }, "range: createRuntime: threads must be an integer ≥ 1 and ≤ 256; received 1000000."],
    [{ threads: 1.5 }, "range: createRuntime: threads must be an integer ≥ 1 and ≤ 256; received 1.5."],
    [
      { memoryLimit: 1000 },
      "range: createRuntime: memoryLimit must be an integer ≥ 1048576 and ≤ 4294967296; received 1000.",
    ],
    [
      { thread: 2 } as RuntimeOptions,
      "argument: createRuntime: options must have only the keys threads, memoryLimit, startTimeout, stallTimeout, spin, workerUrl; " +
        'received "thread".',
    ],
  ])("of createRuntime is named: %j", async (options, message) => {
    expect(await messageOf(() => createRuntime(options))).toBe(message);
  });

  test("of parallelFor is named", async () => {
    const { runtime, kernels } = await start({ threads: 1 });
    expect(await messageOf(() => runtime.parallelFor(kernels.count, 65_535, [0]))).toBe(
      "range: parallelFor: chunks must be an integer ≥ 0 and ≤ 65534; received 65535.",
    );
    expect(await messageOf(() => runtime.parallelFor(kernels.scale, 1, [0, 1]))).toBe(
      "argument: parallelFor: words must have 5 entries, the arguments of scale; received 2.",
    );
    const job = (options: object) => messageOf(() => runtime.parallelFor(kernels.trap, 1, [9], options));
    expect(await job({ scratchBytes: 64, scratch: 64 })).toBe(
      'argument: parallelFor: options must have only the keys scratchBytes; received "scratch".',
    );
    // The first job has made scratch: a wrong size must be found also where there is enough.
    expect(await job({ scratchBytes: 64 })).toBe("no error");
    expect(await job({ scratchBytes: -1 })).toBe(
      "range: parallelFor: scratchBytes must be an integer ≥ 0; received -1.",
    );
    expect(await job({ scratchBytes: Number.NaN })).toBe(
      "range: parallelFor: scratchBytes must be an integer ≥ 0; received NaN.",
    );
  });

  test("of loadKernels is named", async () => {
    const { runtime } = await start({ threads: 2 });
    expect(await messageOf(() => runtime.loadKernels(kernelBytes, ["scale", "nothing"]))).toBe(
      "backend: loadKernels: the module exports no nothing; it has scale, count, useScratch, echo, trap, stall.",
    );
    expect(await messageOf(() => runtime.loadKernels(new Uint8Array(8).fill(7), ["scale"]))).toMatch(
      /^backend: loadKernels: the module cannot be compiled: .*magic/,
    );
    expect(await messageOf(() => runtime.loadKernels("no/such/file.wasm", ["scale"]))).toMatch(
      /^backend: loadKernels: no\/such\/file\.wasm cannot be read: ENOENT/,
    );
    expect([runtime.threads, runtime.threadsLost]).toEqual([2, undefined]);
  });

  test("a platform without SIMD is refused with the reason", async () => {
    const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    const message = await messageOf(() => createRuntime({ threads: 1 }));
    validate.mockRestore();
    expect(message).toBe(
      "backend: createRuntime: this platform's WebAssembly has no SIMD (128-bit vectors), which every kernel needs.",
    );
  });

  test("a worker that does not start in time is told, and one thread computes", async () => {
    const { runtime, kernels } = await start({ threads: 3, startTimeout: 0.001 });
    expect([runtime.threads, runtime.threadsLost]).toEqual([1, "a worker did not answer within 0.001 ms"]);
    const out = runtime.heap.allocate(16);
    runtime.heap.i32(out, 4).fill(0);
    runtime.parallelFor(kernels.count, 4, [out]);
    expect(Array.from(runtime.heap.i32(out, 4))).toEqual([1, 1, 1, 1]);
  });

  test("a closed runtime says so", async () => {
    const { runtime, kernels } = await start({ threads: 2 });
    await runtime.close();
    expect(await messageOf(() => runtime.parallelFor(kernels.count, 1, [0]))).toBe(
      "state: parallelFor: the runtime is closed.",
    );
    expect(await messageOf(() => runtime.loadKernels(kernelBytes, ["scale"]))).toBe(
      "state: loadKernels: the runtime is closed.",
    );
  });
});

describe("the shared runtime", () => {
  test("is one, started with the first call's options, until it is closed", async () => {
    const first = await sharedRuntime({ threads: 2 });
    expect(await sharedRuntime()).toBe(first);
    expect(await messageOf(() => sharedRuntime({ threads: 3 }))).toBe(
      "state: sharedRuntime: it is started already; options must come with the first call.",
    );
    await closeSharedRuntime();
    const second = await sharedRuntime({ threads: 1 });
    expect(second).not.toBe(first);
    await closeSharedRuntime();
  });

  test("is refused to another version, and may be tried again after a failed start", async () => {
    const place = globalThis as unknown as Record<symbol, unknown>;
    place[Symbol.for("@ddl/simd")] = { protocol: 0, runtime: null };
    expect(await messageOf(() => sharedRuntime())).toBe(
      "state: sharedRuntime: another version of @ddl/simd (protocol 0, here 1) has started its runtime already. Install one version.",
    );
    delete place[Symbol.for("@ddl/simd")];
    expect(await messageOf(() => sharedRuntime({ threads: -1 }))).toMatch(/^range: /);
    await sharedRuntime({ threads: 1 });
    await closeSharedRuntime();
  });
});
