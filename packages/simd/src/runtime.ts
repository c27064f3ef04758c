import { ArgumentError, BackendError, expectNumber, expectOptions, RangeArgumentError, StateError } from "@ddl/core";
import type { KernelFunction } from "./claimChunks.js";
import { simdFeatures } from "./features.js";
import { Heap } from "./heap.js";
import { firstFree, mostArguments, mostChunks, mostThreads } from "./layout.js";
import type { KernelSource } from "./loadModule.js";
import { loadModule, nameOf } from "./loadModule.js";
import { KernelMemory } from "./memory.js";
import { ThreadPool } from "./pool.js";
import { availableParallelism } from "./startThread.js";

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Threads that take part in a job, the calling one among them, 1 to 256. Default: one a processor, at most 16. */
  threads?: number;
  /** Most bytes that the memory may grow to, 1 MiB to 4 GiB. Default 4 GiB: it grows as it is needed. */
  memoryLimit?: number;
  /** Milliseconds in which all workers must be ready; otherwise one thread computes. Default 5,000. */
  startTimeout?: number;
  /** Milliseconds without progress after which a job is given up, as a worker must have died in it. Default 60,000. */
  stallTimeout?: number;
  /** Polls, of about 10 ns each, after which an idle worker sleeps; waking it takes some 15 µs. Default 100,000. */
  spin?: number;
  /** Where browsers find the workers' program, for pages that forbid `blob:` workers; `workerProgram` is its text. */
  workerUrl?: string | URL;
}

/** A kernel that `parallelFor` runs. */
export interface Kernel {
  readonly name: string;
  /** Its number in the runtime. */
  readonly number: number;
  /** Number of its arguments, without chunk and scratch. */
  readonly parameters: number;
}

/** Options of a job. */
export interface JobOptions {
  /** Bytes of scratch that each thread is given. Default 0. */
  scratchBytes?: number;
}

/** Memory, threads and kernels; made by {@link createRuntime}. It belongs to the thread that made it. */
export class Runtime {
  /** The memory's allocator. */
  readonly heap: Heap;
  readonly #memory: KernelMemory;
  readonly #pool: ThreadPool;
  #loading: Promise<unknown> = Promise.resolve();
  #scratch: number[] = [];
  #scratchBytes = 0;
  #closed = false;

  /** Use {@link createRuntime}. */
  constructor(memory: KernelMemory, heap: Heap, pool: ThreadPool) {
    this.#memory = memory;
    this.heap = heap;
    this.#pool = pool;
  }

  /** Threads that take part in a job, the calling one among them. */
  get threads(): number {
    return this.#pool.threads;
  }

  /** Why fewer threads compute than were asked for: workers that were refused or died. Undefined while all is well. */
  get threadsLost(): string | undefined {
    return this.#pool.lost;
  }

  /** Whether other threads see the memory. */
  get shared(): boolean {
    return this.#memory.shared;
  }

  /**
   * Loads a module of kernels into this thread and all workers.
   *
   * A kernel is an exported function `(...arguments, chunk, scratch)`. The module imports `env.memory` (shared, maximum 65536 pages) and
   * at most `env.abort`; it must have neither data segments nor mutable globals, since every thread runs its own instance of it.
   *
   * @param source address or bytes of a `.wasm`
   * @param names the exported functions that are wanted
   * @throws BackendError if the module cannot be read or compiled, lacks a name, or imports anything else; ArgumentError if an address
   *   gives no module
   * @example `const { scale } = await runtime.loadKernels(new URL("./kernels.wasm", import.meta.url), ["scale"])`
   */
  loadKernels<Name extends string>(source: KernelSource, names: readonly Name[]): Promise<Record<Name, Kernel>> {
    // One after the other: kernels have the same numbers in every thread.
    const loaded = this.#loading.then(() => this.#load(source, names));
    this.#loading = loaded.catch(() => {});
    return loaded;
  }

  async #load<Name extends string>(source: KernelSource, names: readonly Name[]): Promise<Record<Name, Kernel>> {
    this.#expectOpen("loadKernels");
    const module = await loadModule(source, this.#memory.shared);
    const abort = (): never => {
      throw new Error("the kernel aborted");
    };
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: this.#memory.memory, abort } });
    const missing = names.find((name) => typeof exports[name] !== "function");
    if (missing !== undefined) {
      const there = Object.keys(exports).filter((name) => typeof exports[name] === "function");
      throw new BackendError(
        `loadKernels: ${nameOf(source)} exports no ${missing}; it has ${there.join(", ") || "nothing"}.`,
      );
    }
    await this.#pool.load(module, names);
    const entries = names.map((name): [Name, Kernel] => {
      const run = exports[name] as KernelFunction;
      const kernel = { name, number: this.#pool.kernels.push(run) - 1, parameters: run.length - 2 };
      return [name, kernel];
    });
    return Object.fromEntries(entries) as Record<Name, Kernel>;
  }

  /**
   * Runs a kernel for each chunk from 0, on all threads in any order, and returns when all are done. The calling thread takes part. One
   * chunk, or one thread, runs without a word to the others.
   *
   * Give chunks borders that depend on shapes alone, and each its own outputs: then any number of threads gives the same bits. A chunk
   * must not wait for another one: one thread may run them all, as it does where it is done before a sleeping worker would be awake.
   *
   * @param chunks 0 to 65,534
   * @param words addresses and numbers, as many as the kernel has arguments
   * @throws BackendError for a trap inside a kernel, and if a worker does not finish what it claimed; RangeArgumentError, ArgumentError
   * @example `runtime.parallelFor(scale, 8, [input, output, length, 2.5])`
   */
  parallelFor(kernel: Kernel, chunks: number, words: readonly number[], options: JobOptions = {}): void {
    // A loop costs less than a list of the keys would: this is called for every operation on a tensor.
    for (const key in options) if (key !== "scratchBytes") expectOptions("parallelFor", options, ["scratchBytes"]);
    const { scratchBytes = 0 } = options;
    this.#expectOpen("parallelFor");
    if (words.length !== kernel.parameters || words.length > mostArguments) {
      throw new ArgumentError({
        functionName: "parallelFor",
        argument: "words",
        expected: `have ${kernel.parameters} entries, the arguments of ${kernel.name}`,
        received: words.length,
      });
    }
    if (!(Number.isInteger(chunks) && chunks >= 0 && chunks <= mostChunks)) {
      const expected = `be an integer ≥ 0 and ≤ ${mostChunks}`;
      throw new RangeArgumentError({ functionName: "parallelFor", argument: "chunks", expected, received: chunks });
    }
    if (chunks === 0) return;
    const enough = scratchBytes >= 0 && scratchBytes <= this.#scratchBytes && this.#scratch.length > 0;
    if (!enough) this.#growScratch(scratchBytes);
    this.#pool.run(kernel.number, chunks, words, this.#scratch);
  }

  #growScratch(bytes: number): void {
    expectNumber("parallelFor", "scratchBytes", bytes, { integer: true, min: 0 });
    const old = this.#scratch;
    const grown: number[] = [];
    try {
      for (let k = 0; k < this.threads; k++) grown.push(this.heap.allocate(bytes));
    } catch (error) {
      for (const pointer of grown) this.heap.free(pointer);
      throw error;
    }
    for (const pointer of old) this.heap.free(pointer);
    this.#scratch = grown;
    this.#scratchBytes = bytes;
  }

  /** Ends the workers. The memory goes with the last view of it; the runtime cannot be used any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.close();
  }

  #expectOpen(functionName: string): void {
    if (this.#closed) throw new StateError(`${functionName}: the runtime is closed.`);
  }
}

/**
 * Checks the options of {@link createRuntime} in the name of another function, which hands them on later.
 * @throws ArgumentError for an option that does not exist; RangeArgumentError for one out of range
 * @example `expectRuntimeOptions("registerMyBackend", { threads: 0 }) // throws: registerMyBackend: threads must be …`
 */
export function expectRuntimeOptions(functionName: string, options: RuntimeOptions): void {
  const known = ["threads", "memoryLimit", "startTimeout", "stallTimeout", "spin", "workerUrl"] as const;
  const { threads = 1, memoryLimit = 2 ** 32, ...rest } = expectOptions(functionName, options, known);
  const { startTimeout = 1, stallTimeout = 1, spin = 0 } = rest;
  expectNumber(functionName, "threads", threads, { integer: true, min: 1, max: mostThreads });
  expectNumber(functionName, "memoryLimit", memoryLimit, { integer: true, min: 2 ** 20, max: 2 ** 32 });
  expectNumber(functionName, "startTimeout", startTimeout, { above: 0, max: 2 ** 31 - 1 });
  expectNumber(functionName, "stallTimeout", stallTimeout, { above: 0 });
  expectNumber(functionName, "spin", spin, { integer: true, min: 0, max: 2 ** 31 - 1 });
}

/**
 * Reserves memory and starts worker threads.
 *
 * Where memory cannot be shared (a page that is not cross-origin isolated), or workers are refused, everything runs on the calling
 * thread, with the same results: `threads` and `threadsLost` tell.
 *
 * @throws BackendError on a platform without WebAssembly SIMD; RangeArgumentError for options out of range; OutOfMemoryError if no
 *   address space is to be had
 * @example
 * ```ts
 * const runtime = await createRuntime({ threads: 4 });
 * const x = runtime.heap.allocate(4 * 1000);
 * runtime.heap.f32(x, 1000).fill(1);
 * ```
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const name = "createRuntime";
  expectRuntimeOptions(name, options);
  const { threads, memoryLimit = 2 ** 32, startTimeout = 5_000, stallTimeout = 60_000 } = options;
  const { spin = 100_000, workerUrl } = options;
  const { simd, sharedMemory } = simdFeatures();
  if (!simd) {
    throw new BackendError(
      `${name}: this platform's WebAssembly has no SIMD (128-bit vectors), which every kernel needs.`,
    );
  }
  const wanted = threads ?? Math.min(16, await availableParallelism());
  const memory = KernelMemory.reserve(memoryLimit, sharedMemory);
  const page = { words: new Int32Array(memory.buffer, 0, firstFree / 4), numbers: new Float64Array(memory.buffer) };
  const workers = memory.shared ? wanted - 1 : 0;
  const pool = new ThreadPool(page, { workers, startTimeout, stallTimeout, spin, workerUrl });
  await pool.start(memory.memory);
  return new Runtime(memory, new Heap(memory, firstFree, Math.min(memoryLimit, memory.maximum)), pool);
}
